"""What is true now, folded from everything that happened.

A later event about a subject replaces an earlier one, in log order (`cred.facts.events` says what a
subject is). The fold is whole-column arithmetic: it touches a million events in well under a
second, so it is redone rather than maintained.

Rows are ordered by the numbers that name them (mentions: by log position), so that two logs
which hold the same facts under the same numbers fold to the same columns whatever happened in
between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.facts.events import FAMILIES, NOBODY, NSFW, EventColumns, Kind, Numbers
from cred.facts.numbers import find

_LARGEST_KEY: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts that were not deleted, ordered by `target`."""

    target: Numbers
    """The contribution that the post is."""
    source: NDArray[np.int16]
    actor: Numbers
    """Its author, or `NOBODY`."""
    place: Numbers
    at_ms: NDArray[np.int64]
    length: NDArray[np.int64]
    """Characters, after the latest edit."""
    sort: Numbers
    """Number of the text that says what sort of contribution it is; `NOBODY` where its source
    has but one."""

    def rows(self, targets: Numbers) -> NDArray[np.int64]:
        """Return the row of each contribution; `NOBODY` where it is no post (any more)."""
        return find(self.target, targets)


@dataclass(frozen=True, slots=True)
class Replies:
    """Which contribution answers which, ordered by `target`, deleted ones too."""

    target: Numbers
    parent: Numbers
    """May be a contribution nobody saw posted."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who is mentioned in what, in log order. Withdrawn mentions are left out."""

    target: Numbers
    account: Numbers
    """The account mentioned."""
    count: NDArray[np.int64]
    """How often, at least 1."""


@dataclass(frozen=True, slots=True)
class Reactions:
    """Reactions that are there now, ordered by target, actor, text."""

    target: Numbers
    source: NDArray[np.int16]
    actor: Numbers
    text: Numbers
    """Number of the emoji's text."""
    at_ms: NDArray[np.int64]
    """When it was last added."""


@dataclass(frozen=True, slots=True)
class Members:
    """Accounts of which joining, leaving or roles are known, ordered by `account`."""

    account: Numbers
    source: NDArray[np.int16]
    present: NDArray[np.bool_]
    """A member now."""
    joined: NDArray[np.bool_]
    """Was seen as a member at some time."""
    roles: Numbers
    """Number of the text that joins the role ids; `NOBODY` where roles are unknown. Those who
    left keep the roles they had."""

    def rows(self, accounts: Numbers) -> NDArray[np.int64]:
        """Return the row of each account; `NOBODY` where nothing is known of it."""
        return find(self.account, accounts)


@dataclass(frozen=True, slots=True)
class Places:
    """Places of which anything is known, ordered by `place`."""

    place: Numbers
    source: NDArray[np.int16]
    parent: Numbers
    """The place it is in (thread → channel → category), or `NOBODY`."""
    type: Numbers
    """Number of the text that names its type, or `NOBODY`."""
    nsfw: NDArray[np.bool_]
    """Marked as not safe for work; what it is in may be marked without it."""

    def rows(self, places: Numbers) -> NDArray[np.int64]:
        """Return the row of each place; `NOBODY` where nothing is known of it."""
        return find(self.place, places)


@dataclass(frozen=True, slots=True)
class References:
    """What names or gathers what, ordered by target, object, sort."""

    target: Numbers
    """The contribution that names the other."""
    object: Numbers
    """The other one; may be a contribution nobody saw posted."""
    sort: Numbers
    """Number of the text that says how."""
    count: NDArray[np.int64]
    """How often, at least 1."""
    at_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of accounts that are one person's now, ordered by account, other."""

    account: Numbers
    other: Numbers


@dataclass(frozen=True, slots=True)
class Statuses:
    """The latest status of contributions that have one, ordered by `target`."""

    target: Numbers
    status: Numbers
    """Number of the text that names it."""
    actor: Numbers
    """Who set it, or `NOBODY`."""
    at_ms: NDArray[np.int64]

    def rows(self, targets: Numbers) -> NDArray[np.int64]:
        """Return the row of each contribution; `NOBODY` where it has no status."""
        return find(self.target, targets)


@dataclass(frozen=True, slots=True)
class Roles:
    """Who has a part in contributions beside their author, ordered by target, account."""

    target: Numbers
    account: Numbers
    value: NDArray[np.int64]
    """The share, at least 1."""
    at_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Activity:
    """What is true now, of all sources of a community."""

    posts: Posts
    replies: Replies
    mentions: Mentions
    reactions: Reactions
    members: Members
    places: Places
    references: References
    links: Links
    statuses: Statuses
    credits: Roles
    """Shares in contributions."""
    champions: Roles
    """Who saw contributions through."""
    events: int
    """How many events it was folded from."""


def fold(columns: EventColumns) -> Activity:
    """Return what is true after all the events of `columns`.

    Parameters
    ----------
    columns
        Events in log order, from the log's first on.

    Returns
    -------
    Activity
        Independent copies: nothing in it is a view of `columns`.
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
        credits=_roles(columns, Kind.CREDITED),
        champions=_roles(columns, Kind.CHAMPIONED),
        events=len(columns),
    )


def _posts(columns: EventColumns) -> Posts:
    posted = _of(columns, Kind.POSTED)
    # A post happens once; should a log say it twice, the first telling stands.
    rows = posted[_firsts(columns.target[posted])]
    presence = _latest(columns, Kind.DELETED, Kind.RESTORED)
    deleted = presence[columns.kind[presence] == Kind.DELETED]
    rows = rows[find(columns.target[deleted], columns.target[rows]) == NOBODY]
    target = columns.target[rows]

    length = columns.value[rows].copy()
    # Backfill may tell of edits out of order: the latest by its own time is the text now.
    edited = _of(columns, Kind.EDITED)
    edited = edited[np.argsort(columns.at_ms[edited], kind="stable")]
    edited = edited[_lasts(columns.target[edited])]
    edit = find(columns.target[edited], target)
    length[edit != NOBODY] = columns.value[edited[edit[edit != NOBODY]]]
    return Posts(
        target=target,
        source=columns.source[rows],
        actor=columns.actor[rows],
        place=columns.place[rows],
        at_ms=columns.at_ms[rows],
        length=length,
        sort=columns.text[rows],
    )


def _replies(columns: EventColumns) -> Replies:
    replied = _of(columns, Kind.REPLIED)
    rows = replied[_firsts(columns.target[replied])]
    return Replies(target=columns.target[rows], parent=columns.object[rows])


def _mentions(columns: EventColumns) -> Mentions:
    rows = np.sort(_latest(columns, Kind.MENTIONED))
    rows = rows[columns.value[rows] > 0]
    return Mentions(
        target=columns.target[rows], account=columns.object[rows], count=columns.value[rows]
    )


def _reactions(columns: EventColumns) -> Reactions:
    rows = _latest(columns, Kind.REACTED, Kind.UNREACTED)
    rows = rows[columns.kind[rows] == Kind.REACTED]
    return Reactions(
        target=columns.target[rows],
        source=columns.source[rows],
        actor=columns.actor[rows],
        text=columns.text[rows],
        at_ms=columns.at_ms[rows],
    )


def _members(columns: EventColumns) -> Members:
    membership = _latest(columns, Kind.JOINED, Kind.LEFT)
    roles = _latest(columns, Kind.ROLES_CHANGED)
    known = np.concatenate([columns.actor[membership], columns.actor[roles]])
    account, first = np.unique(known, return_index=True)
    source = np.concatenate([columns.source[membership], columns.source[roles]])[first]
    last = find(columns.actor[membership], account)
    present = np.zeros(len(account), np.bool_)
    present[last != NOBODY] = (columns.kind[membership] == Kind.JOINED)[last[last != NOBODY]]
    role = find(columns.actor[roles], account)
    text = np.full(len(account), NOBODY, np.int64)
    text[role != NOBODY] = columns.text[roles[role[role != NOBODY]]]
    joined = np.unique(columns.actor[_of(columns, Kind.JOINED)])
    return Members(
        account=account,
        source=source,
        present=present,
        joined=find(joined, account) != NOBODY,
        roles=text,
    )


def _places(columns: EventColumns) -> Places:
    rows = _latest(columns, Kind.PLACE_CHANGED)
    return Places(
        place=columns.place[rows],
        source=columns.source[rows],
        parent=columns.object[rows],
        type=columns.text[rows],
        nsfw=(columns.value[rows] & NSFW) != 0,
    )


def _references(columns: EventColumns) -> References:
    rows = _latest(columns, Kind.REFERENCED)
    rows = rows[columns.value[rows] > 0]
    return References(
        target=columns.target[rows],
        object=columns.object[rows],
        sort=columns.text[rows],
        count=columns.value[rows],
        at_ms=columns.at_ms[rows],
    )


def _links(columns: EventColumns) -> Links:
    rows = _latest(columns, Kind.LINKED, Kind.UNLINKED)
    rows = rows[columns.kind[rows] == Kind.LINKED]
    return Links(account=columns.actor[rows], other=columns.object[rows])


def _statuses(columns: EventColumns) -> Statuses:
    rows = _latest(columns, Kind.STATUS_CHANGED)
    return Statuses(
        target=columns.target[rows],
        status=columns.text[rows],
        actor=columns.actor[rows],
        at_ms=columns.at_ms[rows],
    )


def _roles(columns: EventColumns, kind: Kind) -> Roles:
    rows = _latest(columns, kind)
    rows = rows[columns.value[rows] > 0]
    return Roles(
        target=columns.target[rows],
        account=columns.object[rows],
        value=columns.value[rows],
        at_ms=columns.at_ms[rows],
    )


def _of(columns: EventColumns, *kinds: Kind) -> NDArray[np.int64]:
    chosen = np.zeros(len(columns), np.bool_)
    for kind in kinds:
        chosen |= columns.kind == kind
    return np.flatnonzero(chosen)


def _latest(columns: EventColumns, *kinds: Kind) -> NDArray[np.int64]:
    """Return, ordered by subject, the row of the last event about each subject of a family."""
    rows = _of(columns, *kinds)
    subject = FAMILIES[kinds[0]].subject
    return rows[_lasts(_packed([getattr(columns, name)[rows] for name in subject]))]


def _packed(columns: Sequence[Numbers]) -> NDArray[np.int64]:
    """Return one integer per row that orders and tells apart rows like the columns do."""
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
