"""Chat commands, platform-neutral: a typed request in, a reply as data out."""
