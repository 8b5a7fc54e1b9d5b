"""Turns Discord's JSON into what is recorded. Pure; for gateway, history and exports alike.

Its input are plain objects as Discord's API sends them. Of a text, the length is taken and the
mentions are counted; it goes no further.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from bot.sources.discord.declaration import NAME
from bot.sources.discord.message_parts import MessageParts, read_parts, timestamp_ms
from bot.sources.discord.people import is_deleted_account, is_id, read_id, read_name
from cred.facts.events import NSFW, Event, Kind, Provenance
from storage.log.batch import Account, AccountKind, Batch, Gap, Place, Statement
from storage.people.comparable import comparable

_log = logging.getLogger(__name__)

Json: TypeAlias = Mapping[str, Any]

EPOCH_MS: Final = 1_420_070_400_000
"""2015-01-01, from which Discord's ids count milliseconds."""

PLACE_TYPES: Final[Mapping[int, str]] = {
    0: "text channel",
    2: "voice channel",
    4: "category",
    5: "announcement channel",
    10: "announcement thread",
    11: "thread",
    12: "private thread",
    13: "stage channel",
    15: "forum",
    16: "media channel",
}

_WRITTEN: Final = frozenset({0, 19, 20, 23})
"""Types of messages that somebody wrote: plain, reply, answers to a slash or a menu command.
The rest are Discord's own words about somebody (joined, pinned, boosted, began a thread)."""

_REPLY: Final = 19


@dataclass(frozen=True, slots=True)
class Observation:
    """How and when something was observed."""

    provenance: Provenance
    seen_ms: int
    nicknames: Mapping[str, str] = field(default_factory=dict)
    """Members' nicknames by account, for payloads that have none."""


def moment_ms(snowflake: str | int) -> int:
    """Return when an id was created, in milliseconds UTC."""
    return (int(snowflake) >> 22) + EPOCH_MS


def snowflake(at_ms: int) -> int:
    """Return the smallest id that can have been created at a moment."""
    return max(at_ms - EPOCH_MS, 0) << 22


def is_webhook(message: Json) -> bool:
    """Tell whether a webhook posted it; answers to commands have a webhook's id as well."""
    answered = message.get("interaction_metadata") or message.get("interaction")
    return bool(message.get("webhook_id")) and not answered


def account(
    user: Json, observation: Observation, *, nick: object = None, webhook: bool = False
) -> Account:
    """Return an account as the log describes it."""
    id_ = read_id(user["id"])
    kind: AccountKind = "webhook" if webhook else "bot" if user.get("bot") else "user"
    names = (
        nick,
        observation.nicknames.get(id_),
        user.get("global_name"),
        user.get("username"),
    )
    known = list(dict.fromkeys(filter(None, map(read_name, names))))
    known = list(filter(comparable, known)) or known  # nobody is called by what cannot be seen
    # Who is called by a nickname is found by the global name and the user name as well.
    others = tuple(known[1:]) if read_name(user.get("username")) else None
    return Account(NAME, id_, kind, known[0] if known else None, observation.seen_ms, others)


def message(data: Json, observation: Observation, parts: MessageParts | None = None) -> Batch:
    """Return a message with its reply, its mentions and its latest edit.

    Reactions are not read here: they are compared with what is known (`comparison`). A message
    that nobody wrote, or an update that does not say who wrote it, gives an empty batch. That
    of a deleted account has no author.

    Parameters
    ----------
    data, observation
        The message, and when it was seen.
    parts
        What `read_parts` reads of it, if that was done before.
    """
    author = data.get("author")
    if author is None or data.get("type", 0) not in _WRITTEN:
        return Batch()
    if parts is None:
        parts = read_parts(data, observation.seen_ms)
    accounts = []
    if not is_deleted_account(author):
        nick = _object(data.get("member")).get("nick")
        accounts.append(account(author, observation, nick=nick, webhook=is_webhook(data)))
    for user in parts.mentions:
        nick = _object(user.get("member")).get("nick")
        accounts.append(account(user, observation, nick=nick))
    return Batch(tuple(_message_events(data, parts, observation)), tuple(accounts))


def author_id(data: Json) -> str | None:
    """Return who wrote a message; None if that is not said, or the account was deleted."""
    author = data.get("author")
    if author is None or is_deleted_account(author):
        return None
    return read_id(author["id"])


def _object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _message_events(
    data: Json, parts: MessageParts, observation: Observation
) -> Iterator[Event]:
    target, author, place = read_id(data["id"]), author_id(data), str(data["channel_id"])
    at_ms, text = moment_ms(target), data.get("content")
    length = len(text) if isinstance(text, str) else 0

    def event(kind: Kind, at_ms: int = at_ms, **rest: Any) -> Event:
        return _event(
            kind, observation, at_ms=at_ms, actor=author, target=target, place=place, **rest
        )

    yield event(Kind.POSTED, value=length)
    if data.get("type") == _REPLY and parts.reply_to is not None:
        yield event(Kind.REPLIED, object=parts.reply_to)
    for mentioned, count in mention_counts(data, parts).items():
        yield mention(data, mentioned, count, parts, observation)
    if parts.edited_ms is not None and isinstance(text, str):
        yield event(Kind.EDITED, parts.edited_ms, value=length)


def mention(
    data: Json, account: str, count: int, parts: MessageParts, observation: Observation
) -> Event:
    """Return how often a message mentions an account since its latest edit."""
    return _event(
        Kind.MENTIONED,
        observation,
        at_ms=parts.edited_ms or moment_ms(data["id"]),
        actor=author_id(data),
        target=str(data["id"]),
        place=str(data["channel_id"]),
        object=account,
        value=count,
    )


def mention_counts(data: Json, parts: MessageParts) -> dict[str, int]:
    """Return how often each account is mentioned.

    SourceCred counts `<@id>` in the text for everybody whom Discord lists as mentioned, and
    takes somebody who is listed without being in the text (a reply's ping) as one mention. So
    the count is at least 1, which also serves where the text is hidden from the bot.
    """
    text = data.get("content") or ""
    return {
        str(user["id"]): max(len(re.findall(f"<@!?{user['id']}>", str(text))), 1)
        for user in parts.mentions
    }


def ended_mentions(
    data: Json, parts: MessageParts, known: Iterable[str], observation: Observation
) -> tuple[Event, ...]:
    """Return the end of those known mentions that a message does not have (any more).

    None end if the message does not list everybody whom it mentions.
    """
    if not parts.names_all_mentioned:
        return ()
    mentioned = {str(user["id"]) for user in parts.mentions} | parts.mentions_also
    return tuple(
        _event(
            Kind.MENTIONED,
            observation,
            at_ms=parts.edited_ms or observation.seen_ms,
            actor=author_id(data),
            target=str(data["id"]),
            place=str(data["channel_id"]),
            object=account,
        )
        for account in known
        if account not in mentioned
    )


def deletion(target: str, place: str, observation: Observation, *, back: bool = False) -> Event:
    """Return that a message was deleted; with `back`, that it exists after all."""
    kind = Kind.RESTORED if back else Kind.DELETED
    return _event(kind, observation, at_ms=observation.seen_ms, target=target, place=place)


def reaction(
    kind: Kind, actor: str, target: str, place: str, emoji: str, observation: Observation
) -> Event:
    """Return that a reaction was added or taken back.

    Discord gives reactions no time. A live one happened when it was observed. One that was read
    later is dated like its message, and one found missing like the reading.
    """
    is_guess = observation.provenance is not Provenance.LIVE
    dated_back = is_guess and kind is Kind.REACTED
    return _event(
        kind,
        observation,
        at_ms=moment_ms(target) if dated_back else observation.seen_ms,
        actor=actor,
        target=target,
        place=place,
        text=emoji,
        estimated=is_guess,
    )


def place(data: Json, observation: Observation) -> Batch:
    """Return the current state of a channel, thread or category."""
    kind = PLACE_TYPES.get(data["type"], f"type {data['type']}")
    parent = data.get("parent_id")
    event = _event(
        Kind.PLACE_CHANGED,
        observation,
        at_ms=observation.seen_ms,
        place=str(data["id"]),
        object=str(parent) if parent else None,
        text=kind,
        value=NSFW if data.get("nsfw") else 0,
    )
    name = read_name(data.get("name")) or str(data["id"])
    described = Place(NAME, str(data["id"]), name, kind, observation.seen_ms)
    return Batch((event,), places=(described,))


def member(data: Json, observation: Observation) -> Batch:
    """Return that somebody is a member, and the roles if they are listed."""
    user = data["user"]
    actor = read_id(user["id"])
    joined_ms = _joined_ms(data)
    events = [
        _event(
            Kind.JOINED,
            observation,
            at_ms=observation.seen_ms if joined_ms is None else joined_ms,
            actor=actor,
            estimated=joined_ms is None,
        )
    ]
    if isinstance(data.get("roles"), list | tuple):
        roles = ",".join(sorted(filter(is_id, map(str, data["roles"]))))
        events.append(roles_changed(actor, roles, observation))
    return Batch(tuple(events), (account(user, observation, nick=data.get("nick")),))


def roles_changed(
    actor: str, roles: str, observation: Observation, *, is_guess: bool = False
) -> Event:
    """Return which roles somebody has, as sorted ids joined by commas."""
    return _event(
        Kind.ROLES_CHANGED,
        observation,
        at_ms=observation.seen_ms,
        actor=actor,
        text=roles,
        estimated=is_guess,
    )


def _joined_ms(data: Json) -> int | None:
    try:
        return timestamp_ms(data["joined_at"])
    except MALFORMED:
        return None


def departure(actor: str, observation: Observation) -> Event:
    """Return that somebody is no longer a member."""
    is_guess = observation.provenance is not Provenance.LIVE
    return _event(
        Kind.LEFT, observation, at_ms=observation.seen_ms, actor=actor, estimated=is_guess
    )


MALFORMED: Final = (KeyError, TypeError, ValueError, AttributeError)
"""What parsing raises at something that is not as documented."""


def parse_each(
    parse: Callable[[Json, Observation], Batch], items: Iterable[Json], observation: Observation
) -> tuple[Batch, int]:
    """Parse several objects into one batch; return it, and how many malformed were left out."""
    batches, malformed = [], 0
    for mapping in items:
        try:
            batches.append(parse(mapping, observation))
        except MALFORMED as error:
            malformed += 1
            id_ = mapping.get("id") if isinstance(mapping, Mapping) else type(mapping).__name__
            _log.warning(
                "malformed %s %s (%s), skipped", parse.__name__, id_, type(error).__name__
            )
    return merge_batches(batches), malformed


def merge_batches(batches: Iterable[Batch]) -> Batch:
    """Return several batches as one; the last description of an account or place counts."""
    events: list[Event] = []
    accounts: dict[str, Account] = {}
    places: dict[str, Place] = {}
    cursors: dict[tuple[str, str], str] = {}
    statements: dict[tuple[str, str], Statement] = {}
    gaps: list[Gap] = []
    closed: dict[int, int] = {}
    for batch in batches:
        events += batch.events
        accounts |= {account.id: account for account in batch.accounts}
        places |= {place.id: place for place in batch.places}
        statements |= batch.statements
        cursors |= batch.cursors
        gaps += batch.gaps
        closed |= batch.closed_gaps
    return Batch(
        tuple(events),
        tuple(accounts.values()),
        tuple(places.values()),
        statements=statements,
        cursors=cursors,
        gaps=tuple(gaps),
        closed_gaps=closed,
    )


def _event(kind: Kind, observation: Observation, *, at_ms: int, **rest: Any) -> Event:
    return Event(
        source=NAME,
        kind=kind,
        at_ms=at_ms,
        seen_ms=observation.seen_ms,
        provenance=observation.provenance,
        **rest,
    )
