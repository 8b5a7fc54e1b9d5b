"""What people enter by hand: thanks, contributions, initiatives."""
