"""Storage: one SQLite file per community."""
