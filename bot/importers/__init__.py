"""What is taken in once: SourceCred instances, and exported Discord history."""
