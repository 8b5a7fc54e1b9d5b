"""The console: commands typed in a terminal, replies printed."""
