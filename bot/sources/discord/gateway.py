"""Gateway payloads → what is recorded of them; what needs looking up first says so.

Most payloads tell all by themselves. Three kinds do not: a clear of reactions names nobody, an
edit does not say who is mentioned no more, and the removal of a custom emoji may name it by
another name than when it was added. They become a `Lookup`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.sources.discord import parse
from bot.sources.discord.parse import Context, Json
from bot.sources.discord.rereading import emoji_key
from bot.sources.inlet import Known
from cred.facts.events import Event, Kind
from storage.log.batch import Batch


@dataclass(frozen=True, slots=True)
class Lookup:
    """Events that depend on what is known of a message when their turn comes."""

    message: str
    events: Callable[[Known], tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class Heard:
    """One payload's worth."""

    batch: Batch
    lookup: Lookup | None = None
    place: str | None = None
    """Channel or thread, where the payload is about one message or several in it."""
    about: tuple[str, ...] = ()
    """The messages that it is about (without a place: the members). What is read of them
    meanwhile may be stale."""
    only: tuple[str, str] | None = None
    """Of those messages only what this account does with this emoji (`emoji_key`)."""
    is_new: bool = False
    """It is a message just posted, so everything before it in its place was, too."""
    odd: int = 0
    """Parts that were not as documented, and are left out."""


def same_emoji(text: str, emoji: Json) -> bool:
    """Tell whether a known emoji is the one; a custom one keeps its id when it is renamed."""
    if emoji.get("id"):
        return text.endswith(f":{emoji['id']}")
    return text == parse.emoji_text(emoji)


def heard(name: str, data: Json, context: Context) -> Heard | None:
    """Return what a gateway event tells; None where it is none of ours.

    Raises
    ------
    Exception
        `KeyError`, `TypeError`, `ValueError` or `AttributeError` where it is not as documented.
    """
    reader = _READERS.get(name)
    return None if reader is None else reader(data, context)


def _created(data: Json, context: Context) -> Heard:
    return Heard(
        parse.message(data, context),
        place=str(data["channel_id"]),
        about=(str(data["id"]),),
        is_new=True,
    )


def _updated(data: Json, context: Context) -> Heard:
    lookup = None
    if parse.edited_ms(data) is not None and "mentions" in data:
        lookup = Lookup(
            str(data["id"]), lambda known: parse.withdrawn(data, known.mentions, context)
        )
    return Heard(
        parse.message(data, context), lookup, str(data["channel_id"]), (str(data["id"]),)
    )


def _deleted(data: Json, context: Context) -> Heard:
    place = str(data["channel_id"])
    ids = tuple(map(str, data["ids"] if "ids" in data else (data["id"],)))
    events = tuple(parse.gone(target, place, context) for target in ids)
    return Heard(Batch(events), None, place, ids)


def _reacted(data: Json, context: Context) -> Heard:
    target, place = str(data["message_id"]), str(data["channel_id"])
    text = parse.emoji_text(data["emoji"])
    event = parse.reaction(Kind.REACTED, str(data["user_id"]), target, place, text, context)
    member = data.get("member") or {}
    accounts = (
        (parse.account(member["user"], context, nick=member.get("nick")),)
        if "user" in member
        else ()
    )
    only = (str(data["user_id"]), emoji_key(text))
    return Heard(Batch((event,), accounts), None, place, (target,), only)


def _unreacted(data: Json, context: Context) -> Heard:
    target, place = str(data["message_id"]), str(data["channel_id"])
    actor, emoji = str(data["user_id"]), data["emoji"]
    text = parse.emoji_text(emoji)
    only = (actor, emoji_key(text))
    if emoji.get("id"):
        cleared = _cleared(
            data, context, lambda who, text: who == actor and same_emoji(text, emoji)
        )
        return replace(cleared, only=only)
    event = parse.reaction(Kind.UNREACTED, actor, target, place, text, context)
    return Heard(Batch((event,)), None, place, (target,), only)


def _cleared(
    data: Json, context: Context, taken: Callable[[str, str], bool] = lambda _who, _text: True
) -> Heard:
    """Return the end of those known reactions that `taken` says of (account, emoji)."""
    target, place = str(data["message_id"]), str(data["channel_id"])

    def events(known: Known) -> tuple[Event, ...]:
        return tuple(
            parse.reaction(Kind.UNREACTED, who, target, place, text, context)
            for who, text in sorted(known.reactions)
            if taken(who, text)
        )

    return Heard(Batch(), Lookup(target, events), place, (target,))


def _cleared_emoji(data: Json, context: Context) -> Heard:
    return _cleared(data, context, lambda _who, text: same_emoji(text, data["emoji"]))


def _place(data: Json, context: Context) -> Heard:
    return Heard(parse.place(data, context))


def _threads(data: Json, context: Context) -> Heard:
    batch, odd = parse.each(parse.place, data["threads"], context)
    return Heard(batch, odd=odd)


def _member(data: Json, context: Context) -> Heard:
    return Heard(parse.member(data, context), about=(str(data["user"]["id"]),))


def _left(data: Json, context: Context) -> Heard:
    who = str(data["user"]["id"])
    return Heard(Batch((parse.left(who, context),)), about=(who,))


def _guild(data: Json, context: Context) -> Heard:
    if data.get("unavailable"):
        return Heard(Batch())
    # One by one: with one odd channel, the marks of all others would be missed.
    told = [
        parse.each(read, data.get(key) or (), context)
        for key, read in (
            ("channels", parse.place),
            ("threads", parse.place),
            ("members", parse.member),
        )
    ]
    return Heard(parse.joined(batch for batch, _ in told), odd=sum(odd for _, odd in told))


_READERS: Final[Mapping[str, Callable[[Json, Context], Heard]]] = {
    "MESSAGE_CREATE": _created,
    "MESSAGE_UPDATE": _updated,
    "MESSAGE_DELETE": _deleted,
    "MESSAGE_DELETE_BULK": _deleted,
    "MESSAGE_REACTION_ADD": _reacted,
    "MESSAGE_REACTION_REMOVE": _unreacted,
    "MESSAGE_REACTION_REMOVE_ALL": _cleared,
    "MESSAGE_REACTION_REMOVE_EMOJI": _cleared_emoji,
    "CHANNEL_CREATE": _place,
    "CHANNEL_UPDATE": _place,
    "THREAD_CREATE": _place,
    "THREAD_UPDATE": _place,
    "THREAD_LIST_SYNC": _threads,
    "GUILD_CREATE": _guild,
    "GUILD_MEMBER_ADD": _member,
    "GUILD_MEMBER_UPDATE": _member,
    "GUILD_MEMBER_REMOVE": _left,
}

EVENTS: Final = frozenset(_READERS)
"""Gateway events that tell of a server's life."""
