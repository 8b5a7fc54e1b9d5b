"""`settings …`: a community's settings that are no weights, for its admins."""
