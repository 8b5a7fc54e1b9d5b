"""Events: the facts that everything else is computed from.

An event is one fact, seen once: who did what to what, when it happened and when we heard.
Sources make `Event`s out of what a platform says, with the platform's own ids. The log keeps
them with small integers in place of ids (accounts, contributions, places and texts are
numbered in side tables, so that a person can be erased without touching the log), and hands
them back as `EventColumns`.

Dedupe
------
Every kind belongs to a *family* and says which of its fields name the *subject*. Of one
subject the log keeps a new event only where its *state* differs from the state known
before. So a message is posted once however often a backfill meets it; react, unreact,
react is three events; and a re-read of reactions that are known is none.

===============  =========  ==========================  ====================  ===============
kind             family     subject                     state                 object is
===============  =========  ==========================  ====================  ===============
POSTED           post       target                      (always the same)     -
EDITED           edit       target, at_ms               (always the same)     -
DELETED          presence   target                      the kind              -
RESTORED         presence   target                      the kind              -
REPLIED          reply      target                      (always the same)     a contribution
MENTIONED        mention    target, object              value (the count)     an account
REACTED          reaction   target, actor, text         the kind              -
UNREACTED        reaction   target, actor, text         the kind              -
JOINED           member     actor                       the kind              -
LEFT             member     actor                       the kind              -
ROLES_CHANGED    roles      actor                       text                  -
PLACE_CHANGED    place      place                       object, text, value   a place (parent)
REFERENCED       reference  target, object, text        value (the count)     a contribution
LINKED           link       actor, object               the kind              an account
UNLINKED         link       actor, object               the kind              an account
STATUS_CHANGED   status     target                      text                  -
CREDITED         credit     target, object              value (the share)     an account
CHAMPIONED       champion   target, object              value (1 or 0)        an account
===============  =========  ==========================  ====================  ===============

A subject never seen is in its family's `initial` state: an UNREACTED of a reaction nobody
knew is no event, a RESTORED of a post that was never deleted is none, a MENTIONED with count
0 of somebody not mentioned is none.

Across sources
--------------
Accounts and contributions are named by their platform's ids, so an event belongs to one
source. What is done beside the platforms (thanks, manual work, initiatives, links between
accounts) names accounts and contributions of others: `actor_source` and `object_source` say
whose they are. An id names a subject together with its source; the source of an id that is no
part of the subject is no part of it either: a status belongs to its contribution, whoever set
it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MISSING: Final = -1
"""In an integer column: there is none."""


class Kind(IntEnum):
    """What happened. The numbers are stored: never renumber, only add."""

    POSTED = 1
    EDITED = 2
    DELETED = 3
    RESTORED = 4
    REPLIED = 5
    MENTIONED = 6
    REACTED = 7
    UNREACTED = 8
    JOINED = 9
    LEFT = 10
    ROLES_CHANGED = 11
    PLACE_CHANGED = 12
    REFERENCED = 13
    """A contribution names, or gathers, another one; `text` says how."""
    LINKED = 14
    """Two accounts are one person's; `text` says how that was shown."""
    UNLINKED = 15
    STATUS_CHANGED = 16
    """A contribution was approved, rejected, completed … (`text`)."""
    CREDITED = 17
    """Somebody has a share (`value`) in a contribution that they did not post."""
    CHAMPIONED = 18
    """Somebody saw a contribution through."""


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
    """How events of some kinds replace one another; see the module's table."""

    name: str
    subject: tuple[str, ...]
    """Fields of the event that name what the fact is about."""
    state: tuple[str, ...]
    """Fields whose values are compared; a repetition of the state known is no event."""
    initial: tuple[int | str, ...] | None = None
    """The state of a subject never seen; None: whatever comes first is news."""
    object_type: ObjectType = ObjectType.NOTHING


_PRESENCE = Family("presence", ("target",), ("kind",), (Kind.RESTORED,))
_REACTION = Family("reaction", ("target", "actor", "text"), ("kind",), (Kind.UNREACTED,))
_MEMBER = Family("member", ("actor",), ("kind",), (Kind.LEFT,))
_LINK = Family(
    "link", ("actor", "object"), ("kind",), (Kind.UNLINKED,), object_type=ObjectType.ACCOUNT
)

FAMILIES: Final[Mapping[Kind, Family]] = {
    Kind.POSTED: Family("post", ("target",), ()),
    Kind.EDITED: Family("edit", ("target", "at_ms"), ()),
    Kind.DELETED: _PRESENCE,
    Kind.RESTORED: _PRESENCE,
    Kind.REPLIED: Family("reply", ("target",), (), object_type=ObjectType.CONTRIBUTION),
    Kind.MENTIONED: Family(
        "mention", ("target", "object"), ("value",), (0,), object_type=ObjectType.ACCOUNT
    ),
    Kind.REACTED: _REACTION,
    Kind.UNREACTED: _REACTION,
    Kind.JOINED: _MEMBER,
    Kind.LEFT: _MEMBER,
    Kind.ROLES_CHANGED: Family("roles", ("actor",), ("text",), ("",)),
    Kind.PLACE_CHANGED: Family(
        "place", ("place",), ("object", "text", "value"), object_type=ObjectType.PLACE
    ),
    Kind.REFERENCED: Family(
        "reference",
        ("target", "object", "text"),
        ("value",),
        (0,),
        object_type=ObjectType.CONTRIBUTION,
    ),
    Kind.LINKED: _LINK,
    Kind.UNLINKED: _LINK,
    Kind.STATUS_CHANGED: Family("status", ("target",), ("text",), ("",)),
    Kind.CREDITED: Family(
        "credit", ("target", "object"), ("value",), (0,), object_type=ObjectType.ACCOUNT
    ),
    Kind.CHAMPIONED: Family(
        "champion", ("target", "object"), ("value",), (0,), object_type=ObjectType.ACCOUNT
    ),
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
    """Emoji ("👍", "name:id"); role ids sorted and joined by ","; a place's type; what sort of
    contribution a post is, where a source has several; how one refers to another; a status."""
    value: int = 0
    """Length of a post or edit in characters; count of a mention or reference; share; flags of
    a place."""
    estimated: bool = False
    """`at_ms` is the best guess (a backfilled reaction takes its message's time)."""
    actor_source: str | None = None
    """Whose account `actor` is; None: the event's own source's."""
    object_source: str | None = None
    """Whose account or contribution `object` is; None: the event's own source's."""


NSFW: Final = 1
"""Bit of a PLACE_CHANGED's value: the place is marked as not safe for work."""


Numbers = NDArray[np.signedinteger[Any]]
"""Numbers of rows, in as many bytes as they take."""


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events of one community in log order, as equally long columns of integers.

    Numbers in `actor`, `target`, `object`, `place` and `text` are row numbers of the side
    tables (from 1 up); `MISSING` stands for none. Four bytes hold them, and eight may.
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

    def __len__(self) -> int:
        return len(self.seq)

    def followed_by(self, later: "EventColumns") -> "EventColumns":
        """Return these events and later ones: a copy."""
        return EventColumns(
            *(
                np.concatenate([getattr(self, column.name), getattr(later, column.name)])
                for column in fields(self)
            )
        )
