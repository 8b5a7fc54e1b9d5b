"""A line of text to a command with its arguments."""
