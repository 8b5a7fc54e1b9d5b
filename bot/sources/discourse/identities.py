"""Ledger names for the users of a forum, as SourceCred proposes them (SPEC §13)."""

from bot.community.identities.ledger_names import propose_name


def ledger_name(username: str, account: str) -> str:
    """Return the ledger name to propose for an account.

    Parameters
    ----------
    username
        The user's name on the forum.
    account
        The numeric id, which is used where only dashes would remain of the name.

    >>> ledger_name("a_b.c", "7")
    'a-b-c'
    >>> ledger_name("日本語", "13")
    'discourse-13'
    """
    return propose_name(username, f"discourse-{account}")
