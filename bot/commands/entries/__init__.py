"""`thanks`, `contrib …`, `initiative …`: what people enter by hand."""
