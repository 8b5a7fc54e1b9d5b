"""The present state of a community, folded from all its events.

A later event about a subject replaces an earlier one, in log order; `cred.facts.events` says
what the subject of an event is. The fold is arithmetic on whole columns: a million events take
well under a second, so it is repeated rather than maintained.

Rows are ordered by the numbers that name them (mentions by log position). So two logs that hold
the same facts under the same numbers fold to the same columns, whatever happened in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.facts import events
from cred.facts.events import MISSING, NSFW, EventColumns, Family, Kind, Numbers
from cred.facts.numbers import find

_LARGEST_KEY: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts that were not deleted, ordered by `target`."""

    target: Numbers
    """The contribution that the post is."""
    source: NDArray[np.int16]
    actor: Numbers
    """Its author, or `MISSING`."""
    place: Numbers
    at_ms: NDArray[np.int64]
    length: NDArray[np.int64]
    """Characters, after the latest edit."""
    type: Numbers
    """Number of the text that names the type of contribution; `MISSING` where its source has
    only one."""

    def rows(self, targets: Numbers) -> NDArray[np.int64]:
        """Return the row of each contribution, or `MISSING` if it is not a post (any more)."""
        return find(self.target, targets)


@dataclass(frozen=True, slots=True)
class Replies:
    """Which contribution answers which, ordered by `target`; deleted ones are included."""

    target: Numbers
    parent: Numbers
    """May be a contribution that nobody saw posted."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who is mentioned in what, in log order, without mentions that were withdrawn."""

    target: Numbers
    account: Numbers
    """The account mentioned."""
    count: NDArray[np.int64]
    """How often, at least 1."""


@dataclass(frozen=True, slots=True)
class Reactions:
    """Reactions that are there now, ordered by target, actor and text."""

    target: Numbers
    source: NDArray[np.int16]
    actor: Numbers
    text: Numbers
    """Number of the emoji's text."""
    at_ms: NDArray[np.int64]
    """When it was last added."""


@dataclass(frozen=True, slots=True)
class Members:
    """Accounts that joined, left or had roles, ordered by `account`."""

    account: Numbers
    source: NDArray[np.int16]
    present: NDArray[np.bool_]
    """Whether it is a member now."""
    joined: NDArray[np.bool_]
    """Whether it was ever seen as a member."""
    roles: Numbers
    """Number of the text that joins the role ids, or `MISSING` if they are unknown. Those who
    left keep the roles they had."""

    def rows(self, accounts: Numbers) -> NDArray[np.int64]:
        """Return the row of each account, or `MISSING` if nothing is known of it."""
        return find(self.account, accounts)


@dataclass(frozen=True, slots=True)
class Places:
    """Places that anything is known of, ordered by `place`."""

    place: Numbers
    source: NDArray[np.int16]
    parent: Numbers
    """The place it is in (thread → channel → category), or `MISSING`."""
    type: Numbers
    """Number of the text that names its type, or `MISSING`."""
    nsfw: NDArray[np.bool_]
    """Whether it is marked as not safe for work itself; the place around it may be marked."""

    def rows(self, places: Numbers) -> NDArray[np.int64]:
        """Return the row of each place, or `MISSING` if nothing is known of it."""
        return find(self.place, places)


@dataclass(frozen=True, slots=True)
class References:
    """Which contribution names or gathers which, ordered by target, object and type."""

    target: Numbers
    """The contribution that names the other."""
    object: Numbers
    """The other one; may be a contribution that nobody saw posted."""
    type: Numbers
    """Number of the text that names the way in which it does."""
    count: NDArray[np.int64]
    """How often, at least 1."""
    at_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of accounts that are one person's now, ordered by account and other."""

    account: Numbers
    other: Numbers


@dataclass(frozen=True, slots=True)
class Statuses:
    """The latest status of contributions that have one, ordered by `target`."""

    target: Numbers
    status: Numbers
    """Number of the text that names it."""
    actor: Numbers
    """Who set it, or `MISSING`."""
    at_ms: NDArray[np.int64]

    def rows(self, targets: Numbers) -> NDArray[np.int64]:
        """Return the row of each contribution, or `MISSING` if it has no status."""
        return find(self.target, targets)


@dataclass(frozen=True, slots=True)
class Shares:
    """Who has a part in contributions besides their author, ordered by target and account."""

    target: Numbers
    account: Numbers
    value: NDArray[np.int64]
    """The share, at least 1."""
    at_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Activity:
    """The present state of a community, over all its sources."""

    posts: Posts
    replies: Replies
    mentions: Mentions
    reactions: Reactions
    members: Members
    places: Places
    references: References
    links: Links
    statuses: Statuses
    credits: Shares
    """Who is credited with a share in a contribution."""
    champions: Shares
    """Who saw a contribution through."""
    events: int
    """How many events were folded."""


def fold(columns: EventColumns) -> Activity:
    """Return the state after all the events of `columns`.

    Parameters
    ----------
    columns
        Events in log order, from the log's first on.

    Returns
    -------
    Activity
        Copies: nothing in it is a view of `columns`.
    """
    return Activity(
        posts=_posts(columns),
        replies=_replies(columns),
        mentions=_mentions(columns),
        reactions=_reactions(columns),
        members=_members(columns),
        places=_places(columns),
        references=_references(columns),
        links=_links(columns),
        statuses=_statuses(columns),
        credits=_shares(columns, events.CREDIT),
        champions=_shares(columns, events.CHAMPION),
        events=len(columns),
    )


def _posts(columns: EventColumns) -> Posts:
    posted = _rows(columns, events.POST)
    # A post happens once. Should a log hold it twice, the first event stands.
    rows = posted[_firsts(columns.target[posted])]
    deleted = _current(columns, events.PRESENCE)
    rows = rows[find(columns.target[deleted], columns.target[rows]) == MISSING]
    target = columns.target[rows]

    length = columns.value[rows].copy()
    # A backfill may bring edits out of order: the latest by its own time has the present text.
    edited = _rows(columns, events.EDIT)
    edited = edited[np.argsort(columns.at_ms[edited], kind="stable")]
    edited = edited[_lasts(columns.target[edited])]
    edit = find(columns.target[edited], target)
    length[edit != MISSING] = columns.value[edited[edit[edit != MISSING]]]
    return Posts(
        target=target,
        source=columns.source[rows],
        actor=columns.actor[rows],
        place=columns.place[rows],
        at_ms=columns.at_ms[rows],
        length=length,
        type=columns.text[rows],
    )


def _replies(columns: EventColumns) -> Replies:
    replied = _rows(columns, events.REPLY)
    rows = replied[_firsts(columns.target[replied])]
    return Replies(target=columns.target[rows], parent=columns.object[rows])


def _mentions(columns: EventColumns) -> Mentions:
    rows = np.sort(_current(columns, events.MENTION))
    return Mentions(
        target=columns.target[rows], account=columns.object[rows], count=columns.value[rows]
    )


def _reactions(columns: EventColumns) -> Reactions:
    rows = _current(columns, events.REACTION)
    return Reactions(
        target=columns.target[rows],
        source=columns.source[rows],
        actor=columns.actor[rows],
        text=columns.text[rows],
        at_ms=columns.at_ms[rows],
    )


def _members(columns: EventColumns) -> Members:
    membership = _latest(columns, events.MEMBER)
    roles = _latest(columns, events.ROLES)
    known = np.concatenate([columns.actor[membership], columns.actor[roles]])
    account, first = np.unique(known, return_index=True)
    source = np.concatenate([columns.source[membership], columns.source[roles]])[first]
    last = find(columns.actor[membership], account)
    present = np.zeros(len(account), np.bool_)
    present[last != MISSING] = (columns.kind[membership] == Kind.JOINED)[last[last != MISSING]]
    role = find(columns.actor[roles], account)
    text = np.full(len(account), MISSING, np.int64)
    text[role != MISSING] = columns.text[roles[role[role != MISSING]]]
    joined = np.unique(columns.actor[columns.kind == Kind.JOINED])
    return Members(
        account=account,
        source=source,
        present=present,
        joined=find(joined, account) != MISSING,
        roles=text,
    )


def _places(columns: EventColumns) -> Places:
    rows = _latest(columns, events.PLACE)
    return Places(
        place=columns.place[rows],
        source=columns.source[rows],
        parent=columns.object[rows],
        type=columns.text[rows],
        nsfw=(columns.value[rows] & NSFW) != 0,
    )


def _references(columns: EventColumns) -> References:
    rows = _current(columns, events.REFERENCE)
    return References(
        target=columns.target[rows],
        object=columns.object[rows],
        type=columns.text[rows],
        count=columns.value[rows],
        at_ms=columns.at_ms[rows],
    )


def _links(columns: EventColumns) -> Links:
    rows = _current(columns, events.LINK)
    return Links(account=columns.actor[rows], other=columns.object[rows])


def _statuses(columns: EventColumns) -> Statuses:
    rows = _latest(columns, events.STATUS)
    return Statuses(
        target=columns.target[rows],
        status=columns.text[rows],
        actor=columns.actor[rows],
        at_ms=columns.at_ms[rows],
    )


def _shares(columns: EventColumns, family: Family) -> Shares:
    rows = _current(columns, family)
    return Shares(
        target=columns.target[rows],
        account=columns.object[rows],
        value=columns.value[rows],
        at_ms=columns.at_ms[rows],
    )


def _rows(columns: EventColumns, family: Family) -> NDArray[np.int64]:
    """Return the rows of a family's events, in log order."""
    chosen = np.zeros(len(columns), np.bool_)
    for kind in family.kinds:
        chosen |= columns.kind == kind
    return np.flatnonzero(chosen)


def _latest(columns: EventColumns, family: Family) -> NDArray[np.int64]:
    """Return the row of the last event about each subject of a family, ordered by subject."""
    rows = _rows(columns, family)
    return rows[_lasts(_sort_key([getattr(columns, name)[rows] for name in family.subject]))]


def _current(columns: EventColumns, family: Family) -> NDArray[np.int64]:
    """Return what `_latest` does, without subjects that are back in their initial state."""
    rows = _latest(columns, family)
    if family.state == ("value",):
        return rows[columns.value[rows] > 0]
    (initial,) = family.initial or (MISSING,)
    return rows[columns.kind[rows] != initial]


def _sort_key(columns: Sequence[Numbers]) -> NDArray[np.int64]:
    """Return an integer per row; they compare as the rows of the columns do."""
    key = columns[0].astype(np.int64)
    for column in columns[1:]:
        low, high = (column.min(), column.max()) if len(column) else (0, 0)
        width = int(high) - int(low) + 1
        if len(key) and (int(key.max()) + 1) * width > _LARGEST_KEY:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
        key *= width
        key += column
        key -= low
    return key


def _lasts(key: Numbers) -> NDArray[np.int64]:
    """Return, ordered by key, the position of each key's last occurrence."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    ends = np.ones(len(key), np.bool_)
    ends[:-1] = ordered[1:] != ordered[:-1]
    return order[ends]


def _firsts(key: Numbers) -> NDArray[np.int64]:
    """Return, ordered by key, the position of each key's first occurrence."""
    return np.unique(key, return_index=True)[1]
