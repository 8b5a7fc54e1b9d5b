"""A community's SQLite file: open, lock and migrate it, and write through one connection."""
