"""Scoring one community: log and settings in, a standing out, numbers in a worker thread.

The log's columns and the structure drawn from them stay in memory, so that new events are
appended and new weights re-solve without reading the database again; the last ranking has what
its graph was compiled to, which serves the next where only weights changed. What is due is a
question to the database: is there anything in the log or the settings, somebody who opted out
or in or was erased, or a newer algorithm, that the newest snapshot has not seen?
"""

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from bot.community.identities.identities import Identities
from bot.community.scoring.community_scores import CommunityScores
from bot.community.scoring.graph_building import (
    GraphBuilder,
    ScoringInputs,
    UnweightedGraph,
    attributions,
    weighted_graph,
)
from bot.community.scoring.graph_source import GraphSource
from bot.community.settings.archived import CHOSEN, Archived
from bot.community.settings.community_settings import CommunitySettings
from cred.credrank import ALGORITHM, Ranking, credrank
from cred.errors import InvalidInputError
from cred.facts.events import EventColumns
from cred.graph.structure import ABSENT
from storage.archives import Archives
from storage.canonical_json import Json
from storage.log.event_log import EventLog
from storage.people.directory import Names
from storage.scores import ScoreLog, ScoreSnapshot

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Health:
    """How the last recompute went."""

    finished_ms: int
    seconds: float
    problem: str | None
    """One sentence where there are no scores, or the last attempt failed; else None."""


class Scoring:
    """Scores of one community; see the module.

    Parameters
    ----------
    log, names, identities, settings, scores
        The community's parts.
    sources
        Those whose events make the graph.
    worker
        Where numbers are crunched; the event loop never waits on them.
    """

    def __init__(  # noqa: PLR0913 -- the parts it joins, each named
        self,
        *,
        log: EventLog,
        names: Names,
        identities: Identities,
        settings: CommunitySettings,
        scores: ScoreLog,
        archives: Archives,
        sources: Sequence[GraphSource],
        worker: Executor,
    ) -> None:
        self._log = log
        self._names = names
        self._identities = identities
        self._settings = settings
        self._scores = scores
        self._archived = Archived(archives)
        self._sources = sources
        self._worker = worker
        self._drawing = GraphBuilder(sources, names)
        self._one_at_a_time = asyncio.Lock()
        self._columns: EventColumns | None = None
        self._drawn: tuple[Hashable, UnweightedGraph] | None = None
        self.is_running = False
        """Whether a recompute is under way."""
        self.scores: CommunityScores | None = None
        """That of the latest recompute; None before the first."""
        self.health: Health | None = None
        """How the last recompute of this process went; None before one."""

    async def load(self) -> None:
        """Take up the newest snapshot, so that commands answer before the first recompute."""
        snapshot = await self._scores.latest()
        if snapshot is not None:
            self.scores = CommunityScores(snapshot, ranking=None)

    async def is_due(self) -> bool:
        """Tell whether anything that decides the scores changed since the standing."""
        if self.scores is None:
            return await self._log.length() > 0
        snapshot = self.scores.snapshot
        seen = (snapshot.log_position, snapshot.settings_version, snapshot.algorithm)
        position, _ = await self._log.head()
        if seen != (position, self._settings.version, ALGORITHM):
            return True
        await self._refresh()
        decided = {
            **_people(self._left_out(), self._names.erasures),
            "archives": self._archived.versions.get("archives"),
        }
        return any(snapshot.parameters.get(key) != value for key, value in decided.items())

    async def recompute(self, now_ms: int) -> CommunityScores | None:
        """Score everything the log holds under the settings in force, and keep the snapshot.

        Returns
        -------
        Standing or None
            The new standing; None (and `health.problem` says why) where there is nothing to
            score yet: no events, or none that mints.

        Raises
        ------
        CredError
            If the numbers cannot be had; the standing stays as it was.
        StorageError
            If the log cannot be read or the snapshot not be kept.
        """
        async with self._one_at_a_time:
            return await self._recompute(now_ms)

    async def recompute_if_due(self, now_ms: int) -> bool:
        """Recompute if that is due, or was not done in this process yet; return whether it was.

        Scores that were kept from before a start are good, but cannot be explained.

        Waits for a recompute under way and only then asks: what came meanwhile is not lost.
        Raises as `recompute` does.
        """
        async with self._one_at_a_time:
            is_known = self.scores is None or self.scores.ranking is not None
            is_due = not is_known or await self.is_due()
            if is_due:
                await self._recompute(now_ms)
            return is_due

    async def _recompute(self, now_ms: int) -> CommunityScores | None:
        started = time.perf_counter()
        self.is_running = True
        try:
            standing = await self._recomputed(now_ms)
        except Exception as error:
            self.health = Health(now_ms, time.perf_counter() - started, str(error))
            if isinstance(error, _NothingToScoreError):
                return None
            raise
        finally:
            self.is_running = False
        self.health = Health(now_ms, time.perf_counter() - started, None)
        self.scores = standing
        return standing

    async def _recomputed(self, now_ms: int) -> CommunityScores:
        columns = await self._all_columns()
        await self._refresh()
        choices = self._choices()
        ranking, snapshot = await self._in_worker(self._scored, columns, choices, now_ms)
        await self._scores.save(snapshot)
        return CommunityScores(snapshot, ranking)

    def _choices(self) -> ScoringInputs:
        # The version is read together with the values: no await between.
        version, read = self._settings.version, self._settings.get
        return ScoringInputs(
            settings_version=version,
            rules={source.name: source.rules(read) for source in self._sources},
            left_out=self._left_out(),
            erasures=self._names.erasures,
            weights=self._settings.weights,
            parameters=self._settings.parameters,
            minting=self._settings.minting.among(self._names.has_account),
            archives=self._archived.drawn,
        )

    async def _refresh(self) -> None:
        await self._names.refresh()
        await self._identities.refresh()
        await self._archived.refresh(self._settings.get(CHOSEN))

    def _left_out(self) -> frozenset[int]:
        """Return the accounts of people who opted out by any of them."""
        return self._identities.with_linked(self._names.opted_out())

    async def _in_worker(
        self,
        work: Callable[..., T],
        *arguments: Any,  # noqa: ANN401 -- the work's own
    ) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, work, *arguments)

    async def _all_columns(self) -> EventColumns:
        known = self._columns
        last = int(known.seq[-1]) if known is not None and len(known) else 0
        new = await self._log.columns(after=last)
        if known is None:
            self._columns = known = new
        elif len(new):
            # A copy of everything: some 100 MB for a million events.
            self._columns = known = await self._in_worker(known.followed_by, new)
        return known

    def _scored(
        self, columns: EventColumns, choices: ScoringInputs, now_ms: int
    ) -> tuple[Ranking, ScoreSnapshot]:
        ranking = self._rank(columns, choices)
        versions = self._archived.versions
        return ranking, _snapshot(ranking, int(columns.seq[-1]), choices, versions, now_ms)

    def _rank(self, columns: EventColumns, choices: ScoringInputs) -> Ranking:
        """Run in the worker: structure (if anything in it changed), weights, scores."""
        if not len(columns):
            raise _NothingToScoreError("nothing has been heard yet.")
        rules = tuple(choices.rules.items())
        key = (int(columns.seq[-1]), choices.erasures, rules, choices.archives)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = None  # its memory is needed
            self._drawn = (key, self._drawing.build(columns, choices))
        drawn = self._drawn[1]
        graph = weighted_graph(drawn, choices)
        if not graph.mint.any():
            raise _NothingToScoreError("nothing that was heard mints cred yet.")
        last = self.scores.ranking if self.scores is not None else None
        return credrank(
            graph,
            parameters=choices.parameters,
            attributions=attributions(drawn, choices),
            sourcecred_boundaries=choices.minting.sourcecred_boundaries,
            reuse=last.compiled if last is not None else None,
        )


class _NothingToScoreError(InvalidInputError):
    """No event mints yet; not a fault."""


def _people(left_out: frozenset[int], erasures: int) -> dict[str, Json]:
    """Return what of people decides the scores, beside the log, as a snapshot keeps it.

    Numbers of accounts only: a snapshot outlives an erasure. Who is erased keeps their cred,
    but weights that name what they posted find it no more.
    """
    return {"left_out": [*sorted(left_out)], "erasures": erasures}


def _snapshot(
    ranking: Ranking,
    position: int,
    choices: ScoringInputs,
    archives: Mapping[str, Json],
    now_ms: int,
) -> ScoreSnapshot:
    scores = ranking.scores
    nodes = ranking.graph.structure.nodes
    rows = np.flatnonzero(nodes.contribution != ABSENT)
    node_cred = scores.node_cred[rows]
    return ScoreSnapshot(
        log_position=position,
        settings_version=choices.settings_version,
        parameters={
            **choices.parameters.as_mapping(),
            **_people(choices.left_out, choices.erasures),
            **archives,
        },
        algorithm=ALGORITHM,
        computed_ms=now_ms,
        epoch_starts_ms=scores.epochs.starts_ms,
        epoch_end_ms=scores.epochs.end_ms,
        participants=scores.participants,
        cred=scores.cred,
        contributions=nodes.contribution[rows].astype(np.int64),
        contribution_cred=node_cred,
        total_mint=scores.total_mint,
    )
