"""What can be wrong with an export; the person who holds the file can act on each."""


class ExportError(Exception):
    """A file cannot be used at all; one sentence that names it."""


class TruncatedError(ExportError):
    """A file ends in the middle, as an interrupted export leaves it; the rest counts."""
