"""Names that a ledger accepts, made from what people are called on the forum.

SourceCred's rule (SPEC §9 "Names", §13): names hold only letters and digits of ASCII and `-`.
"""

import re
from typing import Final

LONGEST: Final = 39
"""Characters of a proposed name, counted as UTF-16 does; a ledger takes 42 and may append."""

_OTHER = re.compile("[^A-Za-z0-9-]")


def ledger_name(username: str, account: str) -> str:
    """Return the name proposed for an account.

    Parameters
    ----------
    username
        What the forum calls them.
    account
        The numeric id, which names those of whom only dashes would remain.

    >>> ledger_name("a_b.c", "7")
    'a-b-c'
    >>> ledger_name("日本語", "13")
    'discourse-13'
    """
    units = username.encode("utf-16-le", "surrogatepass")[: 2 * LONGEST]
    # One dash per UTF-16 unit: a character beyond the basic plane becomes two.
    name = "".join(
        _OTHER.sub("-", chr(int.from_bytes(units[i : i + 2], "little")))
        for i in range(0, len(units), 2)
    )
    return f"discourse-{account}" if not name.strip("-") else name
