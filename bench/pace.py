"""How soon an event is in the scores of a busy community, and what that costs.

python -m bench.pace FOLDER SLUG SECONDS → one JSON object on standard output

Fifty reactions a second are recorded in a community of any size while the scheduler that
`credbot run` uses has it recomputed.
"""

import asyncio
import json
import sys
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

import numpy as np

from bench.community import account_id, emoji, message_id
from bot.cli.open_communities import open_communities
from bot.community.communities import Community
from bot.runtime.scheduler import Scheduler
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Batch

EVENTS_PER_SECOND: Final = 50
DELAY_SECONDS: Final = 0.5
"""As `CRED_RECOMPUTE_DEBOUNCE_SECONDS` has it by default."""
_NOW_MS: Final = 1_800_000_000_000
_MINUTE: Final = 60.0


@dataclass
class _Measurements:
    unscored: deque[tuple[int, float]] = field(default_factory=deque)
    """Positions in the log of events that no scores hold yet, and when each was on disk."""
    delays: list[float] = field(default_factory=list)
    recomputes: list[tuple[float, float]] = field(default_factory=list)
    """Start and end of each."""
    is_all_scored: asyncio.Event = field(default_factory=asyncio.Event)

    def busiest_minute(self) -> float:
        """Return the seconds spent recomputing in the minute that has most of them."""
        return max(
            sum(
                max(0.0, min(end, first + _MINUTE) - max(start, first))
                for start, end in self.recomputes
            )
            for first, _ in self.recomputes
        )


async def measure(folder: Path, slug: str, seconds: float) -> dict[str, Any]:
    """Return quantiles of the time from an event on disk to the scores that hold it."""
    measurements = _Measurements()
    async with open_communities(folder) as opened:
        community = await opened.get_existing(slug)
        await community.scoring.recompute(_NOW_MS)

        async def recompute(_: str) -> bool:
            start = monotonic()
            was_due = await community.scoring.recompute_if_due(_NOW_MS)
            end = monotonic()
            if was_due:
                measurements.recomputes.append((start, end))
            scores = community.scoring.scores
            scored = 0 if scores is None else scores.events
            while measurements.unscored and measurements.unscored[0][0] <= scored:
                measurements.delays.append(end - measurements.unscored.popleft()[1])
            if not measurements.unscored:
                measurements.is_all_scored.set()
            return was_due

        async with Scheduler(
            recompute, every_minutes=60, delay_seconds=DELAY_SECONDS
        ) as scheduler:
            await _record_reactions(community, scheduler, measurements, seconds)
            await measurements.is_all_scored.wait()
    p50, p99, longest = np.percentile(measurements.delays, [50, 99, 100])
    spent = sum(end - start for start, end in measurements.recomputes)
    return {
        "seconds": seconds,
        "events": len(measurements.delays),
        "recomputes": len(measurements.recomputes),
        "recompute_s": spent / len(measurements.recomputes),
        "busiest_minute_s": measurements.busiest_minute(),
        "p50_s": p50,
        "p99_s": p99,
        "max_s": longest,
    }


async def _record_reactions(
    community: Community, scheduler: Scheduler, measurements: _Measurements, seconds: float
) -> None:
    begun = monotonic()
    for number in range(round(EVENTS_PER_SECOND * seconds)):
        reaction = Event(
            source="discord",
            kind=Kind.REACTED,
            at_ms=_NOW_MS,
            seen_ms=_NOW_MS,
            provenance=Provenance.LIVE,
            actor=account_id(number % 10),
            target=message_id(number // 10),
            text=emoji(1_000),
        )
        await community.log.append(Batch(events=(reaction,)))
        measurements.is_all_scored.clear()
        measurements.unscored.append((await community.log.length(), monotonic()))
        scheduler.nudge(community.slug)
        await asyncio.sleep(begun + (number + 1) / EVENTS_PER_SECOND - monotonic())


if __name__ == "__main__":
    figures = asyncio.run(measure(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
    print(json.dumps(figures))
