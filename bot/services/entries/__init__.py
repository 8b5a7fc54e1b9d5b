"""Entries: thanks, contributions and initiatives, which people enter by hand."""
