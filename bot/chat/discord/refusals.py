"""Replies to whoever cannot be answered."""

from typing import Final

from bot.commands.kit.reply import Reply

TOO_FAST: Final = Reply(
    title="One moment",
    text="That was many questions at once. Ask again in a few seconds.",
    private=True,
    is_error=True,
)
NOT_IN_A_SERVER: Final = Reply(
    title="Ask me in a server",
    text="Cred belongs to a community, so I answer where it is: in its server.",
    private=True,
    is_error=True,
)
