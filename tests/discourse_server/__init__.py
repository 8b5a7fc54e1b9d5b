"""An in-process Discourse for tests; see the README beside this file."""

from tests.discourse_server.server import DiscourseServer, running_discourse

__all__ = ["DiscourseServer", "running_discourse"]
