"""`cred …`: how much cred somebody has, and where it came from."""
