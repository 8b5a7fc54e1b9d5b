"""The present state of a community, as tables of columns.

Rows are ordered by the numbers that name them (mentions by log position). So two logs that hold
the same facts under the same numbers fold to the same columns, whatever happened in between.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.facts.events import Numbers
from cred.facts.numbers import find


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts that were not deleted, ordered by `target`."""

    target: Numbers
    """The contribution that the post is."""
    source: NDArray[np.int16]
    actor: Numbers
    """Its author, or `MISSING`: the last whose it was said to be, else whoever posted it."""
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
