"""Turns gateway payloads into what is recorded of them. Pure.

Most payloads say everything themselves. Three kinds do not: a removal of all reactions names
nobody, an edit does not say who is no longer mentioned, and the removal of a custom emoji may
call it by another name than its addition did. They become `DeferredEvents`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.sources.discord import parse
from bot.sources.discord.comparison import emoji_key
from bot.sources.discord.parse import Json, Observation
from cred.facts.events import Event, Kind
from storage.log.batch import Batch
from storage.log.current_state import CurrentContribution


@dataclass(frozen=True, slots=True)
class DeferredEvents:
    """Events that depend on what is known of a message when their turn to be recorded comes."""

    message: str
    events: Callable[[CurrentContribution], tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class ParsedPayload:
    """The events and descriptions parsed from one payload."""

    batch: Batch
    deferred: DeferredEvents | None = None
    place: str | None = None
    """Channel or thread, where the payload is about messages in it."""
    subjects: tuple[str, ...] = ()
    """The messages that it is about (without a place: the members). What is read of them
    meanwhile may be stale."""
    only_reaction: tuple[str, str] | None = None
    """The account and emoji (`emoji_key`) whose reaction alone the payload is about, if so."""
    is_new: bool = False
    """It is a message just posted, so everything before it in its place was heard of, too."""
    malformed_parts: int = 0
    """Parts that were not as documented, and are left out."""


def is_same_emoji(text: str, emoji: Json) -> bool:
    """Tell whether a known emoji is the given one; a custom one keeps its id when renamed."""
    if emoji.get("id"):
        return text.endswith(f":{emoji['id']}")
    return text == parse.emoji_text(emoji)


def parse_payload(name: str, data: Json, observation: Observation) -> ParsedPayload | None:
    """Return what is recorded of a gateway event; None if nothing ever is of its kind.

    Raises
    ------
    Exception
        One of `parse.ODD` where it is not as documented.
    """
    parser = _PARSERS.get(name)
    return None if parser is None else parser(data, observation)


def _message_create(data: Json, observation: Observation) -> ParsedPayload:
    return ParsedPayload(
        parse.message(data, observation),
        place=str(data["channel_id"]),
        subjects=(str(data["id"]),),
        is_new=True,
    )


def _message_update(data: Json, observation: Observation) -> ParsedPayload:
    deferred = None
    if parse.edited_ms(data) is not None and "mentions" in data:
        deferred = DeferredEvents(
            str(data["id"]),
            lambda known: parse.ended_mentions(data, known.mentions, observation),
        )
    return ParsedPayload(
        parse.message(data, observation),
        deferred,
        str(data["channel_id"]),
        (str(data["id"]),),
    )


def _message_delete(data: Json, observation: Observation) -> ParsedPayload:
    place = str(data["channel_id"])
    ids = tuple(map(str, data["ids"] if "ids" in data else (data["id"],)))
    events = tuple(parse.deletion(target, place, observation) for target in ids)
    return ParsedPayload(Batch(events), None, place, ids)


def _reaction_add(data: Json, observation: Observation) -> ParsedPayload:
    target, place = str(data["message_id"]), str(data["channel_id"])
    actor, text = str(data["user_id"]), parse.emoji_text(data["emoji"])
    event = parse.reaction(Kind.REACTED, actor, target, place, text, observation)
    member = data.get("member") or {}
    accounts = (
        (parse.account(member["user"], observation, nick=member.get("nick")),)
        if "user" in member
        else ()
    )
    return ParsedPayload(
        Batch((event,), accounts), None, place, (target,), (actor, emoji_key(text))
    )


def _reaction_remove(data: Json, observation: Observation) -> ParsedPayload:
    target, place = str(data["message_id"]), str(data["channel_id"])
    actor, emoji = str(data["user_id"]), data["emoji"]
    text = parse.emoji_text(emoji)
    only_reaction = (actor, emoji_key(text))
    if emoji.get("id"):
        removed = _reactions_clear(
            data,
            observation,
            lambda account, text: account == actor and is_same_emoji(text, emoji),
        )
        return replace(removed, only_reaction=only_reaction)
    event = parse.reaction(Kind.UNREACTED, actor, target, place, text, observation)
    return ParsedPayload(Batch((event,)), None, place, (target,), only_reaction)


def _reactions_clear(
    data: Json,
    observation: Observation,
    is_removed: Callable[[str, str], bool] = lambda _account, _text: True,
) -> ParsedPayload:
    """Return the end of those known reactions for which `is_removed(account, emoji)`."""
    target, place = str(data["message_id"]), str(data["channel_id"])

    def events(known: CurrentContribution) -> tuple[Event, ...]:
        return tuple(
            parse.reaction(Kind.UNREACTED, account, target, place, text, observation)
            for account, text in sorted(known.reactions)
            if is_removed(account, text)
        )

    return ParsedPayload(Batch(), DeferredEvents(target, events), place, (target,))


def _emoji_clear(data: Json, observation: Observation) -> ParsedPayload:
    return _reactions_clear(
        data, observation, lambda _account, text: is_same_emoji(text, data["emoji"])
    )


def _place(data: Json, observation: Observation) -> ParsedPayload:
    return ParsedPayload(parse.place(data, observation))


def _threads(data: Json, observation: Observation) -> ParsedPayload:
    batch, malformed = parse.parse_each(parse.place, data["threads"], observation)
    return ParsedPayload(batch, malformed_parts=malformed)


def _member(data: Json, observation: Observation) -> ParsedPayload:
    return ParsedPayload(parse.member(data, observation), subjects=(str(data["user"]["id"]),))


def _member_remove(data: Json, observation: Observation) -> ParsedPayload:
    account = str(data["user"]["id"])
    return ParsedPayload(Batch((parse.departure(account, observation),)), subjects=(account,))


def _guild(data: Json, observation: Observation) -> ParsedPayload:
    if data.get("unavailable"):
        return ParsedPayload(Batch())
    # One by one: with one malformed channel, the marks of all others would be missed.
    parsed = [
        parse.parse_each(parser, data.get(key) or (), observation)
        for key, parser in (
            ("channels", parse.place),
            ("threads", parse.place),
            ("members", parse.member),
        )
    ]
    return ParsedPayload(
        parse.merge_batches(batch for batch, _ in parsed),
        malformed_parts=sum(malformed for _, malformed in parsed),
    )


_PARSERS: Final[Mapping[str, Callable[[Json, Observation], ParsedPayload]]] = {
    "MESSAGE_CREATE": _message_create,
    "MESSAGE_UPDATE": _message_update,
    "MESSAGE_DELETE": _message_delete,
    "MESSAGE_DELETE_BULK": _message_delete,
    "MESSAGE_REACTION_ADD": _reaction_add,
    "MESSAGE_REACTION_REMOVE": _reaction_remove,
    "MESSAGE_REACTION_REMOVE_ALL": _reactions_clear,
    "MESSAGE_REACTION_REMOVE_EMOJI": _emoji_clear,
    "CHANNEL_CREATE": _place,
    "CHANNEL_UPDATE": _place,
    "THREAD_CREATE": _place,
    "THREAD_UPDATE": _place,
    "THREAD_LIST_SYNC": _threads,
    "GUILD_CREATE": _guild,
    "GUILD_MEMBER_ADD": _member,
    "GUILD_MEMBER_UPDATE": _member,
    "GUILD_MEMBER_REMOVE": _member_remove,
}

EVENTS: Final = frozenset(_PARSERS)
"""Gateway events that something is recorded of."""
