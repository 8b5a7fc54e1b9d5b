"""The contribution graph and CredRank: values in, values out."""
