"""SourceCred instances: reads the folder of one, and imports it into a community.

This is no source: a folder is read once, on the command line. It becomes settings, accounts
with links between them, and archives (`storage.archives`), which replace the graphs of the
sources they came from.
"""
