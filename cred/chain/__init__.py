"""The CredRank Markov chain: transition matrix, stationary distribution, scores."""
