"""What the bot answers over HTTP: sources' webhooks, and, later, pages."""
