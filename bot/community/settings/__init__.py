"""A community's settings: which there are, their versions, and what they mean."""
