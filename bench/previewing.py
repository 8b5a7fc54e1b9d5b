"""Measure how long previews take, what one weight does, and which weights move most.

python -m bench.previewing [EDGES …]   prints a table; 10,000, 100,000 and 1,000,000 by default
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

from bench.filling import fill, slug_of
from bot.cli.open_communities import open_communities
from bot.community.communities import Community
from bot.services.weights.preview import preview
from bot.services.weights.why import explain_weight, find_strongest
from storage.canonical_json import Json

_NOW_MS = 1_800_000_000_000
_REPEATS = 5
_CHANGES: Mapping[str, Mapping[str, Json]] = {
    "reactions": {"weights.emoji.default": 2},
    "edges": {"weights.edge.authors": "1 / 0.5"},
    "switched off": {"weights.emoji.👍": 0},
    "parameters": {"scoring.seed_return": 0.2},
}


async def _preview(community: Community, changes: Mapping[str, Json]) -> object:
    return await preview(community, changes, now_ms=_NOW_MS)


_QUESTIONS: Final[Mapping[str, Callable[[Community], Awaitable[object]]]] = {
    **{name: partial(_preview, changes=changes) for name, changes in _CHANGES.items()},
    "why emoji.👍": lambda community: explain_weight(community, "weights.emoji.👍", _NOW_MS),
    "why": lambda community: find_strongest(community, _NOW_MS, lambda _key: True),
}


async def measure(folder: Path, edges: int) -> list[float]:
    """Return the median seconds of the answer to each question."""
    await fill(folder, edges)
    async with open_communities(folder) as opened:
        community = await opened.get_existing(slug_of(edges))
        await community.scoring.recompute(_NOW_MS)
        found = []
        for answer in _QUESTIONS.values():
            times = []
            for _ in range(_REPEATS):
                started = perf_counter()
                await answer(community)
                times.append(perf_counter() - started)
            found.append(statistics.median(times))
        return found


def main() -> None:
    """Print a table of the sizes that the arguments name."""
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    print("| edges | " + " | ".join(_QUESTIONS) + " |")
    print("| ---: |" + " ---: |" * len(_QUESTIONS))
    for edges in sizes:
        with tempfile.TemporaryDirectory() as folder:
            times = asyncio.run(measure(Path(folder), edges))
        figures = " | ".join(f"{seconds * 1000:.0f} ms" for seconds in times)
        print(f"| {edges:,} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
