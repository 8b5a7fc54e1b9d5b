"""Fold all events of a community to its present state.

A later event about a subject replaces an earlier one, in log order; `cred.facts.events` says
what the subject of an event is. The fold is arithmetic on whole columns: a million events take
well under a second, so it is repeated rather than maintained.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.facts import events
from cred.facts.activity import (
    Activity,
    Links,
    Members,
    Mentions,
    Places,
    Posts,
    Reactions,
    References,
    Replies,
    Shares,
    Statuses,
)
from cred.facts.events import MISSING, NSFW, EventColumns, Family, Kind, Numbers
from cred.facts.numbers import find

_LARGEST_KEY: Final = np.iinfo(np.int64).max


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

    actor = columns.actor[rows].copy()
    authored = _latest(columns, events.AUTHOR)
    changed = find(columns.target[authored], target)
    actor[changed != MISSING] = columns.actor[authored[changed[changed != MISSING]]]

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
        actor=actor,
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
    """Return the row of each subject's last event, ordered by subject."""
    rows = _rows(columns, family)
    return rows[_lasts(_sort_key([getattr(columns, name)[rows] for name in family.subject]))]


def _current(columns: EventColumns, family: Family) -> NDArray[np.int64]:
    """As `_latest`, without subjects in their initial state.

    That state is a value of 0, or the kind of event that undoes the other.
    """
    rows = _latest(columns, family)
    if family.state == ("value",):
        return rows[columns.value[rows] > 0]
    (initial,) = family.initial or (MISSING,)
    is_changed: NDArray[np.bool_] = columns.kind[rows] != initial
    return rows[is_changed]


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
