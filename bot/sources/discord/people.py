"""Who somebody is: an account as the log describes it, or nobody; and their name. Pure.

Who deleted their account is nobody, however Discord or a program that reads it writes that.
What they wrote stays, without an author; that they reacted or were mentioned is not recorded.
What was recorded of them while they were somebody stays theirs.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

SHARED_ACCOUNT: Final = "456226577798135808"
"""The account that stands for many who deleted theirs."""

_NAMED_ANEW: Final = re.compile(
    r"Deleted User [0-9a-fA-F]{8}|deleted_user_[0-9a-fA-F]{6,}", re.ASCII
)
_SHARED_NAME: Final = "Deleted User"


def read_id(value: object) -> str:
    """Return one of Discord's ids as text.

    Raises
    ------
    ValueError
        If it is none.
    """
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise ValueError(f"no Discord id: {text[:40]!r}")
    if not 0 < int(text[:21]) < 1 << 64:
        raise ValueError(f"no Discord id: {text[:40]!r}")
    return text


def is_id(text: str) -> bool:
    """Tell whether a text is one of Discord's ids."""
    try:
        read_id(text)
    except ValueError:
        return False
    return True


def read_name(value: object) -> str | None:
    """Return a name as a database can store it, since JSON can hold half a character.

    None if it is empty, or no text.
    """
    return (
        value.encode("utf-8", "replace").decode() if value and isinstance(value, str) else None
    )


def is_deleted_account(user: Mapping[str, Any]) -> bool:
    """Tell whether a user of Discord's API stands for somebody who deleted their account."""
    if str(user["id"]) == SHARED_ACCOUNT:
        return True
    name = user.get("username")
    if user.get("bot") or not isinstance(name, str):
        return False
    has_discriminator = str(user.get("discriminator") or 0).strip("0") != ""
    return _NAMED_ANEW.fullmatch(name) is not None or (
        name == _SHARED_NAME and not has_discriminator
    )
