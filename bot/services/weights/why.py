"""What a weight does now, and which weights move most cred."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.community.communities import Community
from bot.community.errors import NotAllowedError, SettingMistakeError
from bot.community.scoring.community_scores import CommunityScores
from bot.services import people
from bot.services.weights.preview import Preview, compare, scores_in_force
from cred.credrank import Ranking
from cred.leverage import count_changed, leverages
from cred.periods import ALL
from storage.canonical_json import Json

MORE: Final = 0.1
"""By how much a weight is raised to see who gains: ten per cent."""
_LEAST_LISTED, _MOST_LISTED = 5, 9
"""Weights that are scored anew to find those that move most."""
_EDGES_SCORED: Final = 2_000_000
"""Edges of all those scorings together, which bounds the time of the list to about a second,
down to `_LEAST_LISTED` weights."""


@dataclass(frozen=True, slots=True)
class WeightEffect:
    """What one weight does."""

    key: str
    without: Preview
    """What would be if it were 0: what moves then depends on it now."""
    raised: Preview | None
    """What would be if it were raised by a tenth; None: it is 0, so that nothing is a tenth."""
    contributions: int = 0
    """How many nodes of the graph mint more if it is raised."""
    edges: int = 0
    """How many edges weigh more then."""


@dataclass(frozen=True, slots=True)
class Raise:
    """What ten per cent more of a weight would do."""

    key: str
    preview: Preview


async def explain_weight(community: Community, key: str, now_ms: int) -> WeightEffect:
    """Return what a weight does, by its canonical key.

    Both changes are scored as published scores are.

    Raises
    ------
    NotAllowedError
        If it is no number.
    SettingMistakeError
        If it cannot be raised.
    CredError
        If the scores cannot be computed.
    """
    value = community.settings.get(key)
    before = await _scores_with_ranking(community, now_ms)
    without, _ = await _try(community, before, key, _times(value, 0.0), now_ms)
    more = _times(value, 1.0 + MORE)
    if more == value:
        return WeightEffect(key, without, None)
    raised, ranking = await _try(community, before, key, more, now_ms)
    if before.ranking is None or ranking is None:
        return WeightEffect(key, without, raised)
    counts = await asyncio.to_thread(count_changed, before.ranking.graph, ranking.graph)
    return WeightEffect(key, without, raised, *counts)


async def find_strongest(
    community: Community, now_ms: int, may_name: Callable[[str], bool]
) -> Sequence[Raise]:
    """Return the weights of which ten per cent more would move most cred, the most first.

    `cred.leverage` estimates how much each could move, and those that could move most are
    scored anew. Of several that multiply the same (all reactions: `node.reaction`,
    `emoji.default`) only one is among them; CredRank's parameters and the weights of addresses
    are not.

    Parameters
    ----------
    may_name
        Tells of a canonical key whether it may be in the list.

    Raises
    ------
    CredError
        If the scores cannot be computed.
    """
    before = await _scores_with_ranking(community, now_ms)
    if before.ranking is None:
        return []
    weights = community.settings.in_force.weights
    found = await asyncio.to_thread(leverages, before.ranking, weights)
    edges = max(len(before.ranking.graph.row), 1)
    most = min(_MOST_LISTED, max(_LEAST_LISTED, _EDGES_SCORED // edges))
    # Estimates of the two sorts are not to be compared, so either has its half.
    left = {False: most // 2, True: most - most // 2}
    raises: dict[str, Raise] = {}
    seen = set[tuple[bool, float, float]]()
    for leverage in found:
        is_edge = leverage.family == "edge"
        multiplied = (is_edge, round(leverage.part, 9), round(leverage.centre, 6))
        if not left[is_edge] or multiplied in seen:
            continue
        key = _key_of(community, f"weights.{leverage.family}.{leverage.name}")
        if key and may_name(key):
            left[is_edge] -= 1
            seen.add(multiplied)
            value = _times(community.settings.get(key), 1.0 + MORE)
            told, _ = await _try(community, before, key, value, now_ms)
            raises[key] = Raise(key, told)
    return sorted(raises.values(), key=lambda each: -each.preview.moved)


def _key_of(community: Community, key: str) -> str:
    """Return the canonical key of a weight; "" if no setting can name it."""
    try:
        return community.settings.describe(key).key
    except SettingMistakeError:
        return ""


async def _scores_with_ranking(community: Community, now_ms: int) -> CommunityScores:
    scores = await scores_in_force(community, now_ms)
    if scores.awaits_ranking:
        return await community.scoring.score_as(community.settings.in_force, now_ms)
    return scores


async def _try(
    community: Community, before: CommunityScores, key: str, value: Json, now_ms: int
) -> tuple[Preview, Ranking | None]:
    checked, settings = await community.settings.try_changes({key: value}, now_ms=now_ms)
    after = await community.scoring.score_as(settings, now_ms, until=before.events)
    hidden = people.hidden_participants(community, before)
    told = await asyncio.to_thread(compare, checked, before, after, hidden, ALL, now_ms)
    return told, after.ranking


def _times(value: Json, factor: float) -> Json:
    """Return a weight times a factor; of an edge both directions."""
    if isinstance(value, list):
        return [_times(part, factor) for part in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAllowedError("That is a rule, not a weight: preview another value of it.")
    return value * factor
