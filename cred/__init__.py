"""The contribution graph and CredRank: values in, values out. See README.md in this folder."""
