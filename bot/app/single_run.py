"""One running bot per data folder, and one per account that it has on a platform.

Two bots on one data folder would record everything twice, and two with one token would give
every command two answers. The second ends at once and says so.
"""

import errno
import hashlib
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import ClassVar

from bot.settings import Settings
from bot.sources.discourse.forums import read_forums
from storage.file.locking import hold_folder


class AlreadyRunningError(Exception):
    """Another bot has the same account; the message says which, and what to do."""

    exit_status: ClassVar[int] = 1
    """Status with which the command ends that this error stopped: it could not be done."""


@contextmanager
def hold_alone(settings: Settings) -> Iterator[None]:
    """Keep other bots on this machine from the data folder and the accounts until the end.

    Raises
    ------
    AlreadyRunningError
        If another bot uses the token, or the key of a forum.
    LockedError
        If another bot runs on the data folder.
    UnreachableError
        If the data folder cannot be used.
    SettingsError
        If the token or the forums cannot be read.
    """
    with ExitStack() as exits:
        exits.enter_context(hold_folder(settings.data_dir))
        token = settings.token()
        if token is not None:
            exits.enter_context(
                _hold_account("Discord token", str(settings.discord_api_url), token)
            )
        for forum in read_forums(settings):
            key = forum.access.api_key
            if key is not None:
                exits.enter_context(
                    _hold_account(
                        f"key of {forum.name}", forum.access.url, key.get_secret_value()
                    )
                )
        yield


@contextmanager
def _hold_account(name: str, address: str, secret: str) -> Iterator[None]:
    """Hold an account: a name in the kernel that is free again when this process ends.

    Only Linux has such names, for each network namespace.
    """
    if sys.platform != "linux":
        yield
        return
    digest = hashlib.sha256(f"credbot\0{address}\0{secret}".encode()).hexdigest()
    with socket.socket(socket.AF_UNIX) as holder:
        try:
            holder.bind(f"\0credbot-{digest}")
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise AlreadyRunningError(
                    f"Another credbot on this machine uses the same {name}, and everybody "
                    "would get two answers: stop it first."
                ) from error
        yield
