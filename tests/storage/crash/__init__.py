"""Programs that are killed, or starved of room, while they write."""
