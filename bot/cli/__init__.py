"""The command line, for operators: see README.md."""
