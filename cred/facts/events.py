"""Events: the facts that everything else is computed from.

An event is one fact, seen once: who did what to what, when it happened and when we heard of it.
A source turns what its platform says into `Event`s, which carry the platform's own ids. The log
stores small integers in place of ids (accounts, contributions, places and texts are numbered in
side tables, so that a person can be erased without touching the log) and returns
`EventColumns`.

Families
--------
Every kind of event belongs to a `Family`, and the table `FAMILIES` is the only place that says
what a kind means to the log and to the fold. The fields of an event that name its *subject*,
and those that hold its *state*, decide what is news: the log appends an event only if the state
of its subject differs from the last one known. So a message is posted once however often a
backfill meets it; react, unreact, react are three events; and reading known reactions again
adds none.

A subject that was never seen is in its family's *initial* state: an UNREACTED of an unknown
reaction, a RESTORED of a post that was never deleted, or a MENTIONED with count 0 of somebody
who is not mentioned is no event.

Across sources
--------------
Accounts and contributions are named by their platform's ids, so an event usually belongs to one
source. What is done beside the platforms (thanks, manual work, initiatives, links between
accounts) names accounts and contributions of other sources: `actor_source` and `object_source`
say whose they are. An id names a subject together with its source. The source of an id outside
the subject is not part of the subject either: a status belongs to its contribution, whoever set
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

MISSING: Final = -1
"""In an integer column: there is no such row."""


class Kind(IntEnum):
    """What happened. The numbers are stored: never change one, only add.

    A new kind needs a family in `FAMILIES` and an example in `tests/event_examples.py`; the
    tests name what else is missing.
    """

    POSTED = 1
    """`actor` posted `target` in `place`; `value` is its length and `text` its type."""
    EDITED = 2
    """The text of `target` was replaced by one of `value` characters."""
    DELETED = 3
    RESTORED = 4
    """`target` was deleted, and is back."""
    REPLIED = 5
    """`target` answers the contribution `object`."""
    MENTIONED = 6
    """`target` mentions the account `object` `value` times."""
    REACTED = 7
    """`actor` reacted to `target` with the emoji `text`."""
    UNREACTED = 8
    JOINED = 9
    LEFT = 10
    ROLES_CHANGED = 11
    """`actor` has the roles `text` now."""
    PLACE_CHANGED = 12
    """`place` is in the place `object` and of type `text`; `value` holds its flags."""
    REFERENCED = 13
    """`target` names or gathers the contribution `object`; `text` says in which way."""
    LINKED = 14
    """The accounts `actor` and `object` are one person's; `text` says how that was shown."""
    UNLINKED = 15
    STATUS_CHANGED = 16
    """`target` was approved, rejected, completed … (`text`) by `actor`."""
    CREDITED = 17
    """The account `object` has a share (`value`) in `target`, which somebody else posted."""
    CHAMPIONED = 18
    """The account `object` saw `target` through."""
    AUTHORED = 19
    """`target` is the contribution of `actor` now, whoever posted it; None: of nobody known."""
    SECONDED = 20
    """`actor` seconds the proposal `target` (`value` 1), or no longer does (0)."""
    ENTITLED = 21
    """`actor` votes on the proposal `target` for the person `object`, whose vote weighs
    `value`; `text` says in which group, if it is not everybody's."""
    VOTED = 22
    """`actor` votes `text` on the proposal `target`; "" takes the vote back."""


class Provenance(IntEnum):
    """How an event came to be known. The numbers are stored."""

    LIVE = 1
    BACKFILL = 2
    IMPORT = 3
    MANUAL = 4


class ObjectType(StrEnum):
    """What the `object` of an event is."""

    NOTHING = "nothing"
    ACCOUNT = "account"
    CONTRIBUTION = "contribution"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Family:
    """Kinds of events that replace one another."""

    name: str
    """Part of the key of every stored event: never change one."""
    kinds: tuple[Kind, ...]
    activity: str
    """Field of `cred.facts.activity.Activity` that the events become; "": none, because they
    are read by themselves (`cred.governance`)."""
    subject: tuple[str, ...]
    """Fields of the event that name what it is about."""
    state: tuple[str, ...] = ()
    """Fields of the event that hold the subject's new state; none: an event about a subject
    happens once."""
    initial: tuple[int | str, ...] | None = None
    """The state of a subject never seen; None: whatever comes first is news."""
    object_type: ObjectType = ObjectType.NOTHING


POST: Final = Family("post", (Kind.POSTED,), activity="posts", subject=("target",))
AUTHOR: Final = Family(
    "author", (Kind.AUTHORED,), activity="posts", subject=("target",), state=("actor",)
)
EDIT: Final = Family("edit", (Kind.EDITED,), activity="posts", subject=("target", "at_ms"))
PRESENCE: Final = Family(
    "presence",
    (Kind.DELETED, Kind.RESTORED),
    activity="posts",
    subject=("target",),
    state=("kind",),
    initial=(Kind.RESTORED,),
)
REPLY: Final = Family(
    "reply",
    (Kind.REPLIED,),
    activity="replies",
    subject=("target",),
    object_type=ObjectType.CONTRIBUTION,
)
MENTION: Final = Family(
    "mention",
    (Kind.MENTIONED,),
    activity="mentions",
    subject=("target", "object"),
    state=("value",),
    initial=(0,),
    object_type=ObjectType.ACCOUNT,
)
REACTION: Final = Family(
    "reaction",
    (Kind.REACTED, Kind.UNREACTED),
    activity="reactions",
    subject=("target", "actor", "text"),
    state=("kind",),
    initial=(Kind.UNREACTED,),
)
MEMBER: Final = Family(
    "member",
    (Kind.JOINED, Kind.LEFT),
    activity="members",
    subject=("actor",),
    state=("kind",),
    initial=(Kind.LEFT,),
)
ROLES: Final = Family(
    "roles",
    (Kind.ROLES_CHANGED,),
    activity="members",
    subject=("actor",),
    state=("text",),
    initial=("",),
)
PLACE: Final = Family(
    "place",
    (Kind.PLACE_CHANGED,),
    activity="places",
    subject=("place",),
    state=("object", "text", "value"),
    object_type=ObjectType.PLACE,
)
REFERENCE: Final = Family(
    "reference",
    (Kind.REFERENCED,),
    activity="references",
    subject=("target", "object", "text"),
    state=("value",),
    initial=(0,),
    object_type=ObjectType.CONTRIBUTION,
)
LINK: Final = Family(
    "link",
    (Kind.LINKED, Kind.UNLINKED),
    activity="links",
    subject=("actor", "object"),
    state=("kind",),
    initial=(Kind.UNLINKED,),
    object_type=ObjectType.ACCOUNT,
)
STATUS: Final = Family(
    "status",
    (Kind.STATUS_CHANGED,),
    activity="statuses",
    subject=("target",),
    state=("text",),
    initial=("",),
)
CREDIT: Final = Family(
    "credit",
    (Kind.CREDITED,),
    activity="credits",
    subject=("target", "object"),
    state=("value",),
    initial=(0,),
    object_type=ObjectType.ACCOUNT,
)
CHAMPION: Final = Family(
    "champion",
    (Kind.CHAMPIONED,),
    activity="champions",
    subject=("target", "object"),
    state=("value",),
    initial=(0,),
    object_type=ObjectType.ACCOUNT,
)
SECOND: Final = Family(
    "second",
    (Kind.SECONDED,),
    activity="",
    subject=("target", "actor"),
    state=("value",),
    initial=(0,),
)
ENTITLEMENT: Final = Family(
    "entitlement",
    (Kind.ENTITLED,),
    activity="",
    subject=("target", "actor"),
    object_type=ObjectType.ACCOUNT,
)
VOTE: Final = Family(
    "vote",
    (Kind.VOTED,),
    activity="",
    subject=("target", "actor"),
    state=("text",),
    initial=("",),
)
FAMILIES: Final = (
    POST,
    AUTHOR,
    EDIT,
    PRESENCE,
    REPLY,
    MENTION,
    REACTION,
    MEMBER,
    ROLES,
    PLACE,
    REFERENCE,
    LINK,
    STATUS,
    CREDIT,
    CHAMPION,
    SECOND,
    ENTITLEMENT,
    VOTE,
)

FAMILY_OF: Final[Mapping[Kind, Family]] = {
    kind: family for family in FAMILIES for kind in family.kinds
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact as a source tells it, with the platform's own ids.

    Times are milliseconds since 1970, UTC. A field that the kind does not use stays at its
    default. Message text is never part of an event.
    """

    source: str
    """Folder name of the source: "discord"."""
    kind: Kind
    at_ms: int
    """When it happened."""
    seen_ms: int
    """When we heard of it."""
    provenance: Provenance
    actor: str | None = None
    """Account that did it; for a post its author, for a mention the mentioning author."""
    target: str | None = None
    """Contribution it was done to."""
    object: str | None = None
    """The other end: parent of a reply, mentioned account, parent place."""
    place: str | None = None
    """Where: the channel or thread."""
    text: str | None = None
    """An emoji ("👍", "name:id"); role ids, sorted and joined by ","; a place's type; a post's
    type, where its source has several; the way one contribution refers to another; a status."""
    value: int = 0
    """Length of a post or edit in characters; count of a mention or reference; share; flags of
    a place."""
    estimated: bool = False
    """`at_ms` is a best guess (a backfilled reaction takes its message's time)."""
    actor_source: str | None = None
    """Whose account `actor` is; None: the event's own source's."""
    object_source: str | None = None
    """Whose account or contribution `object` is; None: the event's own source's."""


NSFW: Final = 1
"""Bit of a PLACE_CHANGED's value: the place is marked as not safe for work."""


Numbers = NDArray[np.signedinteger[Any]]
"""Row numbers, of any integer width."""


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events of one community in log order, as equally long columns of integers.

    Numbers in `actor`, `target`, `object`, `place` and `text` are row numbers of the side
    tables, from 1 up, or `MISSING`. Four bytes are enough for them; eight are allowed.
    """

    seq: NDArray[np.int64]
    """Position in the log, strictly increasing."""
    kind: NDArray[np.int8]
    source: NDArray[np.int16]
    """Number of the source, as in `Directory.source`."""
    actor: Numbers
    target: Numbers
    object: Numbers
    place: Numbers
    text: Numbers
    value: NDArray[np.int64]
    at_ms: NDArray[np.int64]

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[int]]) -> Self:
        """Return columns of events that are given as rows: a number per field, in order."""
        table = np.array(rows, np.int64).reshape(len(rows), len(fields(cls))).T
        seq, kind, source, *others = table
        return cls(seq, kind.astype(np.int8), source.astype(np.int16), *others)

    def __len__(self) -> int:
        return len(self.seq)

    def rows(self, selected: NDArray[np.bool_]) -> "EventColumns":
        """Return a copy of the events for which `selected`, shape (events,), is true."""
        return EventColumns(*(getattr(self, column.name)[selected] for column in fields(self)))

    def followed_by(self, later: "EventColumns") -> "EventColumns":
        """Return a copy of these events with later ones behind them."""
        return EventColumns(
            *(
                np.concatenate([getattr(self, column.name), getattr(later, column.name)])
                for column in fields(self)
            )
        )
