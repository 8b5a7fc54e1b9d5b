"""Draws the contribution graph of a Discord server out of its activity.

A *review* is a reaction; the *item* reviewed is the message. A message without any reaction
is not drawn, one whose reactions all weigh nothing is left out by the weighing (SPEC §12).
Members are drawn if something drawn touches them. Pure, and whole-column throughout: the only
loops are over accounts, places, emoji and sets of roles, of which there are few.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.sources.discord.declaration import DECLARATION, NAME
from bot.sources.discord.rules import Departed, Rules
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import NOBODY, Numbers
from cred.facts.numbers import distinct, find
from cred.graph.builder import ContributionKeys, StructureBuilder
from cred.graph.structure import ABSENT, Structure

_DEEPEST: Final = 4
"""Longest chain of places followed (thread, channel, category), lest odd data loop forever."""


@dataclass(frozen=True, slots=True)
class _Posts:
    """Posts that are drawn."""

    target: Numbers
    actor: Numbers
    place: Numbers
    at_ms: Numbers
    props: NDArray[np.bool_]


def build_structure(activity: Activity, directory: Directory, rules: Rules) -> Structure:
    """Return the structure of a server's contribution graph.

    Parameters
    ----------
    activity
        What is true now, of all sources; only Discord's part is drawn.
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

    reactions = activity.reactions
    on = activity.posts.rows(reactions.target)
    # One more for NOBODY (-1), which finds the last: no post.
    drawable = np.append(_drawable(activity, number, places, takes_part, rules), False)
    counted = drawable[on] & (reactions.source == number) & takes_part[reactions.actor]
    rows = np.flatnonzero(counted)
    # Only posts with a review are drawn: keep them, renumbered, in the order of their number.
    reviewed, on = distinct(on[rows])
    posts = _posts(activity, places, reviewed)
    actor, emoji, at_ms = reactions.actor[rows], reactions.text[rows], reactions.at_ms[rows]
    place_on, target_on = posts.place[on], posts.target[on]

    items = builder.items(len(posts.target))
    by_author = actor == posts.actor[on]
    reviews = builder.reviews(
        item=items[on],
        reviewer=actor,
        codes={
            "emoji": _emoji_codes(builder, directory, emoji),
            "channel": places.codes(builder, place_on),
            "message": _message_codes(builder, directory, posts, on),
            "role": _role_codes(builder, activity, directory, actor),
        },
        by_author=by_author,
        void=by_author & ~posts.props[on],
    )

    mention = activity.mentions
    mention_on = find(posts.target, mention.target)
    mention_rows = np.flatnonzero((mention_on != NOBODY) & takes_part[mention.account])
    mention_on = mention_on[mention_rows]
    mentioned, times = mention.account[mention_rows], mention.count[mention_rows]

    authored = np.flatnonzero(takes_part[posts.actor])
    touches = np.zeros(len(takes_part), np.bool_)
    for accounts in (actor, mentioned, posts.actor[authored]):
        touches[accounts] = True
    touched = np.flatnonzero(touches)
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
        nodes = builder.nodes(
            "reaction", [place_on, emoji, actor, target_on], at_ms=at_ms, review=reviews
        )
        builder.edges(
            "adds reaction",
            [actor, actor, emoji, place_on, target_on],
            source=members[actor],
            target=nodes,
            at_ms=at_ms,
            review=reviews,
        )
        builder.edges(
            "reacts to",
            [emoji, actor, place_on, target_on],
            source=nodes,
            target=messages[on],
            at_ms=at_ms,
            review=reviews,
        )
    for kind, chosen in (
        ("mentions", ~posts.props[mention_on]),
        ("props", posts.props[mention_on]),
    ):
        row, account = mention_on[chosen], mentioned[chosen]
        builder.edges(
            kind,
            [place[row], author[row], target[row], account, account],
            source=messages[row],
            target=members[account],
            at_ms=posts.at_ms[row],
            forward=times[chosen],
            item=items[row],
        )
    _replies(builder, activity, posts, messages, items)
    return builder.build()


def _replies(
    builder: StructureBuilder,
    activity: Activity,
    posts: _Posts,
    messages: Numbers,
    items: Numbers,
) -> None:
    """Add an edge for each reply whose both ends are drawn."""
    child = find(posts.target, activity.replies.target)
    parent = find(posts.target, activity.replies.parent)
    both = (child != NOBODY) & (parent != NOBODY)
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
    """Tell of every account number whether it takes part; the last row stands for NOBODY."""
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
    seen[NOBODY] = False
    if rules.departed is Departed.DROP:
        member = np.zeros(len(seen), np.bool_)
        member[activity.members.account[activity.members.present]] = True
        seen &= member
    for account in np.flatnonzero(seen).tolist():
        kind = directory.account_kind(account)
        seen[account] = kind != "webhook" and (rules.include_bots or kind != "bot")
    return seen


def _drawable(
    activity: Activity,
    number: int,
    places: "_Places",
    takes_part: NDArray[np.bool_],
    rules: Rules,
) -> NDArray[np.bool_]:
    """Tell which posts are drawn if there is a review of them."""
    posts = activity.posts
    drawn: NDArray[np.bool_] = (posts.source == number) & places.drawn(posts.place)
    if rules.beginning_ms is not None:
        drawn &= posts.at_ms >= rules.beginning_ms
    # What a webhook posted is nobody's, and is not drawn; that of somebody who does not take
    # part is, so that what others did with it counts.
    webhook = np.zeros(len(takes_part), np.bool_)
    webhook[posts.actor] = True
    webhook &= ~takes_part
    webhook[NOBODY] = False
    for account in np.flatnonzero(webhook).tolist():
        webhook[account] = places.directory.account_kind(account) == "webhook"
    drawn &= ~webhook[posts.actor]
    return drawn


def _posts(activity: Activity, places: "_Places", rows: Numbers) -> _Posts:
    posts, place = activity.posts, activity.posts.place[rows]
    return _Posts(
        posts.target[rows], posts.actor[rows], place, posts.at_ms[rows], places.props(place)
    )


class _Places:
    """What is to be known of the places that posts are in."""

    def __init__(self, activity: Activity, directory: Directory, rules: Rules) -> None:
        self.directory = directory
        table = activity.places
        parent = dict(zip(table.place.tolist(), table.parent.tolist(), strict=True))
        marked = set(table.place[table.nsfw].tolist())
        self._numbers, _ = distinct(activity.posts.place)
        self._paths: list[tuple[str, ...]] = []
        self._drawn = np.zeros(len(self._numbers), np.bool_)
        self._props = np.zeros(len(self._numbers), np.bool_)
        for row, number in enumerate(self._numbers.tolist()):
            path = _path(number, parent)
            ids = tuple(directory.place(step) for step in path)
            self._paths.append(ids)
            self._drawn[row] = rules.include_nsfw or marked.isdisjoint(path)
            self._props[row] = not rules.props_channels.isdisjoint(ids)

    def drawn(self, place: Numbers) -> NDArray[np.bool_]:
        """Tell which places are taken in."""
        return self._drawn[find(self._numbers, place)]

    def props(self, place: Numbers) -> NDArray[np.bool_]:
        """Tell which places are props channels, or threads in one."""
        return self._props[find(self._numbers, place)]

    def codes(self, builder: StructureBuilder, place: Numbers) -> NDArray[np.integer]:
        """Give `builder` the paths of places; return each one's code."""
        builder.factor_keys("channel", self._paths)
        return find(self._numbers, place)


def _path(place: int, parent: dict[int, int]) -> list[int]:
    """Return a place with all that it is in, from the inside out."""
    path: list[int] = []
    while place != NOBODY and place not in path and len(path) < _DEEPEST:
        path.append(place)
        place = parent.get(place, NOBODY)
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
    """Give `builder` the sets of roles that reviewers have; return each review's code."""
    members = activity.members
    row = members.rows(reviewer)
    text = np.full(len(reviewer), NOBODY, np.int64)
    text[row != NOBODY] = members.roles[row[row != NOBODY]]
    texts, codes = distinct(text)
    builder.factor_keys(
        "role",
        [
            tuple(role for role in directory.text(number).split(",") if role)
            if number != NOBODY
            else ()
            for number in texts.tolist()
        ],
    )
    return codes
