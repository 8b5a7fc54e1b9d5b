"""A community's SQLite file: opened, locked, migrated, written by one connection."""
