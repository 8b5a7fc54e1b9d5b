"""Reads the parts of a message one by one, so that an odd part costs only itself. Pure.

A list with an odd entry, or one that is not there, cannot be whole: it says what is, and not
what is not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.sources.discord.emoji import emoji_text
from bot.sources.discord.people import SHARED_ACCOUNT, is_deleted_account, read_id, read_name

Json = Mapping[str, Any]

_DAY_MS: Final = 24 * 60 * 60 * 1000
"""How far two clocks may be apart."""
_MOST_REACTORS: Final = 1 << 40
_LONGEST_EMOJI: Final = 100
"""Characters. The longest of Unicode has fifteen, the name of a custom one 32."""
_ODD: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class CountedReaction:
    """How often a message was reacted to with an emoji."""

    emoji: str
    """As it is recorded for an ordinary reaction."""
    normal: int | None
    """Ordinary reactions; None: unknown."""
    burst: int | None
    """Super reactions; None: unknown."""
    own: bool | None
    """Whether the reader reacted; None: unknown."""
    own_burst: bool | None


@dataclass(frozen=True, slots=True)
class MessageParts:
    """What a message says beside its author and its place."""

    mentions: tuple[Json, ...]
    """Users of Discord's API, without deleted accounts."""
    names_all_mentioned: bool
    """Whoever is not among `mentions` is not mentioned (deleted accounts may be)."""
    mentions_also: frozenset[str]
    """Ids of deleted accounts that are mentioned."""
    edited_ms: int | None
    reply_to: str | None
    reactions: tuple[CountedReaction, ...]
    names_all_emoji: bool
    """Nobody reacted with any other emoji."""
    odd: tuple[str, ...]
    """The parts that are not as documented, and are left out; one entry each."""


def read_parts(data: Json, seen_ms: int) -> MessageParts:
    """Return the parts of a message of Discord's API, seen at a moment."""
    odd: list[str] = []
    mentions: list[Json] = []
    deleted: list[str] = []
    listed = data.get("mentions")
    for user in _entries(listed, "mentions", odd):
        try:
            id_ = read_id(user["id"])
            if is_deleted_account(user):
                deleted.append(id_)
            else:
                mentions.append(user)
        except _ODD:
            odd.append("mention")
    names_all = isinstance(listed, list | tuple) and not odd
    before = len(odd)
    reactions: list[CountedReaction] = []
    for reaction in _entries(data.get("reactions"), "reactions", odd):
        try:
            reactions.append(_read_reaction(reaction, odd))
        except _ODD:
            odd.append("reaction")
    # Discord leaves the list out where nobody reacted.
    names_all_emoji = not odd[before:].count("reaction") and "reactions" not in odd[before:]
    return MessageParts(
        tuple(mentions),
        # Who is behind the shared account cannot be told.
        names_all and SHARED_ACCOUNT not in deleted,
        frozenset(deleted),
        _edited_ms(data, seen_ms, odd),
        _reply_to(data, odd),
        tuple(reactions),
        names_all_emoji,
        tuple(odd),
    )


def _entries(value: object, part: str, odd: list[str]) -> Iterator[Json]:
    if isinstance(value, list | tuple):
        yield from value
    elif value is not None:
        odd.append(part)


def _read_reaction(reaction: Json, odd: list[str]) -> CountedReaction:
    text = read_emoji(reaction["emoji"])
    details = reaction.get("count_details")
    total = read_count(reaction.get("count"), odd)
    burst: int | None = 0
    if isinstance(details, Mapping):
        burst = read_count(details.get("burst", 0), odd)
        total = read_count(details.get("normal"), odd)
    own, own_burst = reaction.get("me"), reaction.get("me_burst", False)
    return CountedReaction(
        text,
        total,
        burst,
        own if isinstance(own, bool) else None,
        own_burst if isinstance(own_burst, bool) else None,
    )


def read_emoji(data: Json) -> str:
    """Return an emoji of Discord's API as it is recorded for an ordinary reaction.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        If it is none.
    """
    name, id_ = read_name(data.get("name")), data.get("id")
    if name is not None and (len(name) > _LONGEST_EMOJI or " " in name):
        name = None
    if name is None and not id_:
        raise ValueError("an emoji without a name")
    return emoji_text({"id": read_id(id_) if id_ else None, "name": name})


def read_count(value: object, odd: list[str]) -> int | None:
    """Return how many people there are; None, and one odd part more, if that is no count."""
    try:
        count = int(str(value))
    except ValueError:
        count = -1
    if isinstance(value, bool) or not 0 <= count < _MOST_REACTORS:
        odd.append("count")
        return None
    return count


def _reply_to(data: Json, odd: list[str]) -> str | None:
    reference = data.get("message_reference")
    if not reference:
        return None
    try:
        answered = reference.get("message_id")
        return None if answered is None else read_id(answered)
    except _ODD:
        odd.append("reference")
        return None


def _edited_ms(data: Json, seen_ms: int, odd: list[str]) -> int | None:
    """Return when a message was last edited; None if never, or at no moment that can be."""
    text = data.get("edited_timestamp")
    if not text:
        return None
    try:
        at_ms = timestamp_ms(text)
    except _ODD:
        at_ms = -1
    if not 0 <= at_ms <= seen_ms + _DAY_MS:
        odd.append("time of the edit")
        return None
    return at_ms


def timestamp_ms(text: str) -> int:
    """Return an ISO 8601 time as milliseconds UTC; one without an offset is taken as UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
