"""Draws the contribution graph of a forum out of its activity.

A *review* is a like; the *item* reviewed is the post. Unlike on Discord, topics and posts are
drawn whether or not anybody liked them, and likes that weigh nothing stay (SPEC §13). Users are
drawn if something drawn touches them: one that nothing touches has no cred and gives none.
Pure, and whole-column throughout: the only loops are over categories, sets of tags, trust
levels and sorts, of which there are few, and, where bots are left out, over accounts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.sources.discourse.declaration import DECLARATION
from bot.sources.discourse.settings import Rules
from bot.sources.discourse.subjects import FORUM, IN, LIKE, NAME, QUOTES, REFERS, TOPIC, TRUST
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import MISSING, Numbers
from cred.facts.numbers import distinct, find
from cred.graph.builder import StructureBuilder
from cred.graph.key_labels import Column, ContributionKeys
from cred.graph.structure import ABSENT, Structure


def build_structure(activity: Activity, directory: Directory, rules: Rules) -> Structure:
    """Return the structure of a forum's contribution graph.

    Parameters
    ----------
    activity
        What is true now, of all sources; only Discourse's part is drawn.
    directory
        What the numbers in `activity` stand for.
    rules
        The community's choices.

    Returns
    -------
    Structure
        Without weights; empty where Discourse never recorded anything.
    """
    number = directory.source_number(NAME)
    if number is None:
        return StructureBuilder(DECLARATION, directory, rules.home).build()
    home = rules.home or _home(activity, directory, number)
    builder = StructureBuilder(DECLARATION, directory, home)
    forum = _Forum(activity, directory, rules, number)
    posts, topics = forum.posts, forum.topics
    likes = _likes(activity, directory, forum)
    items = builder.items(len(posts.target))
    reviews = builder.reviews(
        item=items[likes.on],
        reviewer=likes.actor,
        codes={
            "trust": _trust_codes(builder, activity, directory, likes.actor),
            "category": _category_codes(builder, forum, posts.where[likes.on]),
            "tag": _tag_codes(builder, forum, posts.where[likes.on]),
            "post": _post_codes(builder, directory, posts, likes.on),
        },
        by_author=likes.actor == posts.actor[likes.on],
    )
    mentions = activity.mentions
    on = find(posts.target, mentions.target)
    linked = (on != MISSING) & forum.takes_part[mentions.account]
    on, mentioned = on[linked], mentions.account[linked]

    by_author = np.flatnonzero(forum.takes_part[posts.actor])
    begun = np.flatnonzero(forum.takes_part[topics.actor])
    touched, who = distinct(
        np.concatenate([posts.actor[by_author], topics.actor[begun], likes.actor, mentioned])
    )
    users = builder.nodes("user", [touched], account=touched)[who]
    author, starter, liker, named = np.split(
        users, np.cumsum([len(by_author), len(begun), len(likes.actor)])
    )
    topic = builder.nodes(
        "topic", [topics.target], at_ms=topics.at_ms, contribution=topics.target
    )
    post = builder.nodes("post", [posts.target], at_ms=posts.at_ms, contribution=posts.target)
    key = [likes.actor, posts.target[likes.on]]
    like = builder.nodes("like", key, at_ms=likes.at_ms, review=reviews)

    builder.edges(
        "authors topic",
        [topics.actor[begun], topics.target[begun]],
        source=starter,
        target=topic[begun],
        at_ms=topics.at_ms[begun],
    )
    builder.edges(
        "authors post",
        [posts.actor[by_author], posts.target[by_author]],
        source=author,
        target=post[by_author],
        at_ms=posts.at_ms[by_author],
    )
    builder.edges("creates like", key, source=liker, target=like, at_ms=likes.at_ms)
    builder.edges("likes post", key, source=like, target=post[likes.on], at_ms=likes.at_ms)

    def from_post(kind: str, row: Column, other: Column, target: Column) -> None:
        builder.edges(
            kind,
            [posts.target[row], other],
            source=post[row],
            target=target,
            at_ms=posts.at_ms[row],
        )

    from_post("links to user", on, mentioned, named)
    child = find(posts.target, activity.replies.target)
    parent = find(posts.target, activity.replies.parent)
    both = (child != MISSING) & (parent != MISSING)
    from_post("replies to post", child[both], posts.target[parent[both]], post[parent[both]])
    for sort, kind, others, nodes in (
        (REFERS, "links to post", posts.target, post),
        (REFERS, "links to topic", topics.target, topic),
        (QUOTES, "quotes post", posts.target, post),
    ):
        row, other = forum.references(sort, others)
        from_post(kind, row, others[other], nodes[other])
    is_liked = np.zeros(len(post), np.bool_)
    is_liked[likes.on] = True
    _topics(builder, forum, topic, post, items, np.flatnonzero(is_liked))
    return builder.build()


def _topics(  # noqa: PLR0913, PLR0917 - what was drawn so far
    builder: StructureBuilder,
    forum: "_Forum",
    topic: Column,
    post: Column,
    items: Column,
    liked: Column,
) -> None:
    """Add the edges from topics to their posts."""
    posts, topics = forum.posts, forum.topics
    inside = np.flatnonzero(posts.topic != MISSING)
    for kind, row in (
        ("contains post", inside),
        ("has liked post", liked[posts.topic[liked] != MISSING]),
    ):
        by_likes = kind == "has liked post"
        builder.edges(
            kind,
            [topics.target[posts.topic[row]], posts.target[row]],
            source=topic[posts.topic[row]],
            target=post[row],
            at_ms=posts.at_ms[row],
            backward=0.0 if by_likes else 1.0,
            item=items[row] if by_likes else ABSENT,
            scaled_by_item=by_likes,
        )


@dataclass(frozen=True, slots=True)
class _Topics:
    """Topics that are drawn, ordered by `target`."""

    target: Numbers
    actor: Numbers
    at_ms: Numbers


@dataclass(frozen=True, slots=True)
class _Posts:
    """Posts that are drawn, ordered by `target`."""

    target: Numbers
    actor: Numbers
    at_ms: Numbers
    topic: Numbers
    """Row of the topic it is in, or `MISSING`."""
    where: Numbers
    """Row of `_Forum.places` of the topic it is in."""


@dataclass(frozen=True, slots=True)
class _Likes:
    """Likes that are drawn."""

    actor: Numbers
    on: Numbers
    """Row of the post."""
    at_ms: Numbers


class _Forum:
    """What of a forum is drawn."""

    def __init__(
        self, activity: Activity, directory: Directory, rules: Rules, number: int
    ) -> None:
        self._activity, self.directory = activity, directory
        self.takes_part = _participants(activity, directory, rules)
        table = activity.posts
        mine = np.flatnonzero(table.source == number)
        is_topic = _named(table.type[mine], directory, TOPIC)
        topics, posts = mine[is_topic], mine[~is_topic]
        child, parent = self._between(IN, table.target[posts], table.target[topics])
        topic = np.full(len(posts), MISSING, np.int64)
        topic[child] = parent
        # A post may have been moved: it is where its topic is, while that is known.
        place = table.place[posts].astype(np.int64)
        place[child] = table.place[topics[parent]]

        self.places, of_place = distinct(np.concatenate([table.place[topics], place]))
        self._read(rules)
        beginning_ms = rules.beginning_ms
        drawn = self._drawn[of_place]
        if beginning_ms is not None:
            drawn = drawn & (
                np.concatenate([table.at_ms[topics], table.at_ms[posts]]) >= beginning_ms
            )
        begun, written = drawn[: len(topics)], drawn[len(topics) :]
        # One more for MISSING (-1), which finds the last: no topic.
        row_of = np.append(np.where(begun, np.cumsum(begun) - 1, MISSING), MISSING)
        topics, posts = topics[begun], posts[written]
        self.topics = _Topics(table.target[topics], table.actor[topics], table.at_ms[topics])
        self.posts = _Posts(
            table.target[posts],
            table.actor[posts],
            table.at_ms[posts],
            row_of[topic[written]],
            of_place[len(row_of) - 1 :][written],
        )

    def references(self, sort: str, others: Numbers) -> tuple[Numbers, Numbers]:
        """Return which drawn posts refer to which of `others`, by rows."""
        return self._between(sort, self.posts.target, others)

    def _between(self, sort: str, targets: Numbers, others: Numbers) -> tuple[Numbers, Numbers]:
        references = self._activity.references
        row, other = find(targets, references.target), find(others, references.object)
        both = (row != MISSING) & (other != MISSING)
        both[both] = _named(references.type[both], self.directory, sort)
        return row[both], other[both]

    def _read(self, rules: Rules) -> None:
        """Read what the places are in, and which are drawn."""
        table = self._activity.places
        row = table.rows(self.places)
        known = row != MISSING
        self.category = np.full(len(row), MISSING, np.int64)
        self.category[known] = table.parent[row[known]]
        self.tags = np.full(len(row), MISSING, np.int64)
        self.tags[known] = table.type[row[known]]
        categories, of_category = distinct(self.category)
        left_out = [
            not rules.left_out.isdisjoint(self._outwards(one)) for one in categories.tolist()
        ]
        self._drawn = ~np.array(left_out, np.bool_)[of_category]

    def _outwards(self, category: int) -> set[str]:
        """Return the ids of a category and of those it is in."""
        table, ids, seen = self._activity.places, set[str](), set[int]()
        while category != MISSING and category not in seen:  # odd data may go in circles
            seen.add(category)
            ids.add(_category_key(self.directory, category))
            row = int(table.rows(np.array([category]))[0])
            category = MISSING if row == MISSING else int(table.parent[row])
        return ids


def _category_key(directory: Directory, place: int) -> str:
    """Return a category's id as settings and weights know it: of "c5" it is "5"."""
    return directory.place(place).removeprefix("c")


def _home(activity: Activity, directory: Directory, number: int) -> str:
    """Return the address of the forum that was read, the latest of several."""
    places = activity.places
    mine = np.flatnonzero((places.source == number) & (places.parent == MISSING))
    mine = mine[_named(places.type[mine], directory, FORUM)]
    ids = (directory.place(place) for place in reversed(places.place[mine].tolist()))
    # A topic in no category may be tagged "forum".
    return next((one for one in ids if "://" in one), "")


def _named(texts: Numbers, directory: Directory, wanted: str) -> NDArray[np.bool_]:
    """Tell which numbers of texts stand for one text."""
    some, of = distinct(texts)
    is_it = [one != MISSING and directory.text(one) == wanted for one in some.tolist()]
    return np.array(is_it, np.bool_)[of]


def _participants(activity: Activity, directory: Directory, rules: Rules) -> NDArray[np.bool_]:
    """Tell of every account number whether it takes part; the last row stands for MISSING."""
    columns = activity.posts.actor, activity.reactions.actor, activity.mentions.account
    highest = max((int(column.max()) for column in columns if len(column)), default=0)
    takes_part = np.ones(highest + 2, np.bool_)
    takes_part[MISSING] = False
    if not rules.include_bots:
        seen = np.zeros(len(takes_part), np.bool_)
        for column in columns:
            seen[column] = True
        seen[MISSING] = False
        for account in np.flatnonzero(seen).tolist():
            takes_part[account] = directory.account_kind(account) != "bot"
    return takes_part


def _likes(activity: Activity, directory: Directory, forum: _Forum) -> _Likes:
    reactions = activity.reactions
    on = find(forum.posts.target, reactions.target)
    rows = np.flatnonzero((on != MISSING) & forum.takes_part[reactions.actor])
    rows = rows[_named(reactions.text[rows], directory, LIKE)]
    return _Likes(reactions.actor[rows], on[rows], reactions.at_ms[rows])


def _codes(
    builder: StructureBuilder,
    factor: str,
    numbers: Numbers,
    keys: Callable[[int], tuple[str, ...]],
) -> NDArray[np.integer]:
    """Give `builder` the keys that numbers stand for; return each number's code."""
    some, codes = distinct(numbers)
    builder.factor_keys(factor, [keys(one) if one != MISSING else () for one in some.tolist()])
    return codes


def _trust_codes(
    builder: StructureBuilder, activity: Activity, directory: Directory, liker: Numbers
) -> NDArray[np.integer]:
    members = activity.members
    row = members.rows(liker)
    text = np.full(len(liker), MISSING, np.int64)
    text[row != MISSING] = members.roles[row[row != MISSING]]

    def keys(number: int) -> tuple[str, ...]:
        said = directory.text(number)
        return (said.removeprefix(TRUST),) if said.startswith(TRUST) else ()

    return _codes(builder, "trust", text, keys)


def _category_codes(
    builder: StructureBuilder, forum: _Forum, where: Numbers
) -> NDArray[np.integer]:
    def keys(number: int) -> tuple[str, ...]:
        return (_category_key(forum.directory, number),)

    return _codes(builder, "category", forum.category[where], keys)


def _tag_codes(builder: StructureBuilder, forum: _Forum, where: Numbers) -> NDArray[np.integer]:
    def keys(number: int) -> tuple[str, ...]:
        return tuple(tag for tag in forum.directory.text(number).split(",") if tag)

    return _codes(builder, "tag", forum.tags[where], keys)


def _post_codes(
    builder: StructureBuilder, directory: Directory, posts: _Posts, on: Numbers
) -> NDArray[np.integer]:
    builder.factor_keys("post", ContributionKeys(directory, posts.target, without_type=True))
    return on
