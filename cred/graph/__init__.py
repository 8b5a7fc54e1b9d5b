"""The contribution graph: its structure, the weights of its parts, and both together."""
