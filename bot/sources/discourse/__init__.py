"""Contributions on a Discourse forum: topics, posts, replies, links, quotes and likes."""
