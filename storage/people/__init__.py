"""Who and what the log's numbers stand for: directory, look-up, links, erasure."""
