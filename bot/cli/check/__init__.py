"""`check`: says what is not in order for `run`, and what to do."""
