"""How a community decides: rules, electorates, tallies, and what becomes of a proposal."""
