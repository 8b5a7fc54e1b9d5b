"""Builds the structure of a Discord server's contribution graph from its activity.

In the builder's terms, a message is an *item* and a reaction to it a *review*. A message that
has no reaction has no node; one whose reactions all weigh nothing is left out by the weighting
(SPEC §12). Members have a node if one of the other nodes touches them. Pure, and computed on
whole columns: the only loops are over accounts, places, emoji and sets of roles, of which there
are few.
"""

import numpy as np
from numpy.typing import NDArray

from bot.sources.discord.declaration import DECLARATION, NAME
from bot.sources.discord.emoji import emoji_key, ordinary
from bot.sources.discord.selection import (
    CountedMentions,
    CountedReactions,
    PostPlaces,
    ReviewedPosts,
    participants,
    select_mentions,
    select_posts_and_reactions,
)
from bot.sources.discord.settings import Rules
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import MISSING, Numbers
from cred.facts.numbers import distinct, find
from cred.graph.builder import StructureBuilder
from cred.graph.key_labels import ContributionKeys
from cred.graph.structure import ABSENT, Structure


def build_structure(activity: Activity, directory: Directory, rules: Rules) -> Structure:
    """Return the structure of a server's contribution graph.

    Parameters
    ----------
    activity
        What is true now, of all sources; only Discord's part is used.
    directory
        What the numbers in `activity` stand for.
    rules
        The community's choices.

    Returns
    -------
    Structure
        Without weights; empty where Discord never recorded anything.
    """
    builder = StructureBuilder(DECLARATION, directory)
    number = directory.source_number(NAME)
    if number is None:
        return builder.build()
    places = PostPlaces(activity, directory, rules)
    takes_part = participants(activity, directory, rules)
    posts, reactions = select_posts_and_reactions(activity, number, places, takes_part, rules)
    mentions = select_mentions(activity, posts, takes_part)

    # What mints: every post is an item, every reaction a review of it.
    items = builder.items(len(posts.target))
    reviews = _add_reviews(builder, activity, places, posts, reactions, items)

    # Nodes of the members that something touches, and of the messages.
    authored = np.flatnonzero(takes_part[posts.actor])
    is_touched = np.zeros(len(takes_part), np.bool_)
    for accounts in (reactions.actor, mentions.account, posts.actor[authored]):
        is_touched[accounts] = True
    touched = np.flatnonzero(is_touched)
    members = np.full(len(takes_part), ABSENT, np.int64)
    members[touched] = builder.nodes("member", [touched, touched], account=touched)
    messages = builder.nodes(
        "message",
        [posts.place, posts.target],
        at_ms=posts.at_ms,
        contribution=posts.target,
        place=posts.place,
        item=items,
        mints_item=rules.simplify,
    )

    author, place, target = posts.actor, posts.place, posts.target
    builder.edges(
        "authors",
        [author[authored], author[authored], place[authored], target[authored]],
        source=members[author[authored]],
        target=messages[authored],
        at_ms=posts.at_ms[authored],
        item=items[authored],
    )
    if not rules.simplify:
        _add_reactions(builder, posts, reactions, reviews, members, messages)
    _add_mentions(builder, posts, mentions, members, messages, items)
    _add_replies(builder, activity, posts, messages, items)
    return builder.build()


def _add_reviews(
    builder: StructureBuilder,
    activity: Activity,
    places: PostPlaces,
    posts: ReviewedPosts,
    reactions: CountedReactions,
    items: Numbers,
) -> Numbers:
    """Add a review for each reaction; return their numbers."""
    directory, on = places.directory, reactions.on
    by_author = reactions.actor == posts.actor[on]
    return builder.reviews(
        item=items[on],
        reviewer=reactions.actor,
        codes={
            "emoji": _emoji_codes(builder, directory, reactions.emoji),
            "channel": places.codes(builder, posts.place[on]),
            "message": _message_codes(builder, directory, posts, on),
            "role": _role_codes(builder, activity, directory, reactions.actor),
        },
        by_author=by_author,
        void=by_author & ~posts.is_props[on],
    )


def _add_reactions(
    builder: StructureBuilder,
    posts: ReviewedPosts,
    reactions: CountedReactions,
    reviews: Numbers,
    members: Numbers,
    messages: Numbers,
) -> None:
    """Add a node for each reaction, with edges to who reacted and to the message."""
    on, actor, emoji, at_ms = reactions.on, reactions.actor, reactions.emoji, reactions.at_ms
    place, target = posts.place[on], posts.target[on]
    nodes = builder.nodes(
        "reaction", [place, emoji, actor, target], at_ms=at_ms, place=place, review=reviews
    )
    builder.edges(
        "adds reaction",
        [actor, actor, emoji, place, target],
        source=members[actor],
        target=nodes,
        at_ms=at_ms,
        review=reviews,
    )
    builder.edges(
        "reacts to",
        [emoji, actor, place, target],
        source=nodes,
        target=messages[on],
        at_ms=at_ms,
        review=reviews,
    )


def _add_mentions(
    builder: StructureBuilder,
    posts: ReviewedPosts,
    mentions: CountedMentions,
    members: Numbers,
    messages: Numbers,
    items: Numbers,
) -> None:
    """Add an edge for each mention, which is praise in a props channel."""
    is_props = posts.is_props[mentions.on]
    for kind, chosen in (("mentions", ~is_props), ("props", is_props)):
        row, account = mentions.on[chosen], mentions.account[chosen]
        builder.edges(
            kind,
            [posts.place[row], posts.actor[row], posts.target[row], account, account],
            source=messages[row],
            target=members[account],
            at_ms=posts.at_ms[row],
            forward=mentions.count[chosen],
            item=items[row],
        )


def _add_replies(
    builder: StructureBuilder,
    activity: Activity,
    posts: ReviewedPosts,
    messages: Numbers,
    items: Numbers,
) -> None:
    """Add an edge for each reply between two messages that have a node."""
    child = find(posts.target, activity.replies.target)
    parent = find(posts.target, activity.replies.parent)
    both = (child != MISSING) & (parent != MISSING)
    child, parent = child[both], parent[both]
    builder.edges(
        "replies",
        [posts.place[child], posts.target[child], posts.target[parent]],
        source=messages[child],
        target=messages[parent],
        at_ms=posts.at_ms[child],
        item=items[child],
    )


def _emoji_codes(
    builder: StructureBuilder, directory: Directory, emoji: Numbers
) -> NDArray[np.integer]:
    texts, codes = distinct(emoji)
    names = [directory.text(number) for number in texts.tolist()]
    builder.factor_keys("emoji", [(ordinary(name), emoji_key(name)) for name in names])
    return codes


def _message_codes(
    builder: StructureBuilder, directory: Directory, posts: ReviewedPosts, on: Numbers
) -> NDArray[np.integer]:
    builder.factor_keys("message", ContributionKeys(directory, posts.target))
    return on


def _role_codes(
    builder: StructureBuilder,
    activity: Activity,
    directory: Directory,
    reviewer: Numbers,
) -> NDArray[np.integer]:
    """Give `builder` the sets of roles of reviewers; return the code of each review."""
    members = activity.members
    row = members.rows(reviewer)
    text = np.full(len(reviewer), MISSING, np.int64)
    text[row != MISSING] = members.roles[row[row != MISSING]]
    texts, codes = distinct(text)
    builder.factor_keys(
        "role",
        [
            tuple(role for role in directory.text(number).split(",") if role)
            if number != MISSING
            else ()
            for number in texts.tolist()
        ],
    )
    return codes
