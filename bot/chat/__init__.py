"""Adapters: a platform's message to a request, a reply to what the platform shows."""
