"""A made-up community for trying things out: seeded, so the same for everybody."""
