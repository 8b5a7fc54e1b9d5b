"""Builds the structure of a Discord server's contribution graph from its activity.

In the builder's terms, a message is an *item* and a reaction to it a *review*. A message that
has no reaction has no node; one whose reactions all weigh nothing is left out by the weighting
(SPEC §12). Members have a node if one of the other nodes touches them. Pure, and computed on
whole columns: the only loops are over accounts, places, emoji and sets of roles, of which there
are few.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.sources.discord.declaration import DECLARATION, NAME
from bot.sources.discord.settings import Departed, Rules
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import MISSING, Numbers
from cred.facts.numbers import distinct, find
from cred.graph.builder import StructureBuilder
from cred.graph.key_labels import ContributionKeys
from cred.graph.structure import ABSENT, Structure

_DEEPEST: Final = 4
"""Most places followed (thread, channel, category): malformed data could loop forever."""


@dataclass(frozen=True, slots=True)
class _Posts:
    """Posts that get a node."""

    target: Numbers
    actor: Numbers
    place: Numbers
    at_ms: Numbers
    is_props: NDArray[np.bool_]
    """Whether it is in a props channel."""


@dataclass(frozen=True, slots=True)
class _Reactions:
    """Reactions that count."""

    on: Numbers
    """Rows of `_Posts`."""
    actor: Numbers
    emoji: Numbers
    at_ms: Numbers


@dataclass(frozen=True, slots=True)
class _Mentions:
    """Mentions that count."""

    on: Numbers
    """Rows of `_Posts`."""
    account: Numbers
    count: Numbers


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
    places = _Places(activity, directory, rules)
    takes_part = _participants(activity, directory, rules)
    posts, reactions = _reviewed_posts(activity, number, places, takes_part, rules)
    mentions = _mentions(activity, posts, takes_part)

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


def _reviewed_posts(
    activity: Activity,
    number: int,
    places: "_Places",
    takes_part: NDArray[np.bool_],
    rules: Rules,
) -> tuple[_Posts, _Reactions]:
    """Return the posts that get a node, and the reactions that count.

    Only posts with a review get a node: those are kept, in the order of their number.
    """
    reactions = activity.reactions
    on = activity.posts.rows(reactions.target)
    # One more for MISSING (-1), which finds the last: no post.
    is_eligible = np.append(_eligible(activity, number, places, takes_part, rules), False)
    is_counted = is_eligible[on] & (reactions.source == number) & takes_part[reactions.actor]
    rows = np.flatnonzero(is_counted)
    reviewed, on = distinct(on[rows])
    return _posts(activity, places, reviewed), _Reactions(
        on, reactions.actor[rows], reactions.text[rows], reactions.at_ms[rows]
    )


def _mentions(activity: Activity, posts: _Posts, takes_part: NDArray[np.bool_]) -> _Mentions:
    """Return the mentions that count: in posts with a node, of accounts that take part."""
    mentions = activity.mentions
    on = find(posts.target, mentions.target)
    rows = np.flatnonzero((on != MISSING) & takes_part[mentions.account])
    return _Mentions(on[rows], mentions.account[rows], mentions.count[rows])


def _add_reviews(
    builder: StructureBuilder,
    activity: Activity,
    places: "_Places",
    posts: _Posts,
    reactions: _Reactions,
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
    posts: _Posts,
    reactions: _Reactions,
    reviews: Numbers,
    members: Numbers,
    messages: Numbers,
) -> None:
    """Add a node for each reaction, with edges to who reacted and to the message."""
    on, actor, emoji, at_ms = reactions.on, reactions.actor, reactions.emoji, reactions.at_ms
    place, target = posts.place[on], posts.target[on]
    nodes = builder.nodes(
        "reaction", [place, emoji, actor, target], at_ms=at_ms, review=reviews
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
    posts: _Posts,
    mentions: _Mentions,
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
    posts: _Posts,
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


def _participants(activity: Activity, directory: Directory, rules: Rules) -> NDArray[np.bool_]:
    """Tell whether each account number takes part; the last row stands for MISSING."""
    highest = max(
        (
            int(column.max())
            for column in (
                activity.posts.actor,
                activity.reactions.actor,
                activity.mentions.account,
                activity.members.account,
            )
            if len(column)
        ),
        default=0,
    )
    seen = np.zeros(highest + 2, np.bool_)
    for column in (activity.posts.actor, activity.reactions.actor, activity.mentions.account):
        seen[column] = True
    seen[MISSING] = False
    if rules.departed is Departed.DROP:
        member = np.zeros(len(seen), np.bool_)
        member[activity.members.account[activity.members.present]] = True
        seen &= member
    for account in np.flatnonzero(seen).tolist():
        kind = directory.account_kind(account)
        seen[account] = kind != "webhook" and (rules.include_bots or kind != "bot")
    return seen


def _eligible(
    activity: Activity,
    number: int,
    places: "_Places",
    takes_part: NDArray[np.bool_],
    rules: Rules,
) -> NDArray[np.bool_]:
    """Tell which posts get a node if there is a review of them."""
    posts = activity.posts
    eligible: NDArray[np.bool_] = (posts.source == number) & places.are_included(posts.place)
    if rules.beginning_ms is not None:
        eligible &= posts.at_ms >= rules.beginning_ms
    # What a webhook posted is nobody's, and is left out. A post of somebody who does not take
    # part is not, so that what others did with it counts.
    webhook = np.zeros(len(takes_part), np.bool_)
    webhook[posts.actor] = True
    webhook &= ~takes_part
    webhook[MISSING] = False
    for account in np.flatnonzero(webhook).tolist():
        webhook[account] = places.directory.account_kind(account) == "webhook"
    eligible &= ~webhook[posts.actor]
    return eligible


def _posts(activity: Activity, places: "_Places", rows: Numbers) -> _Posts:
    posts, place = activity.posts, activity.posts.place[rows]
    return _Posts(
        posts.target[rows], posts.actor[rows], place, posts.at_ms[rows], places.are_props(place)
    )


class _Places:
    """Properties of the places that posts are in."""

    def __init__(self, activity: Activity, directory: Directory, rules: Rules) -> None:
        self.directory = directory
        table = activity.places
        parent = dict(zip(table.place.tolist(), table.parent.tolist(), strict=True))
        marked = set(table.place[table.nsfw].tolist())
        self._numbers, _ = distinct(activity.posts.place)
        self._paths: list[tuple[str, ...]] = []
        self._is_included = np.zeros(len(self._numbers), np.bool_)
        self._is_props = np.zeros(len(self._numbers), np.bool_)
        for row, number in enumerate(self._numbers.tolist()):
            path = _path(number, parent)
            ids = tuple(directory.place(step) for step in path)
            self._paths.append(ids)
            self._is_included[row] = rules.include_nsfw or marked.isdisjoint(path)
            self._is_props[row] = not rules.props_channels.isdisjoint(ids)

    def are_included(self, place: Numbers) -> NDArray[np.bool_]:
        """Tell which places count, NSFW or not."""
        return self._is_included[find(self._numbers, place)]

    def are_props(self, place: Numbers) -> NDArray[np.bool_]:
        """Tell which places are props channels, or threads in one."""
        return self._is_props[find(self._numbers, place)]

    def codes(self, builder: StructureBuilder, place: Numbers) -> NDArray[np.integer]:
        """Give `builder` the paths of all places; return the code of each row."""
        builder.factor_keys("channel", self._paths)
        return find(self._numbers, place)


def _path(place: int, parent: dict[int, int]) -> list[int]:
    """Return a place and the places around it, from the inside out."""
    path: list[int] = []
    while place != MISSING and place not in path and len(path) < _DEEPEST:
        path.append(place)
        place = parent.get(place, MISSING)
    return path


def _emoji_codes(
    builder: StructureBuilder, directory: Directory, emoji: Numbers
) -> NDArray[np.integer]:
    texts, codes = distinct(emoji)
    builder.factor_keys("emoji", [(directory.text(text),) for text in texts.tolist()])
    return codes


def _message_codes(
    builder: StructureBuilder, directory: Directory, posts: _Posts, on: Numbers
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
