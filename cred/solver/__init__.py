"""The same linear system, solved fast: elimination, then Gauss–Seidel sweeps."""
