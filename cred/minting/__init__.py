"""Rules that change how much is minted: budgets, and minting for dependencies."""
