"""An example of every family of events. A family or kind without one fails a test.

The tests of the log, of the fold and of the questions to the log all go through these, so that
a new kind of event cannot be forgotten in one of them.
"""

from dataclasses import dataclass
from typing import Final

from cred.facts import events
from cred.facts.events import Event, Family, Kind
from tests.storage.builders import a_mention, a_reaction, an_event


@dataclass(frozen=True)
class Example:
    """Two events about one subject."""

    change: Event
    """Leaves the initial state."""
    back: Event | None = None
    """Returns to the initial state; None: the family has no initial state."""


def _place(value: int) -> Event:
    return an_event(Kind.PLACE_CHANGED, place="c1", object="c2", text="text", value=value)


def _reference(value: int) -> Event:
    return an_event(Kind.REFERENCED, target="m1", object="m2", text="👍", value=value)


def _share(kind: Kind, value: int) -> Event:
    return an_event(kind, target="m1", object="ada", value=value)


EXAMPLES: Final[dict[Family, Example]] = {
    events.POST: Example(an_event()),
    events.AUTHOR: Example(an_event(Kind.AUTHORED, target="m1", actor="bob")),
    events.EDIT: Example(an_event(Kind.EDITED, target="m1", value=7)),
    events.REPLY: Example(an_event(Kind.REPLIED, target="m1", object="m2")),
    events.PLACE: Example(_place(1)),
    events.PRESENCE: Example(
        an_event(Kind.DELETED, target="m1"), an_event(Kind.RESTORED, target="m1")
    ),
    events.REACTION: Example(a_reaction(), a_reaction(Kind.UNREACTED)),
    events.MENTION: Example(a_mention(2), a_mention(0)),
    events.MEMBER: Example(
        an_event(Kind.JOINED, actor="ada"), an_event(Kind.LEFT, actor="ada")
    ),
    events.ROLES: Example(
        an_event(Kind.ROLES_CHANGED, actor="ada", text="5,6"),
        an_event(Kind.ROLES_CHANGED, actor="ada", text=""),
    ),
    events.REFERENCE: Example(_reference(1), _reference(0)),
    events.LINK: Example(
        an_event(Kind.LINKED, actor="ada", object="bob"),
        an_event(Kind.UNLINKED, actor="ada", object="bob"),
    ),
    events.SECOND: Example(
        an_event(Kind.SECONDED, target="m1", actor="ada", value=1),
        an_event(Kind.SECONDED, target="m1", actor="ada", value=0),
    ),
    events.ENTITLEMENT: Example(
        an_event(Kind.ENTITLED, target="m1", actor="ada", object="bob", value=3)
    ),
    events.VOTE: Example(
        an_event(Kind.VOTED, target="m1", actor="ada", text="for"),
        an_event(Kind.VOTED, target="m1", actor="ada", text=""),
    ),
    events.STATUS: Example(
        an_event(Kind.STATUS_CHANGED, target="m1", actor="ada", text="approved"),
        an_event(Kind.STATUS_CHANGED, target="m1", actor="ada", text=""),
    ),
    events.CREDIT: Example(_share(Kind.CREDITED, 3), _share(Kind.CREDITED, 0)),
    events.CHAMPION: Example(_share(Kind.CHAMPIONED, 1), _share(Kind.CHAMPIONED, 0)),
}
