"""Previews: what other weights would do to everybody's cred."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from bot.services import people
from cred.concentration import gini, holders_of_half
from cred.periods import ALL, Period
from storage.canonical_json import Json

_ROUNDING: Final = 1e-9
"""Of all cred; scores differ by less for no reason."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do to one person."""

    participant: str
    before: float
    after: float
    share_before: float
    """Of all cred of the period, that of people who are not shown included."""
    share_after: float

    @property
    def gain(self) -> float:
        """The difference in cred; below 0 for a loss."""
        return self.after - self.before

    @property
    def share_gain(self) -> float:
        """The difference in share."""
        return self.share_after - self.share_before


@dataclass(frozen=True, slots=True)
class Concentration:
    """How unevenly cred is shared out."""

    gini: float
    holders_of_half: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What changes of settings would do."""

    changes: Mapping[str, Json]
    """As they would be kept, by canonical key."""
    before: CommunityScores
    effects: Mapping[str, Effect]
    """Of everybody who is shown, by participant; those who gain most of the share first."""
    total_before: float
    total_after: float
    moved: float
    """The part of all cred that would be somebody else's: half the sum of all differences in
    share."""
    concentration_before: Concentration
    concentration_after: Concentration

    @property
    def mints_nothing(self) -> bool:
        """Whether nobody would have any cred any more."""
        return self.total_before > 0.0 and not self.total_after > 0.0

    @property
    def moves_nothing(self) -> bool:
        """Whether everybody's share would stay as it is, but for rounding."""
        return self.moved <= _ROUNDING

    @property
    def changes_nothing(self) -> bool:
        """Whether everybody's cred would stay as it is, but for rounding."""
        minted = abs(self.total_after - self.total_before)
        return self.moves_nothing and minted <= _ROUNDING * self.total_before


async def preview(
    community: Community,
    changes: Mapping[str, Json],
    *,
    period: Period = ALL,
    now_ms: int,
) -> Preview:
    """Return what changes would do to everybody's cred of a period.

    Published scores are computed in the same way, so what is foretold is what then comes, but
    for events heard in between.

    Parameters
    ----------
    changes
        Values of settings by key, as typed; None: back to the default.

    Raises
    ------
    SettingMistakeError
        If a key or value cannot be used.
    CredError
        If the scores cannot be computed.
    """
    checked, settings = await community.settings.try_changes(changes, now_ms=now_ms)
    before = await scores_in_force(community, now_ms)
    after = await community.scoring.score_as(settings, now_ms, until=before.events)
    hidden = people.hidden_participants(community, before)
    return await asyncio.to_thread(compare, checked, before, after, hidden, period, now_ms)


def compare(
    changes: Mapping[str, Json],
    before: CommunityScores,
    after: CommunityScores,
    hidden: frozenset[str],
    period: Period,
    now_ms: int,
) -> Preview:
    """Return the difference between two scorings of the same events."""
    cred_before, cred_after = (_cred_of(scores, period, now_ms) for scores in (before, after))
    total_before, total_after = (sum(cred.values()) for cred in (cred_before, cred_after))
    everybody = [*dict.fromkeys([*cred_before, *cred_after])]
    effects = {
        participant: Effect(
            participant,
            was := cred_before.get(participant, 0.0),
            would_be := cred_after.get(participant, 0.0),
            was / total_before if total_before > 0.0 else 0.0,
            would_be / total_after if total_after > 0.0 else 0.0,
        )
        for participant in everybody
    }
    ordered = sorted(effects.values(), key=lambda effect: -effect.share_gain)
    return Preview(
        changes=changes,
        before=before,
        effects={
            effect.participant: effect for effect in ordered if effect.participant not in hidden
        },
        total_before=total_before,
        total_after=total_after,
        moved=sum(abs(effect.share_gain) for effect in ordered) / 2.0,
        concentration_before=_concentration(cred_before),
        concentration_after=_concentration(cred_after),
    )


async def scores_in_force(community: Community, now_ms: int) -> CommunityScores:
    """Return the latest scores if they are of the settings in force, or else score anew."""
    scores, settings = community.scoring.scores, community.settings
    if scores is not None and scores.settings_version == settings.version:
        return scores
    return await community.scoring.score_as(settings.in_force, now_ms)


def _cred_of(scores: CommunityScores, period: Period, now_ms: int) -> Mapping[str, float]:
    weeks = period.weeks(scores.starts_ms, now_ms).rows
    cred = scores.cred[:, weeks].sum(axis=1).tolist()
    return dict(zip(scores.participants, cred, strict=True))


def _concentration(cred: Mapping[str, float]) -> Concentration:
    values = np.array([*cred.values()])
    return Concentration(gini(values[values > 0.0]), holders_of_half(values))
