"""Which events it takes to draw the part of the graph around some new ones.

    around = Neighbourhood(columns)
    before, after = around.of(later, news)
    before, after = (draw(fold(events)) for events in (before, after))

What is drawn of a contribution depends on the events about it, on what is known of the accounts
and places in them, and, for the edges between contributions, on whether the other one is drawn.
So new events *touch* the contributions they are about; those about an account touch all that
it had to do with (a link, all that anybody had to do with who is somebody else by it); those
about a place, all that was posted there or below. Around them lie the contributions that they
reply or refer to and that reply or refer to them. What a contribution refers to may decide how
it is drawn (a post's topic, where that is elsewhere now). So what refers to a touched one is
touched, too, and what those around refer to is there. All events about any of these are taken,
and what is known of all accounts and places, and all links.

A source whose drawing depends on more than that must not be followed live.
"""

from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.activity import links
from cred.errors import NotFollowedError
from cred.events import FAMILIES, NOBODY, EventColumns, Kind, ObjectIs
from cred.grouping import grouped
from cred.identities import gathered
from cred.numbers import find

_Ints = NDArray[np.int64]

_MOST_EVENTS: Final = 50_000
"""Beyond these, drawing everything is hardly slower."""

_ABOUT_ACCOUNTS: Final = (Kind.JOINED, Kind.LEFT, Kind.ROLES_CHANGED)
_BETWEEN_ACCOUNTS: Final = (Kind.LINKED, Kind.UNLINKED)
_BETWEEN_CONTRIBUTIONS: Final = (Kind.REPLIED, Kind.REFERENCED)
_WITH_ANOTHER: Final = tuple(
    kind
    for kind, family in FAMILIES.items()
    if family.object_is is ObjectIs.ACCOUNT and "target" in family.subject
)
"""What is done to a contribution and concerns an account that did not do it (a mention)."""


class Neighbourhood:
    """All events up to some moment, ready to be looked up by what they are about.

    Parameters
    ----------
    columns
        In log order, from the log's first on.
    """

    def __init__(self, columns: EventColumns) -> None:
        self._columns = columns
        self._by_target = _Index(columns.target)
        replies = np.flatnonzero(np.isin(columns.kind, _BETWEEN_CONTRIBUTIONS))
        self._child, self._parent = columns.target[replies], columns.object[replies]
        self._refers = columns.kind[replies] == Kind.REFERENCED
        self._by_child, self._by_parent = _Index(self._child), _Index(self._parent)
        self._about_accounts = np.flatnonzero(np.isin(columns.kind, _ABOUT_ACCOUNTS))
        self._about_places = np.flatnonzero(columns.kind == Kind.PLACE_CHANGED)
        self._links = np.flatnonzero(np.isin(columns.kind, _BETWEEN_ACCOUNTS))

    def of(
        self, later: EventColumns, news: int, accounts: Collection[int] = ()
    ) -> tuple[EventColumns, EventColumns]:
        """Return the events around new ones, without and with them.

        Parameters
        ----------
        later
            All events after those given at first, in log order.
        news
            How many of them, the last, are new.
        accounts
            Numbers of accounts of which something changed that no event tells: whose they are.

        Raises
        ------
        NotFollowedError
            If it takes too many events.
        """
        known = len(later) - news
        new = later.at(np.arange(known, len(later)))
        touched = self._touched(later, new, accounts)
        nearby = np.unique(np.concatenate([touched, *self._related(touched, later)]))
        nearby = np.union1d(nearby, self._referred(nearby, later))
        early, late = self._about(nearby), _about(nearby, later)
        if len(early) + len(late) > _MOST_EVENTS:
            raise NotFollowedError("too much is affected at once")
        seen = _accounts(self._columns, early), _accounts(later, late)
        known_of = np.union1d(*seen)
        members = self._about_accounts
        members = members[find(known_of, self._columns.actor[members]) != NOBODY]
        early = np.sort(np.concatenate([early, members, self._about_places, self._links]))
        is_member = np.isin(later.kind, _ABOUT_ACCOUNTS) & np.isin(later.actor, known_of)
        chosen = is_member | np.isin(later.kind, (Kind.PLACE_CHANGED, *_BETWEEN_ACCOUNTS))
        chosen[late] = True
        late = np.flatnonzero(chosen)
        base = self._columns.at(early)
        return (
            base.and_then(later.at(late[late < known])),
            base.and_then(later.at(late)),
        )

    def _touched(
        self, later: EventColumns, new: EventColumns, others: Collection[int]
    ) -> _Ints:
        """Return the contributions that new events are about, in some way."""
        parts = [new.target]
        accounts = np.union1d(
            new.actor[np.isin(new.kind, _ABOUT_ACCOUNTS)],
            np.array([*others, *self._changed_hands(later, len(new))], np.int64),
        )
        places = np.unique(new.place[new.kind == Kind.PLACE_CHANGED])
        for columns in (self._columns, later):
            if len(accounts):
                concerned = np.isin(columns.kind, _WITH_ANOTHER)
                mentioned = concerned & np.isin(columns.object, accounts)
                parts.append(columns.target[np.isin(columns.actor, accounts) | mentioned])
        if len(places):
            places = self._with_inner(places, later)
            for columns in (self._columns, later):
                posted = (columns.kind == Kind.POSTED) & np.isin(columns.place, places)
                parts.append(columns.target[posted])
        touched = np.concatenate(parts)
        touched = np.unique(touched[touched != NOBODY])
        early = self._by_parent.rows(touched)
        early = early[self._refers[early]]
        late = (later.kind == Kind.REFERENCED) & np.isin(later.object, touched)
        return np.unique(np.concatenate([touched, self._child[early], later.target[late]]))

    def _changed_hands(self, later: EventColumns, news: int) -> set[int]:
        """Return the accounts that are another person's by the new events."""
        if not np.isin(later.kind[len(later) - news :], _BETWEEN_ACCOUNTS).any():
            return set()
        early = self._columns.at(self._links)
        before = gathered(links(early.and_then(later.at(slice(len(later) - news)))))
        after = gathered(links(early.and_then(later)))
        return {
            one
            for one in before.keys() | after.keys()
            if before.get(one, one) != after.get(one, one)
        }

    def _with_inner(self, places: _Ints, later: EventColumns) -> _Ints:
        """Return places with all that were ever in them, at whatever depth."""
        rows, late = self._about_places, later.kind == Kind.PLACE_CHANGED
        inner = np.concatenate([self._columns.place[rows], later.place[late]])
        outer = np.concatenate([self._columns.object[rows], later.object[late]])
        while True:
            grown: _Ints = np.union1d(places, inner[np.isin(outer, places)])
            if len(grown) == len(places):
                return grown
            places = grown

    def _related(self, touched: _Ints, later: EventColumns) -> list[_Ints]:
        """Return what touched contributions reply or refer to, and what does so to them."""
        late = np.flatnonzero(np.isin(later.kind, _BETWEEN_CONTRIBUTIONS))
        child, parent = later.target[late], later.object[late]
        return [
            self._parent[self._by_child.rows(touched)],
            self._child[self._by_parent.rows(touched)],
            parent[np.isin(child, touched)],
            child[np.isin(parent, touched)],
        ]

    def _referred(self, nearby: _Ints, later: EventColumns) -> _Ints:
        """Return what some contributions refer to."""
        early = self._by_child.rows(nearby)
        late = (later.kind == Kind.REFERENCED) & np.isin(later.target, nearby)
        return np.concatenate([self._parent[early[self._refers[early]]], later.object[late]])

    def _about(self, contributions: _Ints) -> _Ints:
        return np.sort(self._by_target.rows(contributions))


class _Index:
    """Rows of a column by value; of `NOBODY` there are none."""

    def __init__(self, column: _Ints) -> None:
        most = int(column.max(initial=NOBODY))
        self._order, starts = grouped(column - NOBODY, most - NOBODY + 1)
        self._starts = starts[-NOBODY:]

    def rows(self, values: _Ints) -> _Ints:
        """Return the rows of some values (each once), value by value.

        Raises
        ------
        NotFollowedError
            If they are too many.
        """
        known = values[(values > NOBODY) & (values < len(self._starts) - 1)]
        begin = self._starts[known]
        counts = self._starts[known + 1] - begin
        total = int(counts.sum())
        if total > _MOST_EVENTS:
            raise NotFollowedError("too much is affected at once")
        behind = np.cumsum(counts)
        rows: _Ints = self._order[np.arange(total) + np.repeat(begin - behind + counts, counts)]
        return rows


def _about(contributions: _Ints, columns: EventColumns) -> _Ints:
    return np.flatnonzero(np.isin(columns.target, contributions))


def _accounts(columns: EventColumns, rows: _Ints) -> _Ints:
    """Return who did something in some events, or was mentioned, or otherwise concerned."""
    mentions = rows[np.isin(columns.kind[rows], _WITH_ANOTHER)]
    accounts = np.concatenate([columns.actor[rows], columns.object[mentions]])
    return np.unique(accounts[accounts != NOBODY])
