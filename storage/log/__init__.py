"""The event log: appended once, hash-chained, read as columns."""
