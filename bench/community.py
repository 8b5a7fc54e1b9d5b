"""Generate a community of any size from a seed, as arrays or as events.

It is shaped like real servers: a few people write most messages, most people stay briefly, and
a message gets one or two reactions, or rarely dozens, within hours or sometimes weeks.
Reactions have their own time, which makes the chain harder than SourceCred's, where they have
that of their message.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch, Place

START_MS: Final = 1_577_577_600_000
"""Sunday 29 December 2019, 00:00 UTC."""
WEEK_MS: Final = 7 * 24 * 3_600_000
DIMENSIONS: Final = {
    10_000: (80, 52),
    100_000: (400, 104),
    1_000_000: (2_000, 208),
    10_000_000: (8_000, 260),
}
"""By edges: people and weeks."""

_EDGES_A_MESSAGE: Final = 5.75
_CHANNELS, _EMOJI = 30, 40
_IDS: Final = 10**17
_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Everything that happened, in order of time."""

    people: int
    weeks: int
    kind: _Ints
    at_ms: _Ints
    actor: _Ints
    target: _Ints
    """Number of a message."""
    object: _Ints
    """The message replied to, or the person mentioned."""
    detail: _Ints
    """The channel of a post; the emoji of a reaction."""

    def __len__(self) -> int:
        return len(self.kind)


def community(edges: int, seed: int = 1) -> Columns:
    """Return a community whose contribution graph has about `edges` edges."""
    draw = np.random.default_rng(seed)
    people, weeks = DIMENSIONS.get(edges, (max(20, int(2 * edges**0.5)), 104))
    end = weeks * WEEK_MS
    chance = 1 / np.arange(1, people + 1) ** 1.05 * draw.lognormal(0, 0.5, people)
    reach = np.cumsum(chance / chance.sum())
    joins = draw.uniform(0, 0.9, people) ** 1.3 * end
    stays = np.minimum(draw.pareto(0.9, people) * 0.08 * end + 2 * WEEK_MS, end)
    core = np.argsort(-chance)[: max(5, people // 50)]
    joins[core] *= 0.4
    stays[core] = end
    leaves = np.minimum(joins + stays, end)

    def somebody(count: int) -> _Ints:
        return np.minimum(np.searchsorted(reach, draw.random(count)), people - 1)

    def present(at: NDArray[np.float64], other_than: _Ints) -> _Ints:
        """Draw a person who is present at each time and is not the one given for it."""
        chosen = somebody(len(at))
        for _ in range(12):
            is_wrong = (at < joins[chosen]) | (at >= leaves[chosen]) | (chosen == other_than)
            if not is_wrong.any():
                break
            chosen[is_wrong] = somebody(int(is_wrong.sum()))
        return chosen

    messages = int(edges / _EDGES_A_MESSAGE)
    author = somebody(messages)
    at = joins[author] + draw.random(messages) * (leaves[author] - joins[author])
    order = np.argsort(at)
    author, at = author[order], at[order]
    channels = 1 / np.arange(1, _CHANNELS + 1)
    channel = draw.choice(_CHANNELS, messages, p=channels / channels.sum())

    count = np.minimum(1 + np.floor(draw.pareto(1.55, messages)), 60).astype(np.int64)
    reacted = np.repeat(np.arange(messages), count)
    delay = np.minimum(draw.lognormal(np.log(3_600_000), 2.3, len(reacted)), 8 * WEEK_MS)
    reacted_at = np.minimum(at[reacted] + delay, end - 1)
    reactor = present(reacted_at, author[reacted])
    emojis = 1 / np.arange(1, _EMOJI + 1) ** 1.2
    emoji = draw.choice(_EMOJI, len(reacted), p=emojis / emojis.sum())

    mentioning = np.sort(draw.choice(messages, int(messages * 0.18), replace=False))
    answering = np.sort(draw.choice(np.arange(1, messages), int(messages * 0.3), replace=False))
    parent = np.maximum(answering - draw.geometric(0.15, len(answering)), 0)

    none = np.zeros(0, np.int64)
    parts: list[tuple[Kind, NDArray[Any], _Ints, _Ints, _Ints, _Ints]] = [
        (Kind.POSTED, at, author, np.arange(messages), none, channel),
        (Kind.MENTIONED, at[mentioning], author[mentioning], mentioning,
         somebody(len(mentioning)), none),
        (Kind.REPLIED, at[answering], author[answering], answering, parent, none),
        (Kind.REACTED, reacted_at, reactor, reacted, none, emoji),
    ]  # fmt: skip

    def column(index: int) -> _Ints:
        columns = []
        for part in parts:
            values = np.asarray(part[index], np.int64)
            columns.append(values if len(values) else np.zeros(len(part[1]), np.int64))
        return np.concatenate(columns)

    kind = np.concatenate([np.full(len(part[1]), part[0], np.int64) for part in parts])
    when = column(1)
    order = np.argsort(when, kind="stable")
    return Columns(
        people,
        weeks,
        kind[order],
        START_MS + when[order],
        column(2)[order],
        column(3)[order],
        column(4)[order],
        column(5)[order],
    )


def batches(columns: Columns, size: int = 5_000) -> Iterator[Batch]:
    """Yield the events as the Discord source would record them, `size` at a time."""
    yield Batch(
        accounts=tuple(
            Account("discord", account_id(n), "user", f"person {n}")
            for n in range(columns.people)
        ),
        places=tuple(
            Place("discord", channel_id(n), f"channel {n}", "text channel")
            for n in range(_CHANNELS)
        ),
    )
    for start in range(0, len(columns), size):
        part = slice(start, start + size)
        rows = zip(
            columns.kind[part].tolist(),
            columns.at_ms[part].tolist(),
            columns.actor[part].tolist(),
            columns.target[part].tolist(),
            columns.object[part].tolist(),
            columns.detail[part].tolist(),
            strict=True,
        )
        yield Batch(events=tuple(_event(*row) for row in rows))


def _event(kind: int, at_ms: int, actor: int, target: int, other: int, detail: int) -> Event:
    object_: str | None = None
    if kind == Kind.MENTIONED:
        object_ = account_id(other)
    elif kind == Kind.REPLIED:
        object_ = message_id(other)
    return Event(
        source="discord",
        kind=Kind(kind),
        at_ms=at_ms,
        seen_ms=at_ms,
        provenance=Provenance.LIVE,
        actor=account_id(actor),
        target=message_id(target),
        object=object_,
        place=channel_id(detail) if kind == Kind.POSTED else None,
        text=emoji(detail) if kind == Kind.REACTED else None,
        value=1 if kind == Kind.MENTIONED else 0,
    )


def account_id(number: int) -> str:
    """Return the platform's id of a person."""
    return str(10**16 + number)


def channel_id(number: int) -> str:
    """Return the platform's id of a channel."""
    return str(10**15 + number)


def message_id(number: int) -> str:
    """Return the platform's id of a message."""
    return str(_IDS + number)


def emoji(number: int) -> str:
    """Return an emoji as the source writes it."""
    return f"emoji{number}:{number}"
