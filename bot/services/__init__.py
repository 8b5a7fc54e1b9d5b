"""Use cases: what one can do with a community. Nothing here knows a platform."""
