"""What happened, as columns of events, and what is true now because of it."""
