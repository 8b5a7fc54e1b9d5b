"""Whether loops are compiled: where numba can be imported, `cred.loops` does what numpy would.

Nothing is to be set. `credbot[fast]` installs numba; with it the same system is solved by
loops over rows, without it by numpy and scipy, to the same numbers (1e-12 of each). numba is
imported, and a loop compiled or read from numba's cache, when it is first needed: importing
`cred` costs nothing either way.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

AVAILABLE = find_spec("numba") is not None
"""Looked at whenever something is compiled; what was compiled stays as it is."""


@cache
def loops() -> ModuleType:
    """Return `cred.loops`; it needs numba."""
    return import_module("cred.loops")
