"""Turns Discord's JSON into what is recorded. Pure; for gateway, history and exports alike.

Its input are plain objects as Discord's API sends them. Of a text, the length is taken and the
mentions are counted; it goes no further.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from bot.sources.discord.declaration import NAME
from cred.facts.events import NSFW, Event, Kind, Provenance
from storage.log.batch import Account, AccountKind, Batch, Gap, Place

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


def timestamp_ms(text: str) -> int:
    """Return an ISO 8601 time as milliseconds UTC."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def emoji_text(emoji: Json) -> str:
    """Return an emoji as text: the character, or name:id for a custom one."""
    name = emoji.get("name") or "_"
    return f"{name}:{emoji['id']}" if emoji.get("id") else str(name)


def is_webhook(message: Json) -> bool:
    """Tell whether a webhook posted it; answers to commands have a webhook's id as well."""
    answered = message.get("interaction_metadata") or message.get("interaction")
    return bool(message.get("webhook_id")) and not answered


def account(
    user: Json, observation: Observation, *, nick: str | None = None, webhook: bool = False
) -> Account:
    """Return an account as the log describes it."""
    kind: AccountKind = "webhook" if webhook else "bot" if user.get("bot") else "user"
    name = nick or observation.nicknames.get(user["id"]) or user.get("global_name")
    return Account(NAME, str(user["id"]), kind, name or user.get("username"))


def message(data: Json, observation: Observation) -> Batch:
    """Return a message with its reply, its mentions and its latest edit.

    Reactions are not read here: they are compared with what is known (`comparison`). A message
    that nobody wrote, or an update that does not say who wrote it, gives an empty batch.
    """
    author = data.get("author")
    if author is None or data.get("type", 0) not in _WRITTEN:
        return Batch()
    webhook = is_webhook(data)
    member = data.get("member") or {}
    accounts = [account(author, observation, nick=member.get("nick"), webhook=webhook)]
    counts = mention_counts(data)
    for user in data.get("mentions", ()):
        nick = (user.get("member") or {}).get("nick")
        accounts.append(account(user, observation, nick=nick))
    return Batch(tuple(_message_events(data, counts, observation)), tuple(accounts))


def _message_events(
    data: Json, counts: Mapping[str, int], observation: Observation
) -> Iterator[Event]:
    target, author, place = str(data["id"]), str(data["author"]["id"]), str(data["channel_id"])
    at_ms, length = moment_ms(target), len(data.get("content") or "")

    def event(kind: Kind, at_ms: int = at_ms, **rest: Any) -> Event:
        return _event(
            kind, observation, at_ms=at_ms, actor=author, target=target, place=place, **rest
        )

    yield event(Kind.POSTED, value=length)
    reference = data.get("message_reference") or {}
    if data.get("type") == _REPLY and reference.get("message_id"):
        yield event(Kind.REPLIED, object=str(reference["message_id"]))
    changed_ms = edited_ms(data)
    for mentioned, count in counts.items():
        yield event(Kind.MENTIONED, changed_ms or at_ms, object=mentioned, value=count)
    if changed_ms is not None:
        yield event(Kind.EDITED, changed_ms, value=length)


def edited_ms(data: Json) -> int | None:
    """Return when a message was last edited; None if it never was."""
    edited = data.get("edited_timestamp")
    return timestamp_ms(edited) if edited else None


def mention_counts(data: Json) -> dict[str, int]:
    """Return how often each account is mentioned.

    SourceCred counts `<@id>` in the text for everybody whom Discord lists as mentioned, and
    takes somebody who is listed without being in the text (a reply's ping) as one mention. So
    the count is at least 1, which also serves where the text is hidden from the bot.
    """
    text = data.get("content") or ""
    return {
        str(user["id"]): max(len(re.findall(f"<@!?{user['id']}>", text)), 1)
        for user in data.get("mentions", ())
    }


def ended_mentions(
    data: Json, known: Iterable[str], observation: Observation
) -> tuple[Event, ...]:
    """Return the end of those known mentions that an edited message no longer has."""
    mentioned = mention_counts(data)
    author = data.get("author") or {}
    return tuple(
        _event(
            Kind.MENTIONED,
            observation,
            at_ms=edited_ms(data) or observation.seen_ms,
            actor=author.get("id"),
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
    name = data.get("name") or str(data["id"])
    return Batch((event,), places=(Place(NAME, str(data["id"]), name, kind),))


def member(data: Json, observation: Observation) -> Batch:
    """Return that somebody is a member, and the roles."""
    user = data["user"]
    actor = str(user["id"])
    joined = data.get("joined_at")
    at_ms = timestamp_ms(joined) if joined else observation.seen_ms
    roles = ",".join(sorted(map(str, data.get("roles", ()))))
    return Batch(
        (
            _event(Kind.JOINED, observation, at_ms=at_ms, actor=actor, estimated=not joined),
            _event(
                Kind.ROLES_CHANGED,
                observation,
                at_ms=observation.seen_ms,
                actor=actor,
                text=roles,
            ),
        ),
        (account(user, observation, nick=data.get("nick")),),
    )


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
    gaps: list[Gap] = []
    closed: dict[int, int] = {}
    for batch in batches:
        events += batch.events
        accounts |= {account.id: account for account in batch.accounts}
        places |= {place.id: place for place in batch.places}
        cursors |= batch.cursors
        gaps += batch.gaps
        closed |= batch.closed_gaps
    return Batch(
        tuple(events),
        tuple(accounts.values()),
        tuple(places.values()),
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
