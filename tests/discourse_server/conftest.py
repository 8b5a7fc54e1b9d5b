"""Fixtures of the stand-in's own tests."""

from tests.discourse_server.fixtures import discourse

__all__ = ["discourse"]
