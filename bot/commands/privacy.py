"""`privacy`: what is kept, why, who sees it, and what one can do about it."""

from typing import Final

from bot.commands.kit.command import Command
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request


async def privacy(request: Request) -> Reply:
    """Answer `privacy`."""
    lines = (
        ("me data", "everything that is kept about you, also as a file"),
        ("me optout", "no longer be recorded or shown (me optin: again)"),
        ("me erase", "remove all that says who you are"),
    )
    return Reply(
        title="What is kept about you",
        text=(
            "Kept: your id, names and roles on this platform, and that you posted, replied, "
            "reacted, mentioned or thanked somebody, joined or left: when, and in which "
            "channel. Cred is worked out from that. Of thanks, work and initiatives also "
            "titles, reasons and links, as you wrote them, to be shown.\n"
            "Not kept: the text of messages and posts.\n"
            "Who sees it: cred, ranks and what they came from are shown to whoever asks here; "
            "what is in a channel that not everybody sees is not shown where others read "
            "along. The operator can read the file, which stays on the operator's machine."
        ),
        after="\n".join(f"{request.command_line(line)}: {words}" for line, words in lines),
    )


PRIVACY: Final = Command(
    group="",
    name="privacy",
    summary="What is kept about you and why, and what you can do about it.",
    details="docs/privacy.md has all of it, with what stays after an erasure.",
    handler=privacy,
    asked_most=(("privacy", "what I keep"),),
    examples=("privacy",),
)
