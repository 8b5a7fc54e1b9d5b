"""The digest of a week that ended: who gained cred in it, newcomers first.

Cred of a week is what its board shows. Of the people on it, those who asked to be left out are
counted and not named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from bot.community.settings.digest_setting import WEEKLY_DIGEST
from bot.community.settings.voting_settings import is_weight
from bot.services import people
from cred.epochs import WEEK_MS, week_start
from cred.governance.rules import HOUR_MS
from storage.digest_mutes import DigestMutes
from storage.settings import SettingsVersion

_LEAST: Final = 0.05
"""Less cred than this is shown as less than a tenth, and is no gain to tell of."""
_SETTLING_MS: Final = HOUR_MS
"""How long after a week its digest is made: what happened at its end is heard of by then."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What somebody on the board of the week gained."""

    participant: str
    cred: float
    """Of the week."""
    before: float
    """Of the week before."""
    is_new: bool
    """They contributed for the first time."""
    may_be_named: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest tells."""

    start_ms: int
    """First moment of the week."""
    weeks: slice
    """The week's row in the scores."""
    scores: CommunityScores
    gains: tuple[Gain, ...]
    """Of everybody on the board who gained anything: newcomers first, then the most cred."""
    total: float
    """All cred of the week, that of people who are not shown included."""
    total_before: float
    versions: tuple[SettingsVersion, ...]
    """Those made in the week that changed weights."""


def ended_week(now_ms: int) -> int:
    """Return the first moment of the latest week that has ended and settled."""
    return week_start(now_ms - _SETTLING_MS) - WEEK_MS


def week_about(start_ms: int) -> str:
    """Return what the announcement of a week's digest is about.

    >>> week_about(1_794_700_800_000)
    'week:2026-11-15'
    """
    return f"week:{datetime.fromtimestamp(start_ms / 1000, UTC):%Y-%m-%d}"


def start_of(about: str) -> int:
    """Return the first moment of the week that a digest is about.

    >>> start_of("week:2026-11-15")
    1794700800000
    """
    day = datetime.fromisoformat(about.partition(":")[2]).replace(tzinfo=UTC)
    return round(day.timestamp() * 1000)


def is_wanted(community: Community) -> bool:
    """Tell whether the community has a digest."""
    return community.settings.get(WEEKLY_DIGEST) is True


def has_gains(community: Community, start_ms: int) -> bool:
    """Tell whether anybody who is shown gained anything in a week, and it can be told why."""
    scores = community.scoring.scores
    if scores is None or scores.ranking is None:
        return False
    return bool(_find_gainers(community, scores, start_ms))


async def read_digest(community: Community, start_ms: int) -> Digest | None:
    """Return the digest of a week by the latest scores; None if there are none."""
    scores = community.scoring.scores
    if scores is None:
        return None
    muted = community.identities.with_linked(await DigestMutes(community.database).accounts())
    silent = {people.participant_of(community, account, scores) for account in muted}
    new = await _newcomers(community, scores, start_ms)
    cred, before = _cred_of(scores, start_ms), _cred_of(scores, start_ms - WEEK_MS)
    gains = [
        Gain(who, gained, float(before[row]), who in new, who not in silent)
        for row, who, gained in _find_gainers(community, scores, start_ms)
    ]
    history = await community.settings.history()
    return Digest(
        start_ms=start_ms,
        weeks=_weeks(scores, start_ms),
        scores=scores,
        gains=tuple(sorted(gains, key=lambda gain: (not gain.is_new, -gain.cred))),
        total=float(cred.sum()),
        total_before=float(before.sum()),
        versions=tuple(
            made
            for made in history
            if start_ms <= made.at_ms < start_ms + WEEK_MS and any(map(is_weight, made.changes))
        ),
    )


def _find_gainers(
    community: Community, scores: CommunityScores, start_ms: int
) -> Sequence[tuple[int, str, float]]:
    """Return who is shown and gained anything: row in the scores, participant, cred."""
    hidden = people.hidden_participants(community, scores)
    cred = _cred_of(scores, start_ms)
    return [
        (row, scores.participants[row], float(cred[row]))
        for row in np.flatnonzero(cred >= _LEAST).tolist()
        if scores.participants[row] not in hidden
    ]


async def set_muted(community: Community, account: int, *, muted: bool, now_ms: int) -> None:
    """Have a person named in digests no more, or again; with all their accounts."""
    accounts, mutes = community.identities.accounts(account), DigestMutes(community.database)
    if muted:
        await mutes.mute(accounts, now_ms)
    else:
        await mutes.unmute(accounts)


async def is_muted(community: Community, account: int) -> bool:
    """Tell whether a person asked not to be named in digests, by any account."""
    muted = await DigestMutes(community.database).accounts()
    return not muted.isdisjoint(community.identities.accounts(account))


async def _newcomers(
    community: Community, scores: CommunityScores, start_ms: int
) -> frozenset[str]:
    """Return the participants who contributed for the first time in a week."""
    first: dict[str, int] = {}
    for account, at_ms in (await community.log.first_contributions()).items():
        who = people.participant_of(community, account, scores)
        first[who] = min(at_ms, first.get(who, at_ms))
    return frozenset(
        who for who, at_ms in first.items() if start_ms <= at_ms < start_ms + WEEK_MS
    )


def _weeks(scores: CommunityScores, start_ms: int) -> slice:
    row = int(np.searchsorted(scores.starts_ms, start_ms))
    is_known = row < len(scores.starts_ms) and int(scores.starts_ms[row]) == start_ms
    return slice(row, row + is_known)


def _cred_of(scores: CommunityScores, start_ms: int) -> NDArray[np.float64]:
    """Return everybody's cred of a week, in the order of the participants."""
    of_week: NDArray[np.float64] = scores.cred[:, _weeks(scores, start_ms)].sum(axis=1)
    return of_week
