"""Accounts and what they stand for: names, look-up, links, erasure."""
