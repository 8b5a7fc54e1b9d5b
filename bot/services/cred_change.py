"""Why somebody's cred is not what it was: scored again along the way from then to now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from bot.community.scoring.scoring import Selection
from cred.change import ChangeCause, Part, Step, split_change
from cred.facts.concerning import concerning
from cred.facts.events import EventColumns
from storage.settings import SettingsVersion

MOST_TURNS: Final = 12
"""Changes of weights and links that are told apart. Older ones are one step together, so that
the work has a bound: at most three scorings for each turn, and six more."""


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
    summed_from: int | None
    """The first version that the first part of weights takes in, if that is of several."""
    heard_before: bool
    """Whether anything had been heard of by then."""


async def explain_change(
    community: Community,
    accounts: Sequence[int],
    *,
    since_ms: int,
    now_ms: int,
    scores: CommunityScores,
) -> CredChange:
    """Return why the cred of a person is no longer what it was at a moment.

    Parameters
    ----------
    accounts
        All accounts that are the person's now.
    since_ms
        The moment: what had been heard of by then.
    scores
        Where the way ends: those that everybody is shown.

    Raises
    ------
    CredError
        If the scores of some step cannot be computed.
    """
    walk = _Walk(community, accounts, now_ms)
    end = (scores.events, scores.settings_version)
    history = (await community.settings.history())[: end[1]]
    start = min(await community.log.position_at(since_ms), end[0])
    settings_then = max((made.version for made in history if made.at_ms <= since_ms), default=0)
    versions = await _scoring_versions(community, history[settings_then:])
    turns = await _turns(community, accounts, versions, start, end[0])
    told = {version for _, version in turns}
    summed = [made.version for made in versions if made.version not in told]
    before = await walk.start(start, settings_then)
    if summed:
        seq, version = turns[0]
        await walk.hear(seq if version else seq - 1)
        await walk.weigh(summed[-1])
    for seq, version in turns:
        if version:
            await walk.hear(seq)
            await walk.weigh(version)
        else:
            await walk.hear(seq - 1)
            await walk.link(seq)
    after = await walk.hear(end[0])
    return CredChange(
        before=before.total,
        after=after.total,
        share_before=before.share,
        share_after=after.share,
        parts=split_change(before.cred, walk.steps, then_ms=since_ms),
        versions={made.version: made for made in versions},
        summed_from=summed[0] if len(summed) > 1 else None,
        heard_before=start > 0,
    )


async def _turns(
    community: Community,
    accounts: Sequence[int],
    versions: Sequence[SettingsVersion],
    start: int,
    end: int,
) -> Sequence[tuple[int, int]]:
    """Return the latest positions at which weights (with the version) or links (0) changed."""
    turns = [(seq, 0) for seq in community.identities.changes_of(accounts, start) if seq <= end]
    for made in versions[-MOST_TURNS:]:
        seq = await community.log.position_at(made.at_ms)
        turns.append((min(max(seq, start), end), made.version))
    return sorted(turns)[-MOST_TURNS:]


async def _scoring_versions(
    community: Community, versions: Sequence[SettingsVersion]
) -> Sequence[SettingsVersion]:
    """Return those of some versions in a row that mean something else for the scores."""
    if not versions:
        return ()
    found = []
    known = await community.settings.at_version(versions[0].version - 1)
    for made in versions:
        settings = await community.settings.at_version(made.version)
        if settings != known:
            found.append(made)
        known = settings
    return found


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
