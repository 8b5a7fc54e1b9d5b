"""Commands about weights: what they are, what others would do, proposals and votes."""
