"""Use cases: one async function or small class each. No platform types."""
