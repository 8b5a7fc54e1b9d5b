"""Names that a SourceCred ledger accepts, made from the names that people have.

SourceCred's rule (SPEC §9 "Names"): a name has only ASCII letters, digits and `-`.
"""

import re
from typing import Final

LONGEST: Final = 39
"""Most UTF-16 units of a proposed name; a ledger takes 42, and may append to a name."""

_OTHER = re.compile("[^A-Za-z0-9-]")


def propose_name(name: str, otherwise: str) -> str:
    """Return a name for somebody that a ledger accepts.

    Parameters
    ----------
    name
        What they are called.
    otherwise
        The name to use if nothing but dashes would remain.

    >>> propose_name("Alice W.", "discord-11")
    'Alice-W-'
    """
    units = name.encode("utf-16-le", "surrogatepass")[: 2 * LONGEST]
    # One dash per UTF-16 unit: a character beyond the basic plane becomes two.
    accepted = "".join(
        _OTHER.sub("-", chr(int.from_bytes(units[i : i + 2], "little")))
        for i in range(0, len(units), 2)
    )
    return accepted if accepted.strip("-") else otherwise
