"""Contributions on Discord: messages, reactions, replies, mentions; members and roles."""
