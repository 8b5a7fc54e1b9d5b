"""Measure how long a reply takes while the community is being scored.

python -m bench.replying FOLDER SLUG → one JSON object on standard output
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bot.chat.console.chat import ConsoleChat, Speaker
from bot.cli.open_communities import open_communities
from bot.commands.catalogue import build_registry
from bot.community.communities import Community

_NOW_MS = 1_800_000_000_000
_IDLE = 200
_NAP_S = 0.001
_PEOPLE = (0, 3, 30, 300, 1)
"""Person 0 has the longest replies: an eighth of everything is theirs. Small communities do
without the later ones."""


def _lines(community: Community) -> tuple[str, ...]:
    names = [f"person {number}" for number in _PEOPLE]
    known = [name for name in names if community.directory.find_account(name)]
    return (
        "!cred board",
        "!cred history",
        *(f'@"{name}": !cred' for name in known),
        '!cred "person 10" last month',
        '!cred explain "person 10"',
    )


async def measure(folder: Path, slug: str) -> dict[str, Any]:
    """Return quantiles of the time from a line to its reply, and of the event loop's delay.

    The delay is measured while a process scores for the first time and nothing is asked.
    """
    async with open_communities(folder) as opened:
        community = await opened.get_existing(slug)
        recompute = asyncio.create_task(community.scoring.recompute(_NOW_MS))
        delays = await _delays(recompute)
        scores = await recompute
        if scores is None:
            raise RuntimeError("the community mints nothing")
        now_ms = scores.snapshot.epoch_end_ms - 1
        speaker = Speaker(community.directory.account(1), "person 0")
        chat = ConsoleChat(community, build_registry(), speaker, now_ms=lambda: now_ms)
        lines = _lines(community)
        idle = [await _seconds_to_reply(chat, lines, n) for n in range(_IDLE)]
        recompute = asyncio.create_task(community.scoring.recompute(_NOW_MS))
        await asyncio.sleep(0)
        busy: list[float] = []
        while not recompute.done():
            busy.append(await _seconds_to_reply(chat, lines, len(busy)))
            await asyncio.sleep(0.002)
        await recompute
    slowest = lines[int(np.argmax(busy)) % len(lines)]
    result: dict[str, Any] = {
        "lag": len(delays),
        "idle": len(idle),
        "busy": len(busy),
        "slowest": slowest,
    }
    for name, waits in (("idle", idle), ("busy", busy), ("lag", delays)):
        p50, p99, most = np.percentile(waits, [50, 99, 100]) * 1000
        result |= {f"{name}_p50_ms": p50, f"{name}_p99_ms": p99, f"{name}_max_ms": most}
    return result


async def _delays(until: asyncio.Task[Any]) -> list[float]:
    """Return the delays of the event loop, which is to wake up after every millisecond."""
    delays = []
    while not until.done():
        began = perf_counter()
        await asyncio.sleep(_NAP_S)
        delays.append(perf_counter() - began - _NAP_S)
    return delays


async def _seconds_to_reply(chat: ConsoleChat, lines: Sequence[str], number: int) -> float:
    began = perf_counter()
    reply = await chat.reply(lines[number % len(lines)])
    if reply is None or reply.is_error:
        raise RuntimeError(f"a command failed: {reply}")
    return perf_counter() - began


def main(folder: str, slug: str) -> None:
    """Measure, and print the figures."""
    print(json.dumps(asyncio.run(measure(Path(folder), slug))))


if __name__ == "__main__":
    main(*sys.argv[1:])
