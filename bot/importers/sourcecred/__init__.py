"""SourceCred instances: what a folder of one holds, and how a community moves in with it.

No source of its own: what a folder tells is read once, on the command line. What comes of it
are settings, accounts with links between them, and archives (`bot.services.archives`), which
are drawn in place of the sources that they are of.
"""
