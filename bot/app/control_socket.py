"""Answers the command line on a community's settings and people while a bot holds its file.

The bot listens on a socket beside each community's file (`<slug>.sock`), which only the user
who runs it can open. A request is one line of JSON, and so is the answer; the command line uses
it when the file is locked. Whoever holds the lock on the file owns the socket, so one that a
killed process left behind is simply replaced.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from bot.community.errors import CommunityError, SettingMistakeError
from bot.services.settings_requests import SettingsRequest, answer
from storage.canonical_json import Json
from storage.errors import StorageError

if TYPE_CHECKING:
    from bot.community.communities import Community  # takes long, and a command asks only

_log = logging.getLogger(__name__)

AUTHOR: Final = "command line"
_LONGEST_LINE: Final = 1_000_000
_PATIENCE_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 600.0
"""An erasure may have to write large archives anew."""


class NotListeningError(Exception):
    """No bot listens on the socket."""


def socket_path(data_dir: Path, slug: str) -> Path:
    """Return the path of a community's socket."""
    return data_dir / f"{slug}.sock"


@asynccontextmanager
async def listen(
    path: Path,
    community: "Community",
    *,
    now_ms: Callable[[], int],
    on_change: Callable[[], None],
) -> AsyncIterator[None]:
    """Answer requests about a community's settings and people until the block is left.

    Where no socket can be created (a path of more than about 100 characters, a network folder),
    the bot does without: the socket is only a convenience.

    Parameters
    ----------
    path
        The socket, which is replaced if it exists.
    now_ms
        The clock.
    on_change
        Called after settings were changed.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                line = await _read_line(reader)
            reply = await _answer(line, community, now_ms, on_change)
            async with asyncio.timeout(_PATIENCE_SECONDS):
                writer.write(json.dumps(reply).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()

    try:
        bound = await asyncio.to_thread(_bind, path)
        server = await asyncio.start_unix_server(serve, sock=bound, limit=_LONGEST_LINE)
    except OSError as error:
        _log.warning("settings can't be changed while the bot runs: %s (%s)", path, error)
        yield
        return
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.to_thread(path.unlink, missing_ok=True)


class Sendable(Protocol):
    """A request that the bot answers: one on settings, or one on people."""

    def to_json(self) -> Mapping[str, Json]:
        """Return it as it travels."""
        ...


async def ask(path: Path, request: Sendable) -> dict[str, Json]:
    """Return the answer of the bot that listens on a socket.

    Raises
    ------
    NobodyListensError
        If no bot does.
    SettingMistakeError
        If the request cannot be granted; the message says why.
    """
    line = json.dumps(request.to_json())
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(line.encode() + b"\n")
                await writer.drain()
                reply = json.loads(await reader.read())  # an export may be long
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError) as error:
        raise NotListeningError(f"no bot answers at {path}") from error
    if "mistake" in reply:
        raise SettingMistakeError(reply["mistake"])
    granted: dict[str, Json] = reply["granted"]
    return granted


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    """Return a line; nothing if it is too long."""
    with suppress(ValueError):
        return await reader.readline()
    return b""


async def _answer(
    line: bytes,
    community: "Community",
    now_ms: Callable[[], int],
    on_change: Callable[[], None],
) -> dict[str, Json]:
    try:
        sent = json.loads(line)
        if "people" in sent:
            return await _answer_people(sent, community, now_ms())
        request = SettingsRequest(
            dict(sent["changes"]), [str(key) for key in sent["keys"]], str(sent["reason"])
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return {"mistake": "that is no request."}
    try:
        granted = await answer(community.settings, request, author=AUTHOR, now_ms=now_ms())
    except (SettingMistakeError, StorageError) as error:
        return {"mistake": str(error)}
    if request.changes:
        on_change()
    return {"granted": granted}


async def _answer_people(
    sent: Mapping[str, Json], community: "Community", now_ms: int
) -> dict[str, Json]:
    # Imported here, so that `credbot settings`, which only asks, starts at once.
    from bot.services.people_requests import PeopleRequest, answer_people  # noqa: PLC0415

    request = PeopleRequest.from_json(sent)
    try:
        return {"granted": await answer_people(community, request, now_ms=now_ms)}
    except (CommunityError, StorageError) as error:
        return {"mistake": str(error)}


def _bind(path: Path) -> socket.socket:
    """Return a socket at a path, which only this user can open from the first moment on."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        bound.bind(str(path))
    except OSError:
        bound.close()
        raise
    finally:
        os.umask(before)
    return bound
