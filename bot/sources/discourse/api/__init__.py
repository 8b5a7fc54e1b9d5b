"""Discourse's HTTP API: calls, and its JSON as checked records."""
