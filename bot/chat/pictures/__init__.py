"""Charts as PNG images."""
