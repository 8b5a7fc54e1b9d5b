"""Reading a server: sweeps, and the history of single places."""
