"""The command line: what an operator does outside chat."""
