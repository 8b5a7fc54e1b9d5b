"""Imports files that DiscordChatExporter wrote, as the same events that a backfill gives."""
