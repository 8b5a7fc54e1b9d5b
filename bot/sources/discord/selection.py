"""Which posts, reactions and mentions count, and who takes part."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.sources.discord.emoji import emoji_key, is_super
from bot.sources.discord.settings import Departed, Rules
from cred.facts.activity import Activity, Reactions
from cred.facts.directory import Directory
from cred.facts.events import MISSING, Numbers
from cred.facts.numbers import distinct, find
from cred.graph.builder import StructureBuilder

_DEEPEST: Final = 4
"""Most places followed (thread, channel, category): malformed data could loop forever."""


@dataclass(frozen=True, slots=True)
class ReviewedPosts:
    """Posts that get a node."""

    target: Numbers
    actor: Numbers
    place: Numbers
    at_ms: Numbers
    is_props: NDArray[np.bool_]
    """Whether it is in a props channel."""


@dataclass(frozen=True, slots=True)
class CountedReactions:
    """Reactions that count."""

    on: Numbers
    """Rows of `ReviewedPosts`."""
    actor: Numbers
    emoji: Numbers
    at_ms: Numbers


@dataclass(frozen=True, slots=True)
class CountedMentions:
    """Mentions that count."""

    on: Numbers
    """Rows of `ReviewedPosts`."""
    account: Numbers
    count: Numbers


class PostPlaces:
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
            self._is_included[row] = (
                rules.include_nsfw or marked.isdisjoint(path)
            ) and rules.excluded_channels.isdisjoint(ids)
            self._is_props[row] = not rules.props_channels.isdisjoint(ids)

    def are_included(self, place: Numbers) -> NDArray[np.bool_]:
        """Tell which places count: not those left out, nor NSFW ones unless they are wanted."""
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


def select_posts_and_reactions(
    activity: Activity,
    number: int,
    places: PostPlaces,
    takes_part: NDArray[np.bool_],
    rules: Rules,
) -> tuple[ReviewedPosts, CountedReactions]:
    """Return the posts that get a node, and the reactions that count.

    Only posts with a review get a node: those are kept, in the order of their number.
    """
    reactions = activity.reactions
    on = activity.posts.rows(reactions.target)
    # One more for MISSING (-1), which finds the last: no post.
    is_eligible = np.append(_eligible(activity, number, places, takes_part, rules), False)
    is_counted = is_eligible[on] & (reactions.source == number) & takes_part[reactions.actor]
    rows, emoji = _different_reactions(reactions, np.flatnonzero(is_counted), places.directory)
    reviewed, on = distinct(on[rows])
    return _posts(activity, places, reviewed), CountedReactions(
        on, reactions.actor[rows], emoji, reactions.at_ms[rows]
    )


def _different_reactions(
    reactions: Reactions, rows: NDArray[np.intp], directory: Directory
) -> tuple[NDArray[np.intp], Numbers]:
    """Return the rows without those that repeat a reaction, and the emoji of each.

    A custom emoji may have been renamed, a log may hold spellings of other programs, and one
    person may give an ordinary and a super reaction: of these, the earliest counts.
    """
    emoji = reactions.text[rows]
    texts, codes = distinct(emoji)
    names = [directory.text(number) for number in texts.tolist()]
    chosen: dict[str, int] = {}
    for _, number, name in sorted(
        (is_super(name), number, name)
        for number, name in zip(texts.tolist(), names, strict=True)
    ):
        chosen.setdefault(emoji_key(name), number)
    if len(chosen) == len(texts):
        return rows, emoji
    emoji = np.array([chosen[emoji_key(name)] for name in names], emoji.dtype)[codes]
    named_by = (emoji, reactions.actor[rows], reactions.target[rows])
    order = np.lexsort((reactions.at_ms[rows], *named_by))
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = np.logical_or.reduce(
        [column[order][1:] != column[order][:-1] for column in named_by]
    )
    kept = np.sort(order[is_first])
    return rows[kept], emoji[kept]


def select_mentions(
    activity: Activity, posts: ReviewedPosts, takes_part: NDArray[np.bool_]
) -> CountedMentions:
    """Return the mentions that count: in posts with a node, of accounts that take part."""
    mentions = activity.mentions
    on = find(posts.target, mentions.target)
    rows = np.flatnonzero((on != MISSING) & takes_part[mentions.account])
    return CountedMentions(on[rows], mentions.account[rows], mentions.count[rows])


def participants(activity: Activity, directory: Directory, rules: Rules) -> NDArray[np.bool_]:
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
    places: PostPlaces,
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


def _posts(activity: Activity, places: PostPlaces, rows: Numbers) -> ReviewedPosts:
    posts, place = activity.posts, activity.posts.place[rows]
    return ReviewedPosts(
        posts.target[rows], posts.actor[rows], place, posts.at_ms[rows], places.are_props(place)
    )
