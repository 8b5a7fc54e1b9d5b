"""Which accounts are one person's, and how they become linked."""
