"""Programs that are killed, or run out of disk space, while they write."""
