"""Graph files: contribution graphs and scores as JSON."""
