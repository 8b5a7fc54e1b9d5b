"""What a forum says → what is recorded. Pure; the same for backfill, webhooks and examples.

    said = records.post(data, home)              # checked; OddPayloadError
    found = Found(posts={…}, users={…})          # what said.posts_wanted, .users_wanted name
    batch = post(said, found, known, context)

Whatever is not public, or nobody wrote, gives an empty batch.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.sources.discourse.api import records
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.records import Category, Like, Post, PostPosition, Topic, User
from bot.sources.discourse.subjects import (
    FORUM,
    IN,
    LIKE,
    NAME,
    POST,
    QUOTES,
    REFERS,
    TOPIC,
    TRUST,
    category_place,
    post_id,
    topic_id,
    topic_place,
)
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch, Place
from storage.log.current_state import CurrentContribution

UNKNOWN: Final = CurrentContribution()
"""What is known of a contribution that nothing is known of."""


@dataclass(frozen=True, slots=True)
class Context:
    """How and when something was heard."""

    provenance: Provenance
    seen_ms: int
    bot: str = ""
    """Name of the user that the bot itself is there; "": none."""


@dataclass(frozen=True, slots=True)
class ResolvedIds:
    """What was looked up for a post. Whatever is missing is not there, and is left out."""

    posts: Mapping[PostPosition, int] = field(default_factory=dict)
    """(topic, number in it) → the post's id."""
    users: Mapping[str, int] = field(default_factory=dict)
    """Name in small letters → user id."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook says to look at again. It is not believed."""

    posts: frozenset[int] = frozenset()
    topics: frozenset[int] = frozenset()
    users: frozenset[str] = frozenset()
    """Names."""
    categories: bool = False
    likes: frozenset[tuple[str, int]] = frozenset()
    """(name of who liked, post)."""


def parse_hint(payload: object) -> Hint:
    """Return what a webhook's body says to look at again; nothing for a ping or another kind.

    Raises
    ------
    OddPayloadError
        If it is no webhook's body.
    """
    if not isinstance(payload, Mapping) or not payload:
        raise MalformedPayloadError("a webhook's body is an object with one name")
    if "post" in payload:
        said = records.parse_post(payload["post"], "")
        return Hint(posts=frozenset({said.id}), topics=frozenset({said.topic}))
    if "topic" in payload:
        return Hint(topics=frozenset({records.parse_topic(payload["topic"]).id}))
    if "like" in payload:
        like = records.parse_webhook_like(payload["like"])
        if like.post is None or like.username is None:
            raise MalformedPayloadError("a like names no post or nobody")
        return Hint(posts=frozenset({like.post}), likes=frozenset({(like.username, like.post)}))
    if "user" in payload:
        return Hint(users=frozenset({records.parse_user(payload["user"]).username}))
    return Hint(categories="category" in payload)


def post_batch(
    said: Post, found: ResolvedIds, known: CurrentContribution, context: Context
) -> Batch:
    """Return a post with its reply, what it links to and quotes, and its author.

    Parameters
    ----------
    found
        Ids of the posts and users that it names.
    known
        What the log knows of it now: what it does not say any more is withdrawn.
    """
    if not (said.is_public and said.is_written):
        return Batch()
    accounts: tuple[Account, ...] = ()
    events = tuple(_post_events(said, found, known, context))
    if said.author is not None:
        accounts = (account(said.author, said.username, context),)
        if said.trust is not None:
            events = (*events, _trust(said.author, said.trust, context))
    return Batch(events, accounts)


def _post_events(
    said: Post, found: ResolvedIds, known: CurrentContribution, context: Context
) -> Iterator[Event]:
    target, place = post_id(said.id), topic_place(said.topic)
    author = None if said.author is None else str(said.author)
    changed_ms = said.edited_ms or said.at_ms

    def event(kind: Kind, at_ms: int, **rest: Any) -> Event:  # noqa: ANN401
        return _event(kind, context, at_ms, target=target, actor=author, place=place, **rest)

    length = said.content.length if said.content else 0
    yield event(Kind.POSTED, said.at_ms, text=POST, value=length)
    parent = found.posts.get(said.parent) if said.parent else None
    if parent is not None:
        yield event(Kind.REPLIED, said.at_ms, object=post_id(parent))
    if said.content is not None and said.edited_ms is not None:
        yield event(Kind.EDITED, said.edited_ms, value=length)
    # Nobody says which edit brought a link: it is dated as its post, as with SourceCred, so
    # that it is the same however often the post was read meanwhile.
    for (other, sort), times in _references(said, found, known).items():
        at_ms = said.at_ms if times else changed_ms
        yield event(Kind.REFERENCED, at_ms, object=other, text=sort, value=times)
    for who, times in _mentions(said, found, known).items():
        at_ms = said.at_ms if times else changed_ms
        yield event(Kind.MENTIONED, at_ms, object=who, value=times)
    yield deletion_event(target, place, context, back=not said.is_gone)


def _references(
    said: Post, found: ResolvedIds, known: CurrentContribution
) -> dict[tuple[str, str], int]:
    """Return what a post refers to and how, with how often; 0: not any more."""
    references = {(topic_id(said.topic), IN): 1}
    told = [IN]
    if said.content is not None:  # where the text is hidden, nothing tells that a link is gone
        told += [REFERS, QUOTES]
        for number, times in said.content.topics.items():
            references[topic_id(number), REFERS] = times
        for sort, named in ((REFERS, said.content.posts), (QUOTES, said.content.quotes)):
            for at in named.keys() & found.posts.keys():
                references[post_id(found.posts[at]), sort] = named[at]
    withdrawn = {reference: 0 for reference in known.references if reference[1] in told}
    return dict(sorted((withdrawn | references).items()))


def _mentions(said: Post, found: ResolvedIds, known: CurrentContribution) -> dict[str, int]:
    """Return the users that a post links to, with how often; 0: not any more."""
    if said.content is None:
        return {}
    mentions = dict.fromkeys(known.mentions, 0)
    for name in sorted(said.content.users.keys() & found.users.keys()):
        who = str(found.users[name])
        mentions[who] = mentions.get(who, 0) + said.content.users[name]
    return mentions


def topic_batch(said: Topic, context: Context) -> Batch:
    """Return a topic, where it is and its tags, without its posts."""
    if not said.is_public:
        return Batch()
    target, place = topic_id(said.id), topic_place(said.id)
    author = None if said.author is None else str(said.author)
    events = (
        _event(
            Kind.POSTED,
            context,
            said.at_ms,
            target=target,
            actor=author,
            place=place,
            text=TOPIC,
        ),
        _event(
            Kind.PLACE_CHANGED,
            context,
            context.seen_ms,
            place=place,
            object=None if said.category is None else category_place(said.category),
            text=",".join(said.tags),
        ),
        deletion_event(target, place, context, back=not said.is_gone),
    )
    # A topic's title is not kept: people are shown its number.
    return Batch(events, places=(Place(NAME, place, f"topic {said.id}", TOPIC),))


def category_batch(said: Category, context: Context) -> Batch:
    """Return a category as it is now."""
    place = category_place(said.id)
    event = _event(
        Kind.PLACE_CHANGED,
        context,
        context.seen_ms,
        place=place,
        object=None if said.parent is None else category_place(said.parent),
        text="category",
    )
    return Batch((event,), places=(Place(NAME, place, said.name, "category"),))


def forum_batch(home: str, context: Context) -> Batch:
    """Return a forum as a place, by its address: that is part of what nodes are called."""
    event = _event(Kind.PLACE_CHANGED, context, context.seen_ms, place=home, text=FORUM)
    return Batch((event,), places=(Place(NAME, home, home.partition("://")[2], FORUM),))


def user_batch(said: User, context: Context) -> Batch:
    """Return a user with their trust level."""
    trust = () if said.trust is None else (_trust(said.id, said.trust, context),)
    return Batch(trust, (account(said.id, said.username, context),))


def like_batch(
    said: Like, found: ResolvedIds, context: Context, *, taken_back: bool = False
) -> Batch:
    """Return that somebody likes a post, or (`taken_back`) likes it no more.

    A like on a post that was not found is nothing. One without a time happened when it was
    heard; its end always did.
    """
    number = said.post or (found.posts.get(said.at) if said.at else None)
    if number is None:
        return Batch()
    at_ms = None if taken_back else said.at_ms
    event = _event(
        Kind.UNREACTED if taken_back else Kind.REACTED,
        context,
        context.seen_ms if at_ms is None else at_ms,
        actor=str(said.user),
        target=post_id(number),
        text=LIKE,
        estimated=at_ms is None and context.provenance is not Provenance.LIVE,
    )
    return Batch((event,), (account(said.user, said.username, context),))


def deletion_event(
    target: str, place: str | None, context: Context, *, back: bool = False
) -> Event:
    """Return that a post or topic ("post:5") was deleted, or that it is there after all."""
    kind = Kind.RESTORED if back else Kind.DELETED
    return _event(kind, context, context.seen_ms, target=target, place=place)


def account(number: int, username: str | None, context: Context) -> Account:
    """Return a user as they are to be remembered. Discourse's own have numbers below 0."""
    is_bot = number < 0 or (username or "").casefold() == context.bot.casefold() != ""
    return Account(NAME, str(number), "bot" if is_bot else "user", username)


def merge_batches(batches: Iterable[Batch]) -> Batch:
    """Return several batches of this module as one; of what is described twice, the last.

    Somebody's name that is not told again stays.
    """
    events: list[Event] = []
    accounts: dict[str, Account] = {}
    places: dict[str, Place] = {}
    for batch in batches:
        events += batch.events
        for one in batch.accounts:
            known = accounts.get(one.id, one)
            accounts[one.id] = replace(one, name=known.name) if one.name is None else one
        places |= {place.id: place for place in batch.places}
    return Batch(tuple(events), tuple(accounts.values()), tuple(places.values()))


def _trust(who: int, level: int, context: Context) -> Event:
    return _event(
        Kind.ROLES_CHANGED, context, context.seen_ms, actor=str(who), text=f"{TRUST}{level}"
    )


def _event(kind: Kind, context: Context, at_ms: int, **rest: Any) -> Event:  # noqa: ANN401
    return Event(
        source=NAME,
        kind=kind,
        at_ms=at_ms,
        seen_ms=context.seen_ms,
        provenance=context.provenance,
        **rest,
    )
