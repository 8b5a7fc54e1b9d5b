"""One SQLite file per community."""
