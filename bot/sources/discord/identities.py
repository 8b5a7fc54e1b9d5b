"""Names that a ledger accepts, made from what people call themselves on Discord.

SourceCred's rule (SPEC §9 "Names", §12): names hold only letters and digits of ASCII and `-`.
"""

import re
from typing import Final

LONGEST: Final = 39
"""Characters of a proposed name, counted as UTF-16 does; a ledger takes 42 and may append."""

_OTHER = re.compile("[^A-Za-z0-9-]")


def ledger_name(nickname: str | None, username: str, account: str) -> str:
    """Return the name proposed for an account.

    Parameters
    ----------
    nickname
        What the member is called on the server, if anything.
    username
        Name of the account, used without a nickname.
    account
        The platform's id, which names those of whom only dashes would remain.

    >>> ledger_name("Alice W.", "alice", "11")
    'Alice-W-'
    >>> ledger_name("日本語", "user13", "13")
    'discord-13'
    """
    units = (nickname or username).encode("utf-16-le", "surrogatepass")[: 2 * LONGEST]
    # One dash per UTF-16 unit: a character beyond the basic plane becomes two.
    name = "".join(
        _OTHER.sub("-", chr(int.from_bytes(units[i : i + 2], "little")))
        for i in range(0, len(units), 2)
    )
    return f"discord-{account}" if not name.strip("-") else name
