"""Names that a ledger accepts, made from what people call themselves.

SourceCred's rule (SPEC §9 "Names"): names hold only letters and digits of ASCII and `-`.
"""

import re
from typing import Final

LONGEST: Final = 39
"""Characters of a proposed name, counted as UTF-16 does; a ledger takes 42 and may append."""

_OTHER = re.compile("[^A-Za-z0-9-]")


def propose_name(name: str, otherwise: str) -> str:
    """Return the name proposed for somebody.

    Parameters
    ----------
    name
        What they are called.
    otherwise
        Name of those of whom only dashes would remain.

    >>> proposed("Alice W.", "discord-11")
    'Alice-W-'
    """
    units = name.encode("utf-16-le", "surrogatepass")[: 2 * LONGEST]
    # One dash per UTF-16 unit: a character beyond the basic plane becomes two.
    coerced = "".join(
        _OTHER.sub("-", chr(int.from_bytes(units[i : i + 2], "little")))
        for i in range(0, len(units), 2)
    )
    return coerced if coerced.strip("-") else otherwise
