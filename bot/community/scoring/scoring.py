"""Scoring one community: from its log and settings to its scores, computed in a worker thread.

The log's columns and the graph built from them stay in memory. New events are appended to them,
and new weights are applied, without reading the database again; where only weights changed,
what the last graph was compiled to is reused, too.

A recompute is due if the newest snapshot lacks anything that decides the scores: an event, a
version of the settings, somebody opting out or in, an erasure, or a newer algorithm.
"""

import asyncio
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.community.graph_source import GraphSource
from bot.community.identities.identities import Identities
from bot.community.scoring.chosen_archives import ChosenArchives
from bot.community.scoring.community_scores import CommunityScores
from bot.community.scoring.graph_building import (
    GraphBuilder,
    ScoringInputs,
    UnweightedGraph,
    attributions,
    weighted_graph,
)
from bot.community.scoring.snapshots import empty_snapshot, people_parameters, snapshot_of
from bot.community.settings.community_settings import CommunitySettings
from bot.community.settings.interpret import ScoringSettings
from cred.credrank import ALGORITHM, Ranking, credrank
from cred.errors import InvalidInputError
from cred.facts.events import EventColumns
from storage.archives import Archives
from storage.log.event_log import EventLog
from storage.people.directory import CachedDirectory
from storage.scores import ScoreLog, ScoreSnapshot

T = TypeVar("T")

Selection = Callable[[EventColumns], NDArray[np.bool_]]
"""Tells of every event whether it counts."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the last recompute went."""

    finished_ms: int
    seconds: float
    problem: str | None
    """One sentence if there are no scores or the attempt failed; else None."""


class Scoring:
    """Computes and holds the scores of one community.

    Parameters
    ----------
    log, directory, identities, settings, score_log, archives
        The community's parts.
    sources
        The sources whose events make the graph.
    worker
        Where the scores are computed, so that the event loop never waits for them.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        directory: CachedDirectory,
        identities: Identities,
        settings: CommunitySettings,
        score_log: ScoreLog,
        archives: Archives,
        sources: Sequence[GraphSource],
        worker: Executor,
    ) -> None:
        self._log = log
        self._directory = directory
        self._identities = identities
        self._settings = settings
        self._score_log = score_log
        self._archives = ChosenArchives(archives)
        self._worker = worker
        self._builder = GraphBuilder(sources, directory)
        self._recomputing = asyncio.Lock()
        self._columns: EventColumns | None = None
        self._built: tuple[Hashable, UnweightedGraph] | None = None
        """The last graph built, after what it was built from."""
        self.is_running = False
        """Whether a recompute is under way."""
        self.scores: CommunityScores | None = None
        """Those of the latest recompute; None before the first."""
        self.health: Health | None = None
        """How the last recompute of this process went; None before one."""

    async def load(self) -> None:
        """Load the newest snapshot, so that commands can answer before the first recompute."""
        snapshot = await self._score_log.latest()
        if snapshot is not None:
            self.scores = CommunityScores(snapshot, ranking=None)

    async def is_due(self) -> bool:
        """Tell whether anything that decides the scores has changed since the last ones."""
        if self.scores is None:
            return await self._log.length() > 0
        snapshot = self.scores.snapshot
        seen = (snapshot.log_position, snapshot.settings_version, snapshot.algorithm)
        position, _ = await self._log.head()
        if seen != (position, self._settings.version, ALGORITHM):
            return True
        await self._refresh()
        current = {
            **people_parameters(self._left_out(), self._directory.erasures),
            "archives": self._archives.snapshot_parameters.get("archives"),
        }
        return any(snapshot.parameters.get(key) != value for key, value in current.items())

    async def recompute(self, now_ms: int) -> CommunityScores | None:
        """Score the whole log under the settings in force, and keep the snapshot.

        Returns
        -------
        CommunityScores or None
            The new scores; None if there is nothing to score yet, because there are no events
            or none of them ever minted (`health.problem` says which). Where nothing mints any
            more, nobody has cred any more.

        Raises
        ------
        CredError
            If the scores cannot be computed; those of before stay.
        StorageError
            If the log cannot be read or the snapshot cannot be kept.
        """
        async with self._recomputing:
            return await self._recompute(now_ms)

    async def recompute_if_due(self, now_ms: int) -> bool:
        """Recompute if it is due, or was not done in this process yet; return whether it was.

        Scores loaded from a snapshot are valid, but they cannot be explained.

        A recompute under way is waited for before asking, so nothing that came meanwhile is
        missed. Raises as `recompute` does.
        """
        async with self._recomputing:
            only_loaded = self.scores is not None and self.scores.awaits_ranking
            is_due = only_loaded or await self.is_due()
            if is_due:
                await self._recompute(now_ms)
            return is_due

    async def _recompute(self, now_ms: int) -> CommunityScores | None:
        started = time.perf_counter()
        self.is_running = True
        try:
            scores = await self._compute(now_ms)
        except Exception as error:
            self.health = Health(now_ms, time.perf_counter() - started, str(error))
            if isinstance(error, _NothingToScoreError):
                return None
            raise
        finally:
            self.is_running = False
        self.health = Health(now_ms, time.perf_counter() - started, None)
        self.scores = scores
        return scores

    async def _compute(self, now_ms: int) -> CommunityScores:
        events = await self._all_columns()
        await self._refresh()
        ranking, snapshot = await self._in_worker(self._score, events, self._inputs(), now_ms)
        await self._score_log.save(snapshot)
        return CommunityScores(snapshot, ranking)

    async def score_as(
        self,
        settings: ScoringSettings,
        now_ms: int,
        *,
        until: int | None = None,
        selection: Selection | None = None,
    ) -> CommunityScores:
        """Return the scores as they would be under other settings, or of other events.

        The same computation as that of published scores, to the same accuracy; nothing of it is
        kept. Where only weights differ, the graph and what it was compiled to are used again.

        Parameters
        ----------
        settings
            What decides the scores beside the events.
        now_ms
            The time that the scores are said to be of.
        until
            Position in the log of the last event that counts; None: all count.
        selection
            Which of those count; None: all do.

        Raises
        ------
        CredError
            If the scores cannot be computed.
        StorageError
            If the log cannot be read.
        """
        events = await self._all_columns()
        await self._refresh()
        inputs = self._inputs(settings)

        def score() -> CommunityScores:
            chosen = _select(events, until, selection)
            ranking, snapshot = self._score(chosen, inputs, now_ms, keeps=False)
            return CommunityScores(snapshot, ranking)

        return await self._in_worker(score)

    def _inputs(self, settings: ScoringSettings | None = None) -> ScoringInputs:
        # No await: all of it is of one moment.
        settings = settings or self._settings.in_force
        return ScoringInputs(
            settings_version=self._settings.version,
            settings=replace(
                settings,
                minting=settings.minting.restricted_to(self._directory.has_account),
            ),
            left_out=self._left_out(),
            erasures=self._directory.erasures,
            archives=self._archives.archives,
            archive_parameters=self._archives.snapshot_parameters,
        )

    async def _refresh(self) -> None:
        await self._directory.refresh()
        await self._identities.refresh()
        await self._archives.refresh(self._settings.in_force.archives)

    def _left_out(self) -> frozenset[int]:
        """Return the accounts of everybody who opted out with any of theirs."""
        return self._identities.with_linked(self._directory.opted_out())

    async def _in_worker(
        self,
        work: Callable[..., T],
        *arguments: Any,
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

    def _score(
        self, events: EventColumns, inputs: ScoringInputs, now_ms: int, *, keeps: bool = True
    ) -> tuple[Ranking | None, ScoreSnapshot]:
        """Run in the worker: build the graph (if it changed), weight it, compute the scores.

        Of the graphs built, the one for the next recompute is kept (`keeps`) in memory.
        """
        if not len(events):
            raise _NothingToScoreError("there are no events yet.")
        position = int(events.seq[-1])
        unweighted = self._build(events, inputs, keeps=keeps)
        graph = weighted_graph(unweighted, inputs)
        if not graph.mint.any():
            if self.scores is None:
                raise _NothingToScoreError("no event mints cred yet.")
            return None, empty_snapshot(graph, self.scores.snapshot, position, inputs, now_ms)
        last = self.scores.ranking if self.scores is not None else None
        ranking = credrank(
            graph,
            parameters=inputs.settings.parameters,
            attributions=attributions(unweighted, inputs),
            sourcecred_boundaries=inputs.settings.minting.sourcecred_boundaries,
            reuse=last.compiled if last is not None else None,
        )
        return ranking, snapshot_of(ranking, position, inputs, now_ms)

    def _build(
        self, events: EventColumns, inputs: ScoringInputs, *, keeps: bool
    ) -> UnweightedGraph:
        rules = tuple(inputs.settings.source_rules.items())
        extent = (int(events.seq[-1]), len(events))
        built_from = (extent, inputs.erasures, rules, inputs.archives)
        if self._built is not None and self._built[0] == built_from:
            return self._built[1]
        if not keeps:
            return self._builder.build(events, inputs)
        self._built = None  # its memory is needed
        self._built = (built_from, self._builder.build(events, inputs))
        return self._built[1]


def _select(
    events: EventColumns, until: int | None, selection: Selection | None
) -> EventColumns:
    if until is not None and len(events) and until < int(events.seq[-1]):
        events = events.rows(events.seq <= until)
    return events if selection is None else events.rows(selection(events))


class _NothingToScoreError(InvalidInputError):
    """Nothing mints yet, which is no fault."""
