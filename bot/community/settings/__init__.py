"""Settings of a community: what can be set, and what the values mean."""
