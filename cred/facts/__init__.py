"""Events as columns, and the present state they fold to."""
