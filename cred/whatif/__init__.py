"""Everybody's cred under other weights, and how fast it changes with each."""
