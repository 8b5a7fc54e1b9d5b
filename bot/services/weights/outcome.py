"""What changes of weights did: to everybody, and against what was foretold of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bot.community.communities import Community
from bot.services import people
from bot.services.weights.preview import Preview, compare
from cred.facts.events import EventColumns
from cred.periods import ALL
from storage.canonical_json import Json


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """What a version of the settings did, and what had been foretold of it."""

    foretold: Preview
    """The effect by the events there were when it was proposed."""
    real: Preview
    """The effect by all events there are."""


async def effect_of_version(community: Community, version: int, now_ms: int) -> Preview:
    """Return what a version of the settings does to everybody, beside the one before it.

    Raises
    ------
    CredError
        If the scores cannot be computed.
    """
    return await _effect(community, version, now_ms, since_ms=None)


async def outcome_of_version(
    community: Community, version: int, proposed_ms: int, now_ms: int
) -> ChangeOutcome:
    """Return what a version that was proposed does, and what was foretold of it.

    Raises
    ------
    CredError
        If the scores cannot be computed.
    """
    return ChangeOutcome(
        foretold=await _effect(community, version, now_ms, since_ms=proposed_ms),
        real=await _effect(community, version, now_ms, since_ms=None),
    )


async def _effect(
    community: Community, version: int, now_ms: int, *, since_ms: int | None
) -> Preview:
    """Return the effect of a version, by all events or by those up to a moment."""
    settings = community.settings
    selection = None if since_ms is None else partial(_by_then, moment_ms=since_ms)
    position, _ = await community.log.head()
    before, after = [
        await community.scoring.score_as(
            await settings.at_version(number), now_ms, until=position, selection=selection
        )
        for number in (version - 1, version)
    ]
    hidden = people.hidden_participants(community, before)
    changes = await changes_of(community, version)
    return await asyncio.to_thread(compare, changes, before, after, hidden, ALL, now_ms)


def _by_then(events: EventColumns, *, moment_ms: int) -> NDArray[np.bool_]:
    return events.at_ms <= moment_ms


async def changes_of(community: Community, version: int) -> Mapping[str, Json]:
    """Return what a version of the settings changed."""
    history = await community.settings.history()
    return next((made.changes for made in history if made.version == version), {})
