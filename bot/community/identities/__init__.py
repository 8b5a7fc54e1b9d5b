"""Which accounts are the same person, and how they become so."""
