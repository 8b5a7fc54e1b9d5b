"""Errors of commands, and the replies that errors become.

CommandError
└── UserError   the asker can put it right: the message says how, and is shown as it is

The messages of `NotAllowedError` and `IdentityRefusedError` are shown as they are, too. Errors
of `cred` and `storage` are not the asker's to fix, so the reply says little and names a
reference, under which the operator finds the traceback in the log.
"""

import logging
import secrets
from collections.abc import Callable
from typing import TypeVar

from bot.commands.kit.reply import Reply
from bot.community.errors import IdentityRefusedError, NotAllowedError
from cred.errors import CredError, NotConvergedError
from storage.errors import StorageError

log = logging.getLogger(__name__)
T = TypeVar("T")


class CommandError(Exception):
    """Base of everything that a command raises on purpose."""


class UserError(CommandError):
    """A mistake that the asker can put right.

    Attributes
    ----------
    title
        A few words.
    try_lines
        Command lines that would work, without prefix.
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


def attempt(action: Callable[[], T], *, prefix: str, activity: str) -> T | Reply:
    """Return what an action returns, or the reply to the error that it raises.

    The parameters are those of `error_reply`.
    """
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - every error becomes a reply
        return error_reply(error, prefix=prefix, activity=activity)


def error_reply(error: Exception, *, prefix: str, activity: str) -> Reply:
    """Return the reply to an error, and log the error unless it is the asker's.

    Parameters
    ----------
    error
        The error that was raised.
    prefix
        As in `Request.prefix`, for the lines that are suggested.
    activity
        What was being done, for the log.
    """
    if isinstance(error, UserError):
        lines = "".join(f"\n{prefix}{line}" for line in error.try_lines)
        return Reply(
            title=error.title,
            text=f"{error}{lines and chr(10)}{lines}",
            private=True,
            is_error=True,
        )
    if isinstance(error, NotAllowedError | IdentityRefusedError):
        return Reply(title="That can't be done", text=str(error), private=True, is_error=True)
    reference = secrets.token_hex(4)
    log.error("reference %s: %s failed", reference, activity, exc_info=error)
    return Reply(
        title="Something went wrong",
        text=f"{_explain(error)} Reference {reference} tells the operator where to look.",
        private=True,
        is_error=True,
    )


def _explain(error: Exception) -> str:
    if isinstance(error, NotConvergedError):
        return "Cred could not be worked out this time; the last good numbers stay."
    if isinstance(error, CredError):
        return "Cred could not be worked out from what is in the log and the weights."
    if isinstance(error, StorageError):
        return "The community's records can't be read right now; nothing is lost."
    return "That was my fault, not yours; nothing is lost."
