"""Records of a forum's JSON as batches for the log. Pure; backfill and examples share it.

    post = records.parse_post(payload, home)     # checked; MalformedPayloadError
    ids = ResolvedIds(posts={…}, users={…})      # post.positions_to_resolve, .names_to_resolve
    batch = post_batch(post, ids, known, observation)

What is not public, or was written by nobody, gives an empty batch.
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
"""The state of a contribution that the log knows nothing about."""


@dataclass(frozen=True, slots=True)
class Observation:
    """How and when a payload was seen."""

    provenance: Provenance
    seen_ms: int
    bot: str = ""
    """Name of the bot's own user there; "": it has none."""


@dataclass(frozen=True, slots=True)
class ResolvedIds:
    """Ids that were looked up for a post. References to what is missing are left out."""

    posts: Mapping[PostPosition, int] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    """By name in lower case."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook says to read again. Nothing else of it is believed."""

    posts: frozenset[int] = frozenset()
    topics: frozenset[int] = frozenset()
    users: frozenset[str] = frozenset()
    """Names."""
    categories: bool = False
    likes: frozenset[tuple[str, int]] = frozenset()
    """(name of the user that gave it, post)."""


def parse_hint(payload: object) -> Hint:
    """Return what a webhook's body says to read again; nothing for a ping or an unknown kind.

    Raises
    ------
    MalformedPayloadError
        If it is not the body of a webhook.
    """
    if not isinstance(payload, Mapping) or not payload:
        raise MalformedPayloadError("a webhook's body is an object with one name")
    if "post" in payload:
        post = records.parse_post(payload["post"], "")
        return Hint(posts=frozenset({post.id}), topics=frozenset({post.topic}))
    if "topic" in payload:
        return Hint(topics=frozenset({records.parse_topic(payload["topic"]).id}))
    if "like" in payload:
        like = records.parse_webhook_like(payload["like"])
        if like.post is None or like.username is None:
            raise MalformedPayloadError("a like names no post or nobody")
        return Hint(posts=frozenset({like.post}), likes=frozenset({(like.username, like.post)}))
    for kind in ("user", "user_promoted"):  # to a higher trust level
        if kind in payload:
            return Hint(users=frozenset({records.parse_user(payload[kind]).username}))
    return Hint(categories="category" in payload)


def post_batch(
    post: Post, ids: ResolvedIds, known: CurrentContribution, observation: Observation
) -> Batch:
    """Return a post: its reply, links, quotes and mentions, and its author.

    Parameters
    ----------
    ids
        Of the posts and users that it refers to.
    known
        What the log knows of it: references that it no longer has are withdrawn.
    """
    if not (post.is_public and post.is_regular):
        return Batch()
    accounts: tuple[Account, ...] = ()
    events = tuple(_post_events(post, ids, known, observation))
    if post.author is not None:
        accounts = (account(post.author, post.username, observation, post.full_name),)
        if post.trust is not None:
            events = (*events, _trust_event(post.author, post.trust, observation))
    return Batch(events, accounts)


def _post_events(
    post: Post, ids: ResolvedIds, known: CurrentContribution, observation: Observation
) -> Iterator[Event]:
    target, place = post_id(post.id), topic_place(post.topic)
    author = None if post.author is None else str(post.author)
    changed_ms = post.edited_ms or post.at_ms

    def event(kind: Kind, at_ms: int, **rest: Any) -> Event:
        return _event(
            kind, observation, at_ms, target=target, actor=author, place=place, **rest
        )

    length = post.content.length if post.content else 0
    yield event(Kind.POSTED, post.at_ms, text=POST, value=length)
    yield from _changes_of_author(target, author, known, observation)
    parent = ids.posts.get(post.parent) if post.parent else None
    if parent is not None:
        yield event(Kind.REPLIED, post.at_ms, object=post_id(parent))
    if post.content is not None and post.edited_ms is not None:
        yield event(Kind.EDITED, post.edited_ms, value=length)
    # Nothing says which edit added a link. It is dated as its post, as with SourceCred, so that
    # its date does not depend on how often the post was read meanwhile.
    for (other, relation), count in _references(post, ids, known).items():
        at_ms = post.at_ms if count else changed_ms
        yield event(Kind.REFERENCED, at_ms, object=other, text=relation, value=count)
    for user, count in _mentions(post, ids, known).items():
        at_ms = post.at_ms if count else changed_ms
        yield event(Kind.MENTIONED, at_ms, object=user, value=count)
    yield deletion_event(target, place, observation, restored=not post.is_deleted)


def _changes_of_author(
    target: str, author: str | None, known: CurrentContribution, observation: Observation
) -> Iterator[Event]:
    """Yield that a contribution is another's now: it changed hands, or accounts were merged.

    First that it is nobody's: of a new author who opted out or was erased, nothing is recorded.
    """
    if not known.posted or author is None or author == known.author:
        return
    for actor in (None, author):
        yield _event(
            Kind.AUTHORED, observation, observation.seen_ms, target=target, actor=actor
        )


def _references(
    post: Post, ids: ResolvedIds, known: CurrentContribution
) -> dict[tuple[str, str], int]:
    """Return a post's references as (contribution, relation) → count; 0 withdraws one."""
    references = {(topic_id(post.topic), IN): 1}
    relations = [IN]
    if post.content is not None:  # while the text is hidden, no link is known to be gone
        relations += [REFERS, QUOTES]
        for number, count in post.content.topics.items():
            references[topic_id(number), REFERS] = count
        for relation, counts in ((REFERS, post.content.posts), (QUOTES, post.content.quotes)):
            for position in counts.keys() & ids.posts.keys():
                references[post_id(ids.posts[position]), relation] = counts[position]
    withdrawn = {reference: 0 for reference in known.references if reference[1] in relations}
    return dict(sorted((withdrawn | references).items()))


def _mentions(post: Post, ids: ResolvedIds, known: CurrentContribution) -> dict[str, int]:
    """Return the users that a post links to as account → count; 0 withdraws one."""
    if post.content is None:
        return {}
    mentions = dict.fromkeys(known.mentions, 0)
    for name in sorted(post.content.users.keys() & ids.users.keys()):
        user = str(ids.users[name])
        mentions[user] = mentions.get(user, 0) + post.content.users[name]
    return mentions


def topic_batch(
    topic: Topic, observation: Observation, known: CurrentContribution = UNKNOWN
) -> Batch:
    """Return a topic, its category and its tags, without its posts.

    Parameters
    ----------
    known
        What the log knows of it.
    """
    if not topic.is_public:
        return Batch()
    target, place = topic_id(topic.id), topic_place(topic.id)
    author = None if topic.author is None else str(topic.author)
    category = None if topic.category is None else category_place(topic.category)
    posted = _event(
        Kind.POSTED,
        observation,
        topic.at_ms,
        target=target,
        actor=author,
        place=place,
        text=TOPIC,
    )
    moved = _event(
        Kind.PLACE_CHANGED,
        observation,
        observation.seen_ms,
        place=place,
        object=category,
        text=",".join(topic.tags),
    )
    deletion = deletion_event(target, place, observation, restored=not topic.is_deleted)
    # A topic's title is not kept: people are shown its number.
    return Batch(
        (posted, *_changes_of_author(target, author, known, observation), moved, deletion),
        places=(Place(NAME, place, f"topic {topic.id}", TOPIC),),
    )


def category_batch(category: Category, observation: Observation) -> Batch:
    """Return a category as it is now."""
    place = category_place(category.id)
    event = _event(
        Kind.PLACE_CHANGED,
        observation,
        observation.seen_ms,
        place=place,
        object=None if category.parent is None else category_place(category.parent),
        text="category",
    )
    return Batch((event,), places=(Place(NAME, place, category.name, "category"),))


def forum_batch(home: str, observation: Observation) -> Batch:
    """Return a forum as a place; its id is its address, which is part of node addresses."""
    event = _event(Kind.PLACE_CHANGED, observation, observation.seen_ms, place=home, text=FORUM)
    return Batch((event,), places=(Place(NAME, home, home.partition("://")[2], FORUM),))


def user_batch(user: User, observation: Observation) -> Batch:
    """Return a user with their trust level."""
    trust = () if user.trust is None else (_trust_event(user.id, user.trust, observation),)
    return Batch(trust, (account(user.id, user.username, observation, user.full_name),))


def like_batch(
    like: Like, ids: ResolvedIds, observation: Observation, *, taken_back: bool = False
) -> Batch:
    """Return the batch for a like given or taken back.

    A like of a post that was not found gives an empty batch. One without a time is dated when
    it was seen, as is every like that was taken back.
    """
    post = like.post or (ids.posts.get(like.position) if like.position else None)
    if post is None:
        return Batch()
    at_ms = None if taken_back else like.at_ms
    event = _event(
        Kind.UNREACTED if taken_back else Kind.REACTED,
        observation,
        observation.seen_ms if at_ms is None else at_ms,
        actor=str(like.user),
        target=post_id(post),
        text=LIKE,
        estimated=at_ms is None and observation.provenance is not Provenance.LIVE,
    )
    return Batch((event,), (account(like.user, like.username, observation),))


def deletion_event(
    target: str, place: str | None, observation: Observation, *, restored: bool = False
) -> Event:
    """Return that a post or topic ("post:5") was deleted, or (`restored`) that it exists."""
    kind = Kind.RESTORED if restored else Kind.DELETED
    return _event(kind, observation, observation.seen_ms, target=target, place=place)


def account(
    number: int,
    username: str | None,
    observation: Observation,
    full_name: str | None = None,
) -> Account:
    """Return the account of a user. Discourse's own users, whose ids are below 0, are bots."""
    is_bot = number < 0 or (username or "").casefold() == observation.bot.casefold() != ""
    others = None if full_name is None else (full_name,)
    return Account(NAME, str(number), "bot" if is_bot else "user", username, other_names=others)


def merge_batches(batches: Iterable[Batch]) -> Batch:
    """Return several batches of this module as one, with the last description of each thing.

    What a later batch does not say of an account's names stays as it was.
    """
    events: list[Event] = []
    accounts: dict[str, Account] = {}
    places: dict[str, Place] = {}
    for batch in batches:
        events += batch.events
        for new in batch.accounts:
            known = accounts.get(new.id, new)
            others = known.other_names if new.other_names is None else new.other_names
            accounts[new.id] = replace(new, name=new.name or known.name, other_names=others)
        places |= {place.id: place for place in batch.places}
    return Batch(tuple(events), tuple(accounts.values()), tuple(places.values()))


def _trust_event(user: int, level: int, observation: Observation) -> Event:
    text = f"{TRUST}{level}"
    return _event(
        Kind.ROLES_CHANGED, observation, observation.seen_ms, actor=str(user), text=text
    )


def _event(kind: Kind, observation: Observation, at_ms: int, **rest: Any) -> Event:
    return Event(
        source=NAME,
        kind=kind,
        at_ms=at_ms,
        seen_ms=observation.seen_ms,
        provenance=observation.provenance,
        **rest,
    )
