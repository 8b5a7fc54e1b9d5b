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


def no_server(line: str) -> Reply:
    """Return the reply to a line, said to the bot alone, of somebody who is on no server."""
    return Reply(
        title="Ask me in a server",
        text=(
            "Cred belongs to a community, so I answer where it is: in its server. Type "
            f"/{line} there.{_only_you_see(line)}"
        ),
        private=True,
        is_error=True,
    )


def several_servers(names: Sequence[str], line: str) -> Reply:
    """Return the reply to a line, said to the bot alone, of somebody who is on several."""
    return Reply(
        title="Which server?",
        text=(
            f"You and I are both on {', '.join(sorted(names)[:_MOST_NAMES])}, and each has its "
            f"own cred. Type /{line} in the one you mean.{_only_you_see(line)}"
        ),
        private=True,
        is_error=True,
    )


def _only_you_see(line: str) -> str:
    return " Only you see what I answer to it." if line.startswith("me ") else ""
