"""What a weight does now: what would be without it, and who gains by a tenth more of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services import people
from bot.services.weights.preview import Preview, compare, scores_in_force
from cred.periods import ALL
from storage.canonical_json import Json

MORE: Final = 0.1
"""By how much a weight is raised to see who gains: ten per cent."""


@dataclass(frozen=True, slots=True)
class WeightEffect:
    """What one weight does."""

    key: str
    without: Preview
    """What would be if it were 0: what moves then flows through it now."""
    raised: Preview | None
    """What would be if it were raised by a tenth; None: it is 0, so that nothing is a tenth."""


@dataclass(frozen=True, slots=True)
class Leverage:
    """What ten per cent more of a weight would do to one person."""

    key: str
    cred: float
    share: float


async def explain_weight(community: Community, key: str, now_ms: int) -> WeightEffect:
    """Return what a weight does, by its canonical key.

    Both changes are scored as published scores are.

    Raises
    ------
    NotAllowedError
        If it is no number, or cannot be 0 or raised.
    CredError
        If the scores cannot be computed.
    """
    value = community.settings.get(key)
    raised = _times(value, 1.0 + MORE)
    without = await _try(community, key, _times(value, 0.0), now_ms)
    is_zero = raised == value
    return WeightEffect(
        key, without, None if is_zero else await _try(community, key, raised, now_ms)
    )


async def find_leverage(community: Community, account: int, now_ms: int) -> Sequence[Leverage]:
    """Return which weights would move a person's share of all cred most, the most first.

    By the derivatives of the person's cred (`cred.whatif.sensitivity`), so it is what a small
    change does; a preview computes what a large one does. Budgets are not taken into account.

    Raises
    ------
    NotAllowedError
        If the person has no cred.
    CredError
        If the scores cannot be computed.
    """
    scores = await scores_in_force(community, now_ms)
    participant = people.participant_of(community, account, scores)
    if scores.index_of(participant) is None:
        raise NotAllowedError("Without cred, no weight does anything to you yet.")
    found = await community.scoring.rates_of(participant)
    ordered = sorted(found.items(), key=lambda pair: -abs(pair[1].share))
    return [Leverage(key, rate.cred * MORE, rate.share * MORE) for key, rate in ordered]


async def _try(community: Community, key: str, value: Json, now_ms: int) -> Preview:
    checked, settings = await community.settings.try_changes({key: value}, now_ms=now_ms)
    before = await scores_in_force(community, now_ms)
    after = await community.scoring.score_as(settings, now_ms, until=before.events)
    hidden = people.hidden_participants(community, before)
    return compare(checked, before, after, hidden, ALL, now_ms)


def _times(value: Json, factor: float) -> Json:
    """Return a weight times a factor; of an edge both directions."""
    if isinstance(value, list):
        return [_times(part, factor) for part in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAllowedError("That is a rule, not a weight: preview another value of it.")
    return value * factor
