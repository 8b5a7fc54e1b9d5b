"""Why somebody's cred is not what it was: scored again along the way from then to now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.community.communities import Community
from bot.community.scoring.scoring import Selection
from cred.change import ChangeCause, Part, Step, split_change
from cred.facts.concerning import concerning
from cred.facts.events import EventColumns
from storage.settings import SettingsVersion

MOST_TURNS: Final = 24
"""Changes of weights and links that are told apart; what is older is summed up in the first."""


@dataclass(frozen=True, slots=True)
class CredChange:
    """How a person's cred changed, and why."""

    before: float
    """What the person had then, as the log tells it today: without whoever opted out since."""
    after: float
    share_before: float
    share_after: float
    parts: tuple[Part, ...]
    """They sum to `after` - `before`."""
    versions: Mapping[int, SettingsVersion]
    """The versions of the settings that parts name."""


async def explain_change(
    community: Community, accounts: Sequence[int], *, since_ms: int, now_ms: int
) -> CredChange:
    """Return why the cred of a person changed since a moment.

    Parameters
    ----------
    accounts
        All accounts that are the person's now.
    since_ms
        The moment: what had been heard of by then.

    Raises
    ------
    CredError
        If the scores of some step cannot be computed.
    """
    walk = _Walk(community, accounts, now_ms)
    versions = await community.settings.history()
    turns = await _turns(community, accounts, versions, since_ms)
    settings_then = max((v.version for v in versions if v.at_ms <= since_ms), default=0)
    before = await walk.start(await community.log.position_at(since_ms), settings_then)
    for position, version in turns:
        if version is None:
            await walk.hear(position - 1)
            await walk.link(position)
        else:
            await walk.hear(position)
            await walk.weigh(version)
    after = await walk.hear(await community.log.length())
    parts = split_change(before.cred, walk.steps, then_ms=since_ms)
    return CredChange(
        before=before.total,
        after=after.total,
        share_before=before.share,
        share_after=after.share,
        parts=parts,
        versions={version.version: version for version in versions},
    )


async def _turns(
    community: Community,
    accounts: Sequence[int],
    versions: Sequence[SettingsVersion],
    since_ms: int,
) -> Sequence[tuple[int, int | None]]:
    """Return the positions at which weights (with the version) or links (None) changed."""
    start = await community.log.position_at(since_ms)
    turns: list[tuple[int, int | None]] = [
        (position, None) for position in community.identities.changes_of(accounts, start)
    ]
    turns += [
        (await community.log.position_at(version.at_ms), version.version)
        for version in versions
        if version.at_ms > since_ms
    ]
    return sorted(turns, key=lambda turn: turn[0])[-MOST_TURNS:]


@dataclass(frozen=True, slots=True)
class _State:
    """The person's cred at a step."""

    cred: Mapping[int, float]
    """By first moment of the week."""
    total: float
    share: float


_NOTHING: Final = _State({}, 0.0, 0.0)


class _Walk:
    """Scores a community again and again, from one step to the next."""

    def __init__(self, community: Community, accounts: Sequence[int], now_ms: int) -> None:
        self._community, self._accounts, self._now_ms = community, accounts, now_ms
        self._position = 0
        self._settings = community.settings.in_force
        self.state = _NOTHING
        self.steps: list[Step] = []

    async def start(self, position: int, version: int) -> _State:
        """Begin with the state at a position and under a version."""
        self._position = position
        self._settings = await self._community.settings.at_version(version)
        self.state = await self._score(position)
        return self.state

    async def hear(self, position: int) -> _State:
        """Take in what was heard up to a position: first what concerns the person."""
        if position > self._position:
            theirs = partial(_known_or_theirs, position=self._position, accounts=self._accounts)
            self._step(ChangeCause.OWN, 0, await self._score(position, theirs))
            self._position = position
            self._step(ChangeCause.OTHERS, 0, await self._score(position))
        return self.state

    async def weigh(self, version: int) -> None:
        """Take in a version of the settings."""
        self._settings = await self._community.settings.at_version(version)
        self._step(ChangeCause.WEIGHTS, version, await self._score(self._position))

    async def link(self, position: int) -> None:
        """Take in the link that was made or undone by the event at a position."""
        self._position = position
        self._step(ChangeCause.LINKS, position, await self._score(position))

    def _step(self, cause: ChangeCause, key: int, state: _State) -> None:
        self.state = state
        self.steps.append(Step(cause, key, state.cred))

    async def _score(self, position: int, selection: Selection | None = None) -> _State:
        if position == 0:
            return _NOTHING
        community = self._community
        scores = await community.scoring.score_as(
            self._settings, self._now_ms, until=position, selection=selection
        )
        people = {
            str(community.identities.person(account, position)) for account in self._accounts
        }
        rows = [row for row in map(scores.index_of, people) if row is not None]
        by_week = scores.cred[rows].sum(axis=0)
        own, total = float(by_week.sum()), float(scores.cred.sum())
        return _State(
            cred=dict(zip(scores.starts_ms.tolist(), by_week.tolist(), strict=True)),
            total=own,
            share=own / total if total > 0.0 else 0.0,
        )


def _known_or_theirs(
    events: EventColumns, *, position: int, accounts: Sequence[int]
) -> NDArray[np.bool_]:
    return (events.seq <= position) | concerning(events, accounts)
