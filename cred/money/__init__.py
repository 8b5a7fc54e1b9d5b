"""Money: amounts, how a payout is divided, the ledger, and what becomes of a payout."""
