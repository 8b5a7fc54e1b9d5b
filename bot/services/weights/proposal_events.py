"""The events that record proposals, their electorates and votes. Pure.

They belong to the source "governance", and a proposal is a contribution of it. What is
proposed and by which rule it is decided is the text of its POSTED event. Who proposed,
seconded, may vote and voted is in the fields for accounts, so that an erasure takes the person
and leaves the vote. Reasons are descriptions of contributions, which are erased with whoever
wrote them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bot.community.settings.voting_settings import Subject
from bot.services.entries.entry_events import PlatformId
from cred.facts.events import Event, Kind, Provenance
from cred.governance.rules import VotingRule, rule_from_json, rule_to_json
from cred.governance.tally import VoteChoice
from storage.canonical_json import Json, canonical_json

GOVERNANCE: Final = "governance"
"""Name of the source that proposals belong to."""

FUNDER: Final = "funder"
"""Text of the entitlement of a funder."""


class Turn(StrEnum):
    """What a change of status says of a proposal."""

    PUBLISHED = "published"
    OPENED = "open"
    WITHDRAWN = "withdrawn"
    VETOED = "vetoed"
    PASSED = "passed"
    FAILED = "failed"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is proposed, and how it is decided."""

    number: int
    changes: Mapping[str, Json]
    """Values of settings by canonical key; None: back to the default."""
    subject: Subject
    rule: VotingRule
    amends: int | None = None
    """Number of the proposal that this one replaces, if it passes or not."""
    effective_ms: int | None = None
    """When it takes effect at the earliest; None: once it passed."""

    def to_text(self) -> str:
        """Return the text that `parse_terms` reads back as the same."""
        later = {} if self.effective_ms is None else {"effective_ms": self.effective_ms}
        return canonical_json(
            {
                "proposal": self.number,
                "changes": dict(self.changes),
                "subject": str(self.subject),
                "rule": rule_to_json(self.rule),
                "amends": self.amends,
                **later,
            }
        )


def parse_terms(text: str) -> Terms | None:
    """Return what a text says of a proposal; None if it is of none."""
    if not text.startswith("{"):
        return None
    fields: dict[str, Any] = json.loads(text)
    if "proposal" not in fields:
        return None
    return Terms(
        number=fields["proposal"],
        changes=fields["changes"],
        subject=Subject(fields["subject"]),
        rule=rule_from_json(fields["rule"]),
        amends=fields["amends"],
        effective_ms=fields.get("effective_ms"),
    )


def proposal_id(number: int) -> str:
    """Return a proposal's id in the log.

    >>> proposal_id(3)
    'proposal:3'
    """
    return f"proposal:{number}"


def reason_id(number: int, count: int) -> str:
    """Return the id in the log of a reason that somebody gave about a proposal.

    >>> reason_id(3, 17)
    'reason:3:17'
    """
    return f"reason:{number}:{count}"


def parse_reason(text: str) -> int | None:
    """Return the proposal that a text says a reason is about; None if it is of no reason.

    >>> parse_reason("reason on 3"), parse_reason("thanks")
    (3, None)
    """
    number = text.removeprefix("reason on ")
    return int(number) if number != text and number.isdigit() else None


def proposal_events(terms: Terms, proposer: PlatformId, at_ms: int) -> Sequence[Event]:
    """Return the events that create a proposal.

    It is posted by nobody, and the proposer is credited with it: what somebody posted cannot be
    voted on any more once they are erased.
    """
    id_ = proposal_id(terms.number)
    return (
        _event(Kind.POSTED, id_, None, at_ms, text=terms.to_text()),
        _event(Kind.CREDITED, id_, None, at_ms, object_=proposer, value=1),
    )


def reason_event(number: int, id_: str, author: PlatformId, at_ms: int) -> Event:
    """Return the event that creates a reason about a proposal."""
    return _event(Kind.POSTED, id_, author, at_ms, text=f"reason on {number}")


def turn_event(number: int, turn: Turn, actor: PlatformId | None, at_ms: int) -> Event:
    """Return the event that a proposal took a turn."""
    return _event(Kind.STATUS_CHANGED, proposal_id(number), actor, at_ms, text=turn)


def second_event(number: int, actor: PlatformId, at_ms: int, *, undo: bool = False) -> Event:
    """Return the event that somebody seconds a proposal, or no longer does (`undo`)."""
    value = 0 if undo else 1
    return _event(Kind.SECONDED, proposal_id(number), actor, at_ms, value=value)


def vote_event(number: int, actor: PlatformId, choice: VoteChoice | None, at_ms: int) -> Event:
    """Return the event that somebody votes; None takes the vote back."""
    text = "" if choice is None else str(choice)
    return _event(Kind.VOTED, proposal_id(number), actor, at_ms, text=text)


def electorate_events(
    number: int, electors: Iterable["NamedElector"], at_ms: int
) -> Sequence[Event]:
    """Return the events that fix who may vote on a proposal, and then open the vote."""
    entitled = [
        _event(
            Kind.ENTITLED,
            proposal_id(number),
            account,
            at_ms,
            object_=elector.person,
            value=elector.weight,
            text=FUNDER if elector.is_funder else None,
        )
        for elector in electors
        for account in elector.accounts
    ]
    return (*entitled, turn_event(number, Turn.OPENED, None, at_ms))


@dataclass(frozen=True, slots=True)
class NamedElector:
    """An elector whose accounts are given by their platforms' ids."""

    person: PlatformId
    accounts: tuple[PlatformId, ...]
    weight: int
    is_funder: bool


def _event(
    kind: Kind,
    target: str,
    actor: PlatformId | None,
    at_ms: int,
    *,
    object_: PlatformId | None = None,
    text: str | None = None,
    value: int = 0,
) -> Event:
    return Event(
        source=GOVERNANCE,
        kind=kind,
        at_ms=at_ms,
        seen_ms=at_ms,
        provenance=Provenance.MANUAL,
        actor=None if actor is None else actor.id,
        actor_source=None if actor is None else actor.source,
        target=target,
        object=None if object_ is None else object_.id,
        object_source=None if object_ is None else object_.source,
        text=None if text is None else str(text),
        value=value,
    )
