"""How long live scores take to follow a reaction, and how right they are.

python -m bench.living FOLDER SLUG [--without-kernels] → one JSON object on standard output
"""

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from bench.measuring import median_of
from bot.cli.opening import communities
from bot.services.communities import Community
from bot.services.standing import Standing
from cred import kernels
from cred.credrank import Ranking
from cred.events import Event, How, Kind
from cred.liveflow import LiveFlow
from cred.structure import TIMELESS
from storage.batch import Batch

_NOW_MS: Final = 1_800_000_000_000
_REACTIONS: Final = 200
_RECENT: Final = 500
"""Messages that reactions are to: the newest."""
_SEED: Final = 7


async def measure(folder: Path, slug: str, repeats: int = 3) -> dict[str, Any]:
    """Return the figures of one community; adds reactions to it."""
    async with communities(folder) as opened:
        community = await opened.existing(slug)
        standing = await community.scoring.recompute(_NOW_MS)
        if standing is None or standing.ranking is None:
            raise RuntimeError("the community mints nothing")
        solve_s, _ = median_of(repeats, lambda: _solved(standing.ranking))
        follow, push = await _followed(community, standing.ranking)
        live = community.scoring.latest
        again = await community.scoring.recompute(_NOW_MS)
        if live is None or live.live is None or again is None:
            raise RuntimeError("the reactions were not followed")
        return {
            "edges": len(standing.ranking.graph.source),
            "ready_s": follow[0],
            "follow_s": float(np.median(follow[1:])),
            "follow_p95_s": float(np.percentile(follow[1:], 95)),
            "push_s": float(np.median(push[1:])),
            "solve_s": solve_s,
            "proven": live.live.scores.error,
            **_errors(live, again),
        }


def _solved(ranking: Ranking | None) -> object:
    """Solve again from the compiled graph, as new weights have it done."""
    if ranking is None or ranking.solver is None:
        raise RuntimeError("there is nothing to solve")
    reduced = ranking.solver.weighted(ranking.graph, ranking.rows.parameters)
    return reduced.solve(ranking.graph.mint)


async def _followed(community: Community, ranking: Ranking) -> tuple[list[float], list[float]]:
    """Follow reactions, one at a time; return seconds of each, and of pushing."""
    draw = np.random.default_rng(_SEED)
    nodes, names = ranking.graph.structure.nodes, community.names
    posts = np.flatnonzero((nodes.contribution >= 0) & (nodes.at_ms != TIMELESS))
    posts = posts[np.argsort(nodes.at_ms[posts])][-_RECENT:]
    at_ms = int(nodes.at_ms[posts].max())
    position, _ = await community.log.head()  # so that reactions are new in a second run, too
    seconds, pushes = [], []
    settle = LiveFlow.settle

    def timed(flow: LiveFlow) -> int:
        began = perf_counter()
        count = settle(flow)
        pushes.append(perf_counter() - began)
        return count

    with patch.object(LiveFlow, "settle", timed):
        for number in range(_REACTIONS):
            target = names.contribution(int(nodes.contribution[draw.choice(posts)]))
            event = Event(
                source="discord",
                kind=Kind.REACTED,
                at_ms=at_ms,
                seen_ms=at_ms,
                how=How.LIVE,
                actor=names.account(1 + int(draw.integers(50))),
                target=target,
                text=f"new:{position + number}",
            )
            await community.log.append(Batch(events=(event,)))
            began = perf_counter()
            if not await community.scoring.follow(at_ms):
                raise RuntimeError("a reaction was not followed")
            seconds.append(perf_counter() - began)
    return seconds, pushes


def _errors(live: Standing, exact: Standing) -> dict[str, float]:
    """Return how far everybody's cred is off: summed, and the worst of those who have some."""
    mine = dict(zip(live.participants, live.cred.sum(axis=1).tolist(), strict=True))
    cred = exact.cred.sum(axis=1)
    off = np.abs(np.array([mine.get(one, 0.0) for one in exact.participants]) - cred)
    some = cred > 0.0
    return {
        "off": float(off.sum() / cred.sum()),
        "worst": float((off[some] / cred[some]).max()),
    }


if __name__ == "__main__":
    given, slug, *options = sys.argv[1:]
    if "--without-kernels" in options:
        kernels.AVAILABLE = False
    figures = asyncio.run(measure(Path(given), slug))
    print(json.dumps(figures | {"kernels": kernels.AVAILABLE}))
