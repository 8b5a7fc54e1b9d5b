"""History from files that DiscordChatExporter wrote: the same events as a backfill gives."""
