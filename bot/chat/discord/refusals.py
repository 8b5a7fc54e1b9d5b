"""Replies to whoever cannot be answered."""

from collections.abc import Sequence
from typing import Final

from bot.commands.kit.reply import Reply

_MOST_NAMES: Final = 10

TOO_FAST: Final = Reply(
    title="One moment",
    text="That was many questions at once. Ask again in a few seconds.",
    private=True,
    is_error=True,
)
NOT_IN_A_SERVER: Final = Reply(
    title="Ask me in a server",
    text=(
        "Cred belongs to a community, so I answer where it is: in its server. There, only you "
        "see what I answer to /me."
    ),
    private=True,
    is_error=True,
)


def several_servers(names: Sequence[str]) -> Reply:
    """Return the reply to a message to the bot alone, of somebody who is on several servers."""
    return Reply(
        title="Which server?",
        text=(
            f"You and I are both on {', '.join(sorted(names)[:_MOST_NAMES])}, and each has its "
            "own cred. Ask there; only you see what I answer to /me."
        ),
        private=True,
        is_error=True,
    )
