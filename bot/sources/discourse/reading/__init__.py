"""Reading a forum: polls, sweeps, and single topics."""
