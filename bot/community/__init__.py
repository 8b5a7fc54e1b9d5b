"""What a community is: its settings, its identities, and how it is scored."""
