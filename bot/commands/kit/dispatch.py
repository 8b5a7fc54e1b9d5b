"""Errors of commands, and the only place that turns an error into a reply.

CommandError
└── UserMistake   the asker can put it right: the message says how, and is shown as it is

What services refuse (`RefusedError`) is shown as it is, too. What `cred` and `storage` raise is
no fault of the asker's: they are told so in one sentence, with a reference under which the
operator finds the traceback in the log.
"""

import logging
import secrets

from bot.commands.kit.model import Command, Reply, Request, Who
from bot.community.errors import RefusedError
from cred.errors import CredError, NotConvergedError
from storage.errors import StorageError

log = logging.getLogger(__name__)


class CommandError(Exception):
    """Base of everything a command raises on purpose."""


class UserMistake(CommandError):  # noqa: N818 - a mistake is what it is called in replies too
    """Something the asker can put right.

    Attributes
    ----------
    title
        A few words.
    try_lines
        Command lines, without prefix, that would do instead.
    """

    def __init__(
        self,
        message: str,
        *,
        title: str = "I can't answer that",
        try_lines: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.title = title
        self.try_lines = try_lines


async def answer(command: Command, request: Request) -> Reply:
    """Return the command's reply, or the reply that its error becomes; never raise."""
    if command.who is Who.ADMINS and not request.is_admin:
        return Reply(
            title="For server admins",
            text=(
                f"{request.prefix}{command.line} is for those who may manage this place. "
                "Ask one of them to run it."
            ),
            private=True,
            is_error=True,
        )
    try:
        # Whoever just spoke for the first time is known from here on.
        await request.community.names.refresh()
        await request.community.identities.refresh()
        return await command.handler(request)
    except Exception as error:  # noqa: BLE001 - the edge: nothing of a command goes further
        return reply_to(error, prefix=request.prefix, what=command.line)


def reply_to(error: Exception, *, prefix: str, what: str) -> Reply:
    """Return what somebody is told about an error, and log it if it is not theirs.

    Parameters
    ----------
    error
        What was raised.
    prefix
        As in `Request.prefix`, for the lines suggested.
    what
        What was being done, for the log.
    """
    if isinstance(error, UserMistake):
        lines = "".join(f"\n{prefix}{line}" for line in error.try_lines)
        return Reply(
            title=error.title,
            text=f"{error}{lines and chr(10)}{lines}",
            private=True,
            is_error=True,
        )
    if isinstance(error, RefusedError):
        return Reply(title="That can't be done", text=str(error), private=True, is_error=True)
    reference = secrets.token_hex(4)
    log.error("reference %s: %s failed", reference, what, exc_info=error)
    return Reply(
        title="Something went wrong",
        text=f"{_for_members(error)} Reference {reference} tells the operator where to look.",
        private=True,
        is_error=True,
    )


def _for_members(error: Exception) -> str:
    if isinstance(error, NotConvergedError):
        return "Cred could not be worked out this time; the last good numbers stay."
    if isinstance(error, CredError):
        return "Cred could not be worked out from what is in the log and the weights."
    if isinstance(error, StorageError):
        return "The community's records can't be read right now; nothing is lost."
    return "That was my fault, not yours; nothing is lost."
