"""Weights as the community's own business: previews, proposals, votes, what came of them."""
