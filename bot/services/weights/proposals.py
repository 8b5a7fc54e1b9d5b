"""Proposals as the log has them. They are few, so each question reads them all anew."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services.entries.entry_events import PlatformId
from bot.services.weights.proposal_events import (
    FUNDER,
    GOVERNANCE,
    Terms,
    Turn,
    parse_reason,
    parse_terms,
)
from cred.facts.events import MISSING, Event, EventColumns, Kind
from cred.governance import proposals as governance
from cred.governance.electorate import Elector
from cred.governance.proposals import Course, Record, follow
from cred.governance.tally import VoteChoice
from storage.file.database import Database
from storage.log.batch import Batch, Description
from storage.log.current_state import CurrentState

_LOCKS: Final[WeakKeyDictionary[Database, asyncio.Lock]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody proposed, voted or vetoed, in their words."""

    author: int
    text: str
    """"" once its author was erased."""
    at_ms: int


@dataclass(slots=True)
class Proposal:
    """One proposal, with everything that was recorded about it."""

    terms: Terms
    at_ms: int
    proposer: int = MISSING
    """Number of the account that made it."""
    person: int = MISSING
    """The person whose account that was then."""
    records: list[Record] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    """The first is the proposer's."""
    closed: Turn | None = None
    """What was recorded at its close."""

    @property
    def number(self) -> int:
        """The number that people type."""
        return self.terms.number

    @property
    def reason(self) -> str:
        """Why it was made; "" once the proposer was erased."""
        return self.reasons[0].text if self.reasons else ""

    def course(self, now_ms: int) -> Course:
        """Return what became of it by a moment."""
        return follow(self.terms.rule, self.person, self.records, now_ms)


class Proposals:
    """All proposals of one community, at one moment."""

    def __init__(self, community: Community, columns: EventColumns) -> None:
        self.community = community
        self._by_contribution: dict[int, Proposal] = {}
        self._entitled: dict[int, dict[int, Elector]] = {}
        self.last_reason = 0
        """How many reasons were ever given."""
        for row in range(len(columns)):
            self._take(columns, row)

    @property
    def by_number(self) -> Mapping[int, Proposal]:
        """Every proposal by its number, in the order in which they were made."""
        return {found.number: found for found in self._by_contribution.values()}

    def get(self, number: int) -> Proposal:
        """Return a proposal.

        Raises
        ------
        NotAllowedError
            If there is none with that number.
        """
        found = self.by_number.get(number)
        if found is None:
            raise NotAllowedError(f"There is no proposal {number}.")
        return found

    @property
    def next_number(self) -> int:
        """The number of the next proposal."""
        return 1 + max(self.by_number, default=0)

    def platform_id(self, account: int) -> PlatformId:
        """Return the account as events name it."""
        directory = self.community.directory
        return PlatformId(directory.account_source(account), directory.account(account))

    def _take(self, columns: EventColumns, row: int) -> None:
        kind, target = Kind(int(columns.kind[row])), int(columns.target[row])
        at_ms, actor = int(columns.at_ms[row]), int(columns.actor[row])
        number = int(columns.text[row])
        text = "" if number == MISSING else self.community.directory.text(number)
        if kind is Kind.POSTED:
            self._take_posted(target, actor, at_ms, text)
            return
        proposal = self._by_contribution.get(target)
        if proposal is None:
            return
        records, position = proposal.records, int(columns.seq[row])
        match kind:
            case Kind.CREDITED:
                proposal.proposer = int(columns.object[row])
                proposal.person = self.community.identities.person(proposal.proposer, position)
            case Kind.SECONDED:
                person = self.community.identities.person(actor, position)
                is_on = bool(columns.value[row])
                records.append(governance.Seconded(at_ms, person, is_on))
            case Kind.ENTITLED:
                self._entitle(target, actor, int(columns.object[row]), columns, row, text)
            case Kind.VOTED:
                choice = VoteChoice(text) if text else None
                records.append(governance.Voted(at_ms, actor, choice))
            case Kind.STATUS_CHANGED:
                self._turn(proposal, target, Turn(text), actor, at_ms)
            case _:
                pass

    def _take_posted(self, target: int, actor: int, at_ms: int, text: str) -> None:
        terms = parse_terms(text)
        about = parse_reason(text)
        if terms is not None:
            self._by_contribution[target] = Proposal(terms, at_ms)
            return
        if about is None:
            return
        self.last_reason += 1
        description = self.community.directory.description(target)
        reason = Reason(actor, "" if description is None else description.title, at_ms)
        for proposal in self._by_contribution.values():
            if proposal.number == about:
                proposal.reasons.append(reason)

    def _entitle(
        self,
        target: int,
        account: int,
        person: int,
        columns: EventColumns,
        row: int,
        text: str,
    ) -> None:
        electors = self._entitled.setdefault(target, {})
        known = electors.get(person)
        accounts = (account,) if known is None else (*known.accounts, account)
        electors[person] = Elector(
            person=person,
            accounts=tuple(sorted(accounts)),
            weight=int(columns.value[row]),
            is_funder=text == FUNDER,
        )

    def _turn(
        self, proposal: Proposal, target: int, turn: Turn, actor: int, at_ms: int
    ) -> None:
        records = proposal.records
        match turn:
            case Turn.PUBLISHED:
                records.append(governance.Published(at_ms))
            case Turn.OPENED:
                electors = self._entitled.get(target, {})
                records.append(governance.Opened(at_ms, tuple(electors.values())))
            case Turn.WITHDRAWN:
                records.append(governance.Withdrawn(at_ms))
            case Turn.VETOED:
                records.append(governance.Vetoed(at_ms, actor))
            case _:
                proposal.closed = turn


class ProposalWriter(Proposals):
    """All proposals of one community, while nobody else can record any."""

    async def record(self, *events: Event, descriptions: tuple[Description, ...] = ()) -> None:
        """Record events about proposals, all of them or none.

        Raises
        ------
        NotAllowedError
            If somebody in them has opted out.
        """
        batch = Batch(events=events, descriptions=descriptions, whole=True)
        appended = await self.community.log.append(batch)
        if appended.skipped:
            raise NotAllowedError(
                "You have opted out, so nothing is recorded about you: me optin first."
            )
        await self.community.directory.refresh()


async def read_proposals(community: Community) -> Proposals:
    """Read all proposals of a community."""
    return Proposals(community, await _read(community))


@asynccontextmanager
async def write_proposals(community: Community) -> AsyncIterator[ProposalWriter]:
    """Read all proposals in order to record something; one writer at a time in a community."""
    lock = _LOCKS.setdefault(community.database, asyncio.Lock())
    async with lock:
        yield ProposalWriter(community, await _read(community))


async def _read(community: Community) -> EventColumns:
    columns = await CurrentState(community.database, GOVERNANCE).events()
    await community.directory.refresh()
    await community.identities.refresh()
    return columns
