"""Turns gateway payloads into what is recorded of them. Pure.

Most payloads say everything themselves. Three kinds do not: a removal of all reactions names
nobody, an edit does not say who is no longer mentioned, and the removal of a custom emoji may
call it by another name than its addition did. They become `DeferredEvents`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.sources.discord import parse
from bot.sources.discord.emoji import emoji_key, is_super, super_text
from bot.sources.discord.message_parts import read_emoji, read_parts
from bot.sources.discord.parse import Json, Observation
from bot.sources.discord.people import SHARED_ACCOUNT, is_deleted_account, is_id, read_id
from cred.facts.events import Event, Kind
from storage.log.batch import Account, Batch
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


def parse_payload(name: str, data: Json, observation: Observation) -> ParsedPayload | None:
    """Return what is recorded of a gateway event; None if nothing ever is of its kind.

    Raises
    ------
    Exception
        One of `parse.MALFORMED` where it is not as documented.
    """
    parser = _PARSERS.get(name)
    return None if parser is None else parser(data, observation)


def _message_create(data: Json, observation: Observation) -> ParsedPayload:
    parts = read_parts(data, observation.seen_ms)
    return ParsedPayload(
        parse.message(data, observation, parts),
        place=str(data["channel_id"]),
        subjects=(str(data["id"]),),
        is_new=True,
        malformed_parts=len(parts.odd),
    )


def _message_update(data: Json, observation: Observation) -> ParsedPayload:
    parts = read_parts(data, observation.seen_ms)
    deferred = None
    if parts.edited_ms is not None and parts.names_all_mentioned:
        deferred = DeferredEvents(
            str(data["id"]),
            lambda known: parse.ended_mentions(data, parts, known.mentions, observation),
        )
    return ParsedPayload(
        parse.message(data, observation, parts),
        deferred,
        str(data["channel_id"]),
        (str(data["id"]),),
        malformed_parts=len(parts.odd),
    )


def _message_delete(data: Json, observation: Observation) -> ParsedPayload:
    place = str(data["channel_id"])
    told = [str(id_) for id_ in (data["ids"] if "ids" in data else (data["id"],))]
    ids = tuple(filter(is_id, told))
    events = tuple(parse.deletion(target, place, observation) for target in ids)
    odd = len(told) - len(ids)
    return ParsedPayload(Batch(events), None, place, ids, malformed_parts=odd)


def _reaction_add(data: Json, observation: Observation) -> ParsedPayload:
    target, place, actor, emoji = _reaction_of(data)
    text = super_text(emoji) if data.get("burst") is True else emoji
    user = (data.get("member") or {}).get("user")
    only_reaction = (actor, emoji_key(text))
    if actor == SHARED_ACCOUNT or (user is not None and is_deleted_account(user)):
        return ParsedPayload(Batch(), None, place, (target,), only_reaction)
    event = parse.reaction(Kind.REACTED, actor, target, place, text, observation)
    accounts: tuple[Account, ...] = ()
    if user is not None:
        accounts = (parse.account(user, observation, nick=data["member"].get("nick")),)
    return ParsedPayload(Batch((event,), accounts), None, place, (target,), only_reaction)


def _reaction_of(data: Json) -> tuple[str, str, str, str]:
    """Return the message, place, account and emoji of a reaction."""
    target, place, actor = (
        read_id(data[key]) for key in ("message_id", "channel_id", "user_id")
    )
    return target, place, actor, read_emoji(data["emoji"])


def _reaction_remove(data: Json, observation: Observation) -> ParsedPayload:
    target, place, actor, text = _reaction_of(data)
    burst = data.get("burst") is True
    key = emoji_key(text)
    if not burst and not data["emoji"].get("id"):
        event = parse.reaction(Kind.UNREACTED, actor, target, place, text, observation)
        return ParsedPayload(Batch((event,)), None, place, (target,), (actor, key))

    # A custom emoji may have had another name, and in older logs a super reaction that was read
    # is recorded as an ordinary one.
    def events(known: CurrentContribution) -> tuple[Event, ...]:
        given = sorted(
            given
            for account, given in known.reactions
            if account == actor and emoji_key(given) == key
        )
        chosen = [given_text for given_text in given if is_super(given_text) is burst]
        return tuple(
            parse.reaction(Kind.UNREACTED, actor, target, place, found, observation)
            for found in chosen or (given if burst else ())
        )

    return ParsedPayload(
        Batch(), DeferredEvents(target, events), place, (target,), (actor, key)
    )


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
    key = emoji_key(read_emoji(data["emoji"]))
    return _reactions_clear(data, observation, lambda _account, text: emoji_key(text) == key)


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
