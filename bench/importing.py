"""Measure the import of a large DiscordChatExporter file, in a process of its own.

python -m bench.importing FOLDER MEGABYTES → one JSON object on standard output
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.measuring import peak_bytes
from bot.cli.import_discord_export import import_exports

_PEOPLE = 500
_FIRST_MS = 1_600_000_000_000
_DISCORD_EPOCH_MS = 1_420_070_400_000


def write_export(path: Path, megabytes: int) -> int:
    """Write an export of a given size, as a stream; return its number of messages."""
    head = {
        "guild": {"id": "1", "name": "Large"},
        "channel": {"id": "2", "type": "GuildTextChat", "name": "general"},
        "exportedAt": "2026-01-01T00:00:00+00:00",
    }
    written = number = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head)[:-1] + ', "messages": [\n')
        while written < megabytes * 1_000_000:
            text = json.dumps(_message(number), indent=2)
            file.write((",\n" if number else "") + text)
            written += len(text) + 2
            number += 1
        file.write(f'\n], "messageCount": {number}}}')
    return number


def _message(number: int) -> dict[str, Any]:
    at_ms = _FIRST_MS + 60_000 * number
    users = [_user((number * 7 + step) % _PEOPLE) for step in range(4)]
    return {
        "id": str((at_ms - _DISCORD_EPOCH_MS) << 22 | number % 4096),
        "type": "Default",
        "timestamp": "2020-09-13T12:26:40.123+00:00",
        "content": "words that are read and not kept " * 8,
        "author": users[0],
        "attachments": [{"id": "9", "url": "u" * 120, "fileName": "f.png"}],
        "embeds": [{"title": "t" * 60, "url": "u" * 200, "description": "d" * 400}],
        "reactions": [{"emoji": {"id": "", "name": "👍"}, "count": 2, "users": users[1:3]}],
        "mentions": users[3:] if number % 5 == 0 else [],
    }


def _user(number: int) -> dict[str, Any]:
    return {
        "id": str(10**16 + number),
        "name": f"person{number}",
        "discriminator": "0000",
        "nickname": f"Person {number}",
        "isBot": False,
        "roles": [{"id": "77", "name": "member", "position": 1}],
        "avatarUrl": "a" * 90,
    }


def measure(folder: Path, megabytes: int) -> dict[str, Any]:
    """Write an export, import it, and return the figures."""
    path = folder / "large.json"
    messages = write_export(path, megabytes)
    os.environ["CRED_DATA_DIR"] = str(folder)
    began = perf_counter()
    status = asyncio.run(import_exports([path], as_json=False))
    return {
        "bytes": path.stat().st_size,
        "messages": messages,
        "import_s": perf_counter() - began,
        "peak_bytes": peak_bytes(),
        "status": status,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
