"""The chat of Discourse forums: posts and private messages in, and out."""

from bot.chat.discourse.chat import DiscourseChat

__all__ = ["DiscourseChat"]
