"""A way to the settings of a community while the bot runs and holds its file.

The bot listens on a socket beside each community's file (`<slug>.sock`), which only the user
who runs it can open. A request is one line of JSON, and so is the answer; the command line
uses it where the file is locked. The lock on the file says whose socket it is, so one that a
killed process left behind is simply replaced.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from bot.community.communities import Community
from bot.community.errors import SettingMistakeError
from bot.services.settings_requests import SettingsRequest, answer
from storage.canonical_json import Json
from storage.errors import StorageError

_log = logging.getLogger(__name__)

AUTHOR: Final = "command line"
_LONGEST_LINE: Final = 1_000_000
_PATIENCE_SECONDS: Final = 10.0


class NobodyListensError(Exception):
    """No bot listens at the socket."""


def socket_of(data_dir: Path, slug: str) -> Path:
    """Return where the bot listens for a community."""
    return data_dir / f"{slug}.sock"


@asynccontextmanager
async def listening(
    path: Path,
    community: Community,
    *,
    now_ms: Callable[[], int],
    on_change: Callable[[], None],
) -> AsyncIterator[None]:
    """Answer requests to a community's settings until the block is left.

    Where no socket can be made (a path of over about 100 characters, a folder on a network),
    the bot does without: this is for comfort.

    Parameters
    ----------
    path
        The socket, replaced if it is there.
    now_ms
        The clock.
    on_change
        Called after settings were changed.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                reply = await _answered(await _line(reader), community, now_ms, on_change)
                writer.write(json.dumps(reply).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()

    try:
        bound = await asyncio.to_thread(_bound, path)
        listener = await asyncio.start_unix_server(serve, sock=bound, limit=_LONGEST_LINE)
    except OSError as error:
        _log.warning("settings can't be changed while the bot runs: %s (%s)", path, error)
        yield
        return
    try:
        yield
    finally:
        listener.close()
        await listener.wait_closed()
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def ask(path: Path, request: SettingsRequest) -> dict[str, Json]:
    """Return the answer of the bot that listens at a socket.

    Raises
    ------
    NobodyListensError
        If none does.
    SettingMistakeError
        If the request cannot be granted; the message says why.
    """
    line = json.dumps(
        {
            "changes": dict(request.changes),
            "keys": list(request.keys),
            "reason": request.reason,
        }
    )
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            reader, writer = await asyncio.open_unix_connection(path, limit=_LONGEST_LINE)
            try:
                writer.write(line.encode() + b"\n")
                await writer.drain()
                reply = json.loads(await reader.readline())
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError) as error:
        raise NobodyListensError(f"no bot answers at {path}") from error
    if "mistake" in reply:
        raise SettingMistakeError(reply["mistake"])
    granted: dict[str, Json] = reply["granted"]
    return granted


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Return a line; nothing where it is too long."""
    with suppress(ValueError):
        return await reader.readline()
    return b""


async def _answered(
    line: bytes, community: Community, now_ms: Callable[[], int], on_change: Callable[[], None]
) -> dict[str, Json]:
    try:
        asked = json.loads(line)
        request = SettingsRequest(
            dict(asked["changes"]), [str(key) for key in asked["keys"]], str(asked["reason"])
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


def _bound(path: Path) -> socket.socket:
    """Return a socket at the path that only this user can open, from the first moment on."""
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        made.bind(str(path))
    except OSError:
        made.close()
        raise
    finally:
        os.umask(before)
    return made
