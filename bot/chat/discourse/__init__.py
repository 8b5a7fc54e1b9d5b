"""Discourse: posts and private messages in, posts and private messages out."""

from bot.chat.discourse.chat import DiscourseChat

__all__ = ["DiscourseChat"]
