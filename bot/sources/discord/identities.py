"""Names proposed to a ledger for members of a server, as SourceCred does (SPEC §12)."""

from bot.community.identities.ledger_names import propose_name


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
    return propose_name(nickname or username, f"discord-{account}")
