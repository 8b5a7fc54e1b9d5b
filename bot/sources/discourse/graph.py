"""Builds the contribution graph of a forum from its activity.

A *review* is a like, and the *item* reviewed is the post. Unlike on Discord, topics and posts
are in the graph whether or not anybody liked them, and so are likes that weigh nothing (SPEC
§13). Users are in it if something else touches them: one that nothing touches neither has cred
nor gives any. Pure, and whole-column throughout: the only loops are over categories, sets of
tags, trust levels and relations, of which there are few, and, where bots are excluded, over
accounts.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bot.sources.discourse.declaration import DECLARATION
from bot.sources.discourse.forum_activity import ForumActivity, category_id
from bot.sources.discourse.settings import Rules
from bot.sources.discourse.subjects import NAME, QUOTES, REFERS, TRUST
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import MISSING, Numbers
from cred.facts.numbers import distinct
from cred.graph.builder import StructureBuilder
from cred.graph.key_labels import Column, ContributionKeys
from cred.graph.structure import ABSENT, Structure


def build_structure(activity: Activity, directory: Directory, rules: Rules) -> Structure:
    """Return the structure of a forum's contribution graph.

    Parameters
    ----------
    activity
        The current state of all sources; only Discourse's part is used.
    directory
        What the numbers in `activity` stand for.
    rules
        The community's choices.

    Returns
    -------
    Structure
        Without weights; empty if Discourse never recorded anything.
    """
    source = directory.source_number(NAME)
    if source is None:
        return StructureBuilder(DECLARATION, directory, rules.home).build()
    forum = ForumActivity(activity, directory, rules, source)
    builder = StructureBuilder(DECLARATION, directory, rules.home or forum.home(source))
    posts, topics, likes, mentions = forum.posts, forum.topics, forum.likes, forum.mentions

    # What mints: every post is an item, every like a review of it.
    items = builder.items(len(posts.target))
    place = posts.place[likes.post]
    reviews = builder.reviews(
        item=items[likes.post],
        reviewer=likes.actor,
        codes={
            "trust": _trust_codes(builder, activity, directory, likes.actor),
            "category": _category_codes(builder, directory, forum.places.category[place]),
            "tag": _tag_codes(builder, directory, forum.places.tags[place]),
            "post": _post_codes(builder, directory, posts.target, likes.post),
        },
        by_author=likes.actor == posts.actor[likes.post],
    )

    # Nodes of users that something touches, and of topics, posts and likes.
    by_author = np.flatnonzero(forum.takes_part[posts.actor])
    by_starter = np.flatnonzero(forum.takes_part[topics.actor])
    authors, starters = posts.actor[by_author], topics.actor[by_starter]
    accounts, rows = distinct(
        np.concatenate([authors, starters, likes.actor, mentions.account])
    )
    users = builder.nodes("user", [accounts], account=accounts)[rows]
    author, starter, liker, mentioned = np.split(
        users, np.cumsum([len(authors), len(starters), len(likes.actor)])
    )
    category = forum.places.category
    topic = builder.nodes(
        "topic",
        [topics.target],
        at_ms=topics.at_ms,
        contribution=topics.target,
        place=category[topics.place],
    )
    post = builder.nodes(
        "post",
        [posts.target],
        at_ms=posts.at_ms,
        contribution=posts.target,
        place=category[posts.place],
    )
    like_key = [likes.actor, posts.target[likes.post]]
    like = builder.nodes(
        "like", like_key, at_ms=likes.at_ms, place=category[place], review=reviews
    )

    # Authorship.
    builder.edges(
        "authors topic",
        [starters, topics.target[by_starter]],
        source=starter,
        target=topic[by_starter],
        at_ms=topics.at_ms[by_starter],
    )
    builder.edges(
        "authors post",
        [authors, posts.target[by_author]],
        source=author,
        target=post[by_author],
        at_ms=posts.at_ms[by_author],
    )

    # Likes.
    builder.edges("creates like", like_key, source=liker, target=like, at_ms=likes.at_ms)
    builder.edges(
        "likes post", like_key, source=like, target=post[likes.post], at_ms=likes.at_ms
    )

    # What posts lead to: users, the posts they reply to, and what they link to or quote.
    def edges_from_posts(kind: str, row: Column, other: Column, target: Column) -> None:
        builder.edges(
            kind,
            [posts.target[row], other],
            source=post[row],
            target=target,
            at_ms=posts.at_ms[row],
        )

    edges_from_posts("links to user", mentions.post, mentions.account, mentioned)
    child, parent = forum.replies()
    edges_from_posts("replies to post", child, posts.target[parent], post[parent])
    for relation, kind, targets, nodes in (
        (REFERS, "links to post", posts.target, post),
        (REFERS, "links to topic", topics.target, topic),
        (QUOTES, "quotes post", posts.target, post),
    ):
        row, other = forum.references(relation, targets)
        edges_from_posts(kind, row, targets[other], nodes[other])

    _build_topic_edges(builder, forum, topic, post, items)
    return builder.build()


def _build_topic_edges(
    builder: StructureBuilder,
    forum: ForumActivity,
    topic: Column,
    post: Column,
    items: Column,
) -> None:
    """Add the edges from topics to their posts, and once more to those that are liked."""
    posts, topics = forum.posts, forum.topics
    is_liked = np.zeros(len(post), np.bool_)
    is_liked[forum.likes.post] = True
    in_topic = posts.topic != MISSING
    for kind, row, by_likes in (
        ("contains post", np.flatnonzero(in_topic), False),
        ("has liked post", np.flatnonzero(in_topic & is_liked), True),
    ):
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


# The keys of each factor, which weights are given by.


def _codes(
    builder: StructureBuilder,
    factor: str,
    numbers: Numbers,
    keys: Callable[[int], tuple[str, ...]],
) -> NDArray[np.integer]:
    """Give `builder` the keys that numbers stand for; return the code of each number."""
    values, codes = distinct(numbers)
    builder.factor_keys(
        factor, [keys(number) if number != MISSING else () for number in values.tolist()]
    )
    return codes


def _trust_codes(
    builder: StructureBuilder, activity: Activity, directory: Directory, liker: Numbers
) -> NDArray[np.integer]:
    members = activity.members
    row = members.rows(liker)
    text = np.full(len(liker), MISSING, np.int64)
    text[row != MISSING] = members.roles[row[row != MISSING]]

    def keys(number: int) -> tuple[str, ...]:
        level = directory.text(number)
        return (level.removeprefix(TRUST),) if level.startswith(TRUST) else ()

    return _codes(builder, "trust", text, keys)


def _category_codes(
    builder: StructureBuilder, directory: Directory, categories: Numbers
) -> NDArray[np.integer]:
    return _codes(
        builder, "category", categories, lambda number: (category_id(directory, number),)
    )


def _tag_codes(
    builder: StructureBuilder, directory: Directory, tags: Numbers
) -> NDArray[np.integer]:
    def keys(number: int) -> tuple[str, ...]:
        return tuple(tag for tag in directory.text(number).split(",") if tag)

    return _codes(builder, "tag", tags, keys)


def _post_codes(
    builder: StructureBuilder, directory: Directory, posts: Numbers, rows: Numbers
) -> NDArray[np.integer]:
    builder.factor_keys("post", ContributionKeys(directory, posts, without_type=True))
    return rows
