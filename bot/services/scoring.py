"""Scoring one community: log and settings in, a standing out, numbers in a worker thread.

The log's columns and the structure drawn from them stay in memory, so that new events are
appended and new weights re-solve without reading the database again; the last ranking has what
its graph was compiled to, which serves the next where only weights changed. What is due is a
question to the database: is there anything in the log or the settings, somebody who opted out
or in or was erased, or a newer algorithm, that the newest snapshot has not seen?
"""

import asyncio
import time
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields

import numpy as np

from bot.services.community_settings import CommunitySettings
from bot.services.graph_source import GraphSource
from bot.services.standing import Standing
from cred.activity import fold
from cred.credrank import ALGORITHM, Ranking, credrank
from cred.errors import InvalidInputError
from cred.events import EventColumns
from cred.identities import by_account
from cred.merging import merge
from cred.parameters import Parameters
from cred.structure import ABSENT, Structure
from cred.weighing import weigh
from cred.weights import Weights
from storage.directory import Names
from storage.events import EventLog
from storage.jsontext import Json
from storage.scores import ScoreLog, ScoreSnapshot


@dataclass(frozen=True, slots=True)
class Health:
    """How the last recompute went."""

    finished_ms: int
    seconds: float
    problem: str | None
    """One sentence where there are no scores, or the last attempt failed; else None."""


@dataclass(frozen=True, slots=True)
class _Work:
    """All that one recompute needs, fixed before it leaves the event loop."""

    columns: EventColumns
    rules: Mapping[str, Hashable]
    left_out: frozenset[int]
    erasures: int
    weights: Weights
    parameters: Parameters


class Scoring:
    """Scores of one community; see the module.

    Parameters
    ----------
    log, names, settings, scores
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
        settings: CommunitySettings,
        scores: ScoreLog,
        sources: Sequence[GraphSource],
        worker: Executor,
    ) -> None:
        self._log = log
        self._names = names
        self._settings = settings
        self._scores = scores
        self._sources = sources
        self._worker = worker
        self._one_at_a_time = asyncio.Lock()
        self._columns: EventColumns | None = None
        self._structure: tuple[Hashable, Structure] | None = None
        self.standing: Standing | None = None
        """The latest standing; None before the first."""
        self.health: Health | None = None
        """How the last recompute of this process went; None before one."""

    @property
    def is_running(self) -> bool:
        """Tell whether a recompute is under way."""
        return self._one_at_a_time.locked()

    async def load(self) -> None:
        """Take up the newest snapshot, so that commands answer before the first recompute."""
        snapshot = await self._scores.latest()
        if snapshot is not None:
            self.standing = Standing(snapshot, ranking=None)

    async def is_due(self) -> bool:
        """Tell whether anything that decides the scores changed since the standing."""
        if self.standing is None:
            return await self._log.length() > 0
        snapshot = self.standing.snapshot
        seen = (snapshot.log_position, snapshot.settings_version, snapshot.algorithm)
        position, _ = await self._log.head()
        if seen != (position, self._settings.version, ALGORITHM):
            return True
        await self._names.refresh()
        people = _people(self._names.opted_out(), self._names.erasures)
        return any(snapshot.parameters.get(key) != value for key, value in people.items())

    async def recompute(self, now_ms: int) -> Standing | None:
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
        """Recompute if that is due, and return whether it was.

        Waits for a recompute under way and only then asks: what came meanwhile is not lost.
        Raises as `recompute` does.
        """
        async with self._one_at_a_time:
            is_due = await self.is_due()
            if is_due:
                await self._recompute(now_ms)
            return is_due

    async def _recompute(self, now_ms: int) -> Standing | None:
        started = time.perf_counter()
        try:
            self.standing = await self._recomputed(now_ms)
        except Exception as error:
            self.health = Health(now_ms, time.perf_counter() - started, str(error))
            if isinstance(error, _NothingToScoreError):
                return None
            raise
        self.health = Health(now_ms, time.perf_counter() - started, None)
        return self.standing

    async def _recomputed(self, now_ms: int) -> Standing:
        columns = await self._all_columns()
        await self._names.refresh()
        # The version is read together with the values: no await between.
        version, read = self._settings.version, self._settings.get
        work = _Work(
            columns=columns,
            rules={source.name: source.rules(read) for source in self._sources},
            left_out=self._names.opted_out(),
            erasures=self._names.erasures,
            weights=self._settings.weights,
            parameters=self._settings.parameters,
        )
        ranking, snapshot = await asyncio.get_running_loop().run_in_executor(
            self._worker, self._scored, work, version, now_ms
        )
        await self._scores.save(snapshot)
        return Standing(snapshot, ranking)

    async def _all_columns(self) -> EventColumns:
        known = self._columns
        last = int(known.seq[-1]) if known is not None and len(known) else 0
        new = await self._log.columns(after=last)
        if known is None:
            self._columns = known = new
        elif len(new):
            # A copy of everything: some 100 MB for a million events.
            loop = asyncio.get_running_loop()
            self._columns = known = await loop.run_in_executor(
                self._worker, _joined, known, new
            )
        return known

    def _scored(self, work: _Work, version: int, now_ms: int) -> tuple[Ranking, ScoreSnapshot]:
        ranking = self._rank(work)
        return ranking, _snapshot(ranking, work, version, now_ms)

    def _rank(self, work: _Work) -> Ranking:
        """Run in the worker: structure (if anything in it changed), weights, chain, scores."""
        if not len(work.columns):
            raise _NothingToScoreError("nothing has been heard yet.")
        key = (int(work.columns.seq[-1]), work.erasures, tuple(work.rules.items()))
        if self._structure is None or self._structure[0] != key:
            self._structure = None  # its memory is needed
            self._structure = (key, self._drawn(work))
        structure = self._structure[1]
        accounts = structure.nodes.account
        known = np.unique(accounts[accounts != ABSENT]).tolist()
        people = {number: str(number) for number in known if number not in work.left_out}
        graph = weigh(structure, work.weights, by_account(structure, people))
        if not graph.mint.any():
            raise _NothingToScoreError("nothing that was heard mints cred yet.")
        last = self.standing.ranking if self.standing is not None else None
        return credrank(
            graph, parameters=work.parameters, known=last.solver if last is not None else None
        )

    def _drawn(self, work: _Work) -> Structure:
        activity = fold(work.columns)
        return merge(
            [
                source.draw(activity, self._names, work.rules[source.name])
                for source in self._sources
            ]
        )


class _NothingToScoreError(InvalidInputError):
    """No event mints yet; not a fault."""


def _joined(old: EventColumns, new: EventColumns) -> EventColumns:
    return EventColumns(
        **{
            column.name: np.concatenate([getattr(old, column.name), getattr(new, column.name)])
            for column in fields(EventColumns)
        }
    )


def _people(left_out: frozenset[int], erasures: int) -> dict[str, Json]:
    """Return what of people decides the scores, beside the log, as a snapshot keeps it.

    Numbers of accounts only: a snapshot outlives an erasure. Who is erased keeps their cred,
    but weights that name what they posted find it no more.
    """
    return {"left_out": [*sorted(left_out)], "erasures": erasures}


def _snapshot(ranking: Ranking, work: _Work, version: int, now_ms: int) -> ScoreSnapshot:
    scores = ranking.scores
    nodes = ranking.graph.structure.nodes
    rows = np.flatnonzero(nodes.contribution != ABSENT)
    node_cred = scores.node_cred[rows]
    return ScoreSnapshot(
        log_position=int(work.columns.seq[-1]),
        settings_version=version,
        parameters={
            **work.parameters.as_mapping(),
            **_people(work.left_out, work.erasures),
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
