"""The part of a community's activity that a forum's graph is built from, as columns."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.sources.discourse.settings import Rules
from bot.sources.discourse.subjects import FORUM, IN, LIKE, TOPIC
from bot.sources.discourse.threads import find_replies
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import MISSING, Numbers
from cred.facts.numbers import distinct, find

_CATEGORY_PREFIX: Final = "c"


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics that count, ordered by `target`."""

    target: Numbers
    actor: Numbers
    at_ms: Numbers
    place: Numbers
    """Row in `ForumPlaces`."""


@dataclass(frozen=True, slots=True)
class ForumPosts:
    """The posts that count, ordered by `target`."""

    target: Numbers
    actor: Numbers
    at_ms: Numbers
    topic: Numbers
    """Row in `Topics` of the topic that it is in, or `MISSING`."""
    place: Numbers
    """Row in `ForumPlaces` of that topic."""


@dataclass(frozen=True, slots=True)
class Likes:
    """The likes that count."""

    actor: Numbers
    post: Numbers
    """Row in `ForumPosts`."""
    at_ms: Numbers


@dataclass(frozen=True, slots=True)
class ForumMentions:
    """The mentions that count."""

    post: Numbers
    """Row in `ForumPosts`."""
    account: Numbers


@dataclass(frozen=True, slots=True)
class ForumPlaces:
    """Topics as places: what they are in."""

    category: Numbers
    """Place number of the category, or `MISSING`."""
    tags: Numbers
    """Text number of the tags, or `MISSING`."""


class ForumActivity:
    """The part of a forum's activity that counts.

    Parameters
    ----------
    activity
        The current state of all sources.
    directory
        What the numbers in `activity` stand for.
    rules
        The community's choices.
    source
        Number of the source.

    Attributes
    ----------
    takes_part
        Whether an account takes part, by account number; the last row is that of `MISSING`.
    """

    def __init__(
        self, activity: Activity, directory: Directory, rules: Rules, source: int
    ) -> None:
        self._activity, self._directory = activity, directory
        self.takes_part = _participants(activity, directory, rules)
        posts = activity.posts
        mine = np.flatnonzero(posts.source == source)
        is_topic = is_text(posts.type[mine], directory, TOPIC)
        topic_rows, post_rows = mine[is_topic], mine[~is_topic]

        # The topic and the place of each post. A post may have been moved: while its topic is
        # known, it is where that one is.
        child, parent = self._referring(IN, posts.target[post_rows], posts.target[topic_rows])
        topic_of = np.full(len(post_rows), MISSING, np.int64)
        topic_of[child] = parent
        place = posts.place[post_rows].astype(np.int64)
        place[child] = posts.place[topic_rows[parent]]
        self._replies = find_replies(
            activity.replies,
            posts.target[post_rows],
            posts.at_ms[post_rows],
            topic_of,
            place != posts.place[post_rows],
        )
        numbers, place_rows = distinct(np.concatenate([posts.place[topic_rows], place]))
        self.places = self._read_places(numbers)

        # Which of them count.
        counts = self._is_included(self.places.category, rules)[place_rows]
        if rules.start_ms is not None:
            at_ms = np.concatenate([posts.at_ms[topic_rows], posts.at_ms[post_rows]])
            counts = counts & (at_ms >= rules.start_ms)
        has_topic, has_post = counts[: len(topic_rows)], counts[len(topic_rows) :]
        # One more for MISSING (-1), which finds the last: no topic.
        new_row = np.append(np.where(has_topic, np.cumsum(has_topic) - 1, MISSING), MISSING)

        topics = topic_rows[has_topic]
        self.topics = Topics(
            posts.target[topics],
            posts.actor[topics],
            posts.at_ms[topics],
            place_rows[: len(topic_rows)][has_topic],
        )
        rows = post_rows[has_post]
        self.posts = ForumPosts(
            posts.target[rows],
            posts.actor[rows],
            posts.at_ms[rows],
            new_row[topic_of[has_post]],
            place_rows[len(topic_rows) :][has_post],
        )
        self.likes = self._likes()
        self.mentions = self._mentions()

    def references(self, relation: str, others: Numbers) -> tuple[Numbers, Numbers]:
        """Return which posts have a relation to which of `others`, by rows of both."""
        return self._referring(relation, self.posts.target, others)

    def replies(self) -> tuple[Numbers, Numbers]:
        """Return which posts reply to which, by rows of both."""
        child, parent = (find(self.posts.target, ends) for ends in self._replies)
        both = (child != MISSING) & (parent != MISSING)
        return child[both], parent[both]

    def home(self, source: int) -> str:
        """Return the address of the forum that was read, the latest of several."""
        places = self._activity.places
        mine = np.flatnonzero((places.source == source) & (places.parent == MISSING))
        mine = mine[is_text(places.type[mine], self._directory, FORUM)]
        ids = (self._directory.place(place) for place in reversed(places.place[mine].tolist()))
        # A topic in no category may be tagged "forum".
        return next((place for place in ids if "://" in place), "")

    def _likes(self) -> Likes:
        reactions = self._activity.reactions
        post = find(self.posts.target, reactions.target)
        rows = np.flatnonzero((post != MISSING) & self.takes_part[reactions.actor])
        rows = rows[is_text(reactions.text[rows], self._directory, LIKE)]
        return Likes(reactions.actor[rows], post[rows], reactions.at_ms[rows])

    def _mentions(self) -> ForumMentions:
        mentions = self._activity.mentions
        post = find(self.posts.target, mentions.target)
        counts = (post != MISSING) & self.takes_part[mentions.account]
        return ForumMentions(post[counts], mentions.account[counts])

    def _referring(
        self, relation: str, targets: Numbers, others: Numbers
    ) -> tuple[Numbers, Numbers]:
        references = self._activity.references
        row, other = find(targets, references.target), find(others, references.object)
        both = (row != MISSING) & (other != MISSING)
        both[both] = is_text(references.type[both], self._directory, relation)
        return row[both], other[both]

    def _read_places(self, numbers: Numbers) -> ForumPlaces:
        table = self._activity.places
        row = table.rows(numbers)
        known = row != MISSING
        category = np.full(len(row), MISSING, np.int64)
        category[known] = table.parent[row[known]]
        tags = np.full(len(row), MISSING, np.int64)
        tags[known] = table.type[row[known]]
        return ForumPlaces(category, tags)

    def _is_included(self, category: Numbers, rules: Rules) -> NDArray[np.bool_]:
        """Tell of each category number whether neither it nor one around it is excluded."""
        categories, codes = distinct(category)
        is_included = [
            rules.excluded_categories.isdisjoint(self._with_parents(number))
            for number in categories.tolist()
        ]
        return np.array(is_included, np.bool_)[codes]

    def _with_parents(self, category: int) -> set[str]:
        """Return the ids of a category and of those that it is in."""
        table, ids, seen = self._activity.places, set[str](), set[int]()
        while category != MISSING and category not in seen:  # odd data may go in circles
            seen.add(category)
            ids.add(category_id(self._directory, category))
            row = int(table.rows(np.array([category]))[0])
            category = MISSING if row == MISSING else int(table.parent[row])
        return ids


def category_id(directory: Directory, place: int) -> str:
    """Return a category's id as settings and weights have it: of the place "c5" it is "5"."""
    return directory.place(place).removeprefix(_CATEGORY_PREFIX)


def is_text(texts: Numbers, directory: Directory, wanted: str) -> NDArray[np.bool_]:
    """Tell which text numbers stand for one text."""
    numbers, codes = distinct(texts)
    is_wanted = [
        number != MISSING and directory.text(number) == wanted for number in numbers.tolist()
    ]
    return np.array(is_wanted, np.bool_)[codes]


def _participants(activity: Activity, directory: Directory, rules: Rules) -> NDArray[np.bool_]:
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
