"""Maps the configuration of SourceCred's plugins to settings of a community."""
