"""Imports that are made once: SourceCred instances, and exported Discord history."""
