"""Names proposed to a ledger for people on a forum, as SourceCred does (SPEC §13)."""

from bot.community.identities.ledger_names import proposed


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
    return proposed(username, f"discourse-{account}")
