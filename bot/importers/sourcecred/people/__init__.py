"""Who is who in an instance of SourceCred."""
