"""Replies as text: tables, bar charts, and the removal of invisible characters."""
