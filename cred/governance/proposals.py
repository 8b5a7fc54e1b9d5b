"""Proposals: what becomes of one, as a pure function of what was recorded and a moment.

    proposed ─► published ─► (seconded) ─► opened ─► closed ─► passed ─► in force
        │            │                        │                   └────► vetoed
        └────────────┴──── withdrawn, lapsed ─┘       └────► failed

Nothing has to happen at the close for it to be the close: a bot that was down finds, when it
starts again, what was decided and as of when. Only what is recorded counts, in the order of the
log; what came too early, too late or from somebody who may not is passed over, so that any log
has exactly one meaning.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cred.governance.electorate import Elector
from cred.governance.rules import VotingRule
from cred.governance.tally import Tally, VoteChoice, tally_votes


@dataclass(frozen=True, slots=True)
class Published:
    """The proposal can be seen by everybody."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Seconded:
    """Somebody seconds it, or no longer does."""

    at_ms: int
    person: int
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """The vote opens, among these electors."""

    at_ms: int
    electors: tuple[Elector, ...]


@dataclass(frozen=True, slots=True)
class Voted:
    """An account votes; None takes its vote back."""

    at_ms: int
    account: int
    choice: VoteChoice | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The proposer withdraws it."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Vetoed:
    """A maintainer vetoes it."""

    at_ms: int
    account: int


Record = Published | Seconded | Opened | Voted | Withdrawn | Vetoed


class Stage(StrEnum):
    """Where a proposal stands."""

    UNPUBLISHED = "not published yet"
    SEEKING = "seeking seconds"
    SECONDED = "about to open"
    OPEN = "open"
    FAILED = "failed"
    PASSED = "passed"
    """It takes effect now, or the maintainers' time for a veto is over."""
    VETOABLE = "passed, and may still be vetoed"
    VETOED = "vetoed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Too few seconded it in time."""

    @property
    def is_final(self) -> bool:
        """Whether nothing can change it any more."""
        return self in _FINAL


_FINAL = frozenset({Stage.FAILED, Stage.PASSED, Stage.VETOED, Stage.WITHDRAWN, Stage.LAPSED})


@dataclass(frozen=True, slots=True)
class Ballots:
    """Who voted what, and when for the last time; by person."""

    choices: Mapping[int, VoteChoice] = field(default_factory=dict)
    at_ms: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a proposal by a moment."""

    stage: Stage
    published_ms: int | None
    seconded_by: frozenset[int]
    opened_ms: int | None
    closes_ms: int | None
    """First moment at which no vote counts any more; None before the vote opens."""
    in_force_ms: int | None
    """When a change that passed takes effect; None if it does not, or it is not known yet."""
    electors: tuple[Elector, ...]
    ballots: Ballots
    tally: Tally | None
    """Of the close; None before it. Whoever shows it earlier influences the vote."""

    def elector(self, account: int) -> Elector | None:
        """Return whom an account votes for; None if it may not vote."""
        return next((elector for elector in self.electors if account in elector.accounts), None)


def follow(rule: VotingRule, proposer: int, records: Iterable[Record], now_ms: int) -> Course:
    """Return what became of a proposal.

    Parameters
    ----------
    rule
        The rule that it was made under.
    proposer
        The person who made it.
    records
        What was recorded of it, in the order of the log.
    now_ms
        The moment in question; what was recorded later does not count.
    """
    walk = _Walk(rule, proposer)
    for record in records:
        if record.at_ms <= now_ms:
            walk.take(record)
    return walk.course(now_ms)


class _Walk:
    """Takes the records of a proposal in one by one."""

    def __init__(self, rule: VotingRule, proposer: int) -> None:
        self._rule, self._proposer = rule, proposer
        self._published_ms: int | None = None
        self._seconds: dict[int, None] = {}
        self._opened: Opened | None = None
        self._person_of: dict[int, int] = {}
        self._choices: dict[int, VoteChoice] = {}
        self._voted_ms: dict[int, int] = {}
        self._ended: Stage | None = None

    def take(self, record: Record) -> None:
        stage = self._stage(record.at_ms)
        match record:
            case Published() if stage is Stage.UNPUBLISHED:
                self._published_ms = record.at_ms
            case Seconded() if stage in {Stage.SEEKING, Stage.SECONDED}:
                self._second(record)
            case Opened() if stage is Stage.SECONDED:
                self._opened = record
                self._person_of = {
                    account: elector.person
                    for elector in record.electors
                    for account in elector.accounts
                }
            case Voted() if stage is Stage.OPEN and record.account in self._person_of:
                self._vote(record)
            case Withdrawn() if not stage.is_final and stage is not Stage.VETOABLE:
                self._ended = Stage.WITHDRAWN
            case Vetoed() if stage is Stage.VETOABLE:
                self._ended = Stage.VETOED
            case _:
                pass

    def _second(self, record: Seconded) -> None:
        if record.person == self._proposer:
            return
        if record.is_on:
            self._seconds[record.person] = None
        else:
            self._seconds.pop(record.person, None)

    def _vote(self, record: Voted) -> None:
        person = self._person_of[record.account]
        if record.choice is None:
            self._choices.pop(person, None)
            self._voted_ms.pop(person, None)
        else:
            self._choices[person] = record.choice
            self._voted_ms[person] = record.at_ms

    def course(self, now_ms: int) -> Course:
        opened, closes_ms = self._opened, self._closes_ms
        stage = self._stage(now_ms)
        is_passed = stage in {Stage.PASSED, Stage.VETOABLE}
        return Course(
            stage=stage,
            published_ms=self._published_ms,
            seconded_by=frozenset(self._seconds),
            opened_ms=None if opened is None else opened.at_ms,
            closes_ms=closes_ms,
            in_force_ms=self._in_force_ms if is_passed else None,
            electors=() if opened is None else opened.electors,
            ballots=Ballots(dict(self._choices), dict(self._voted_ms)),
            tally=self._tally(now_ms),
        )

    @property
    def _closes_ms(self) -> int | None:
        return None if self._opened is None else self._opened.at_ms + self._rule.duration_ms

    @property
    def _in_force_ms(self) -> int | None:
        closes_ms = self._closes_ms
        return None if closes_ms is None else closes_ms + self._rule.veto_ms

    def _tally(self, now_ms: int) -> Tally | None:
        opened, closes_ms = self._opened, self._closes_ms
        if opened is None or closes_ms is None or now_ms < closes_ms:
            return None
        return tally_votes(opened.electors, self._choices, self._rule)

    def _stage(self, now_ms: int) -> Stage:
        if self._ended is not None:
            return self._ended
        if self._opened is None:
            return self._stage_before_the_vote(now_ms)
        tally, in_force_ms = self._tally(now_ms), self._in_force_ms
        if tally is None or in_force_ms is None:
            return Stage.OPEN
        if not tally.verdict.is_pass:
            return Stage.FAILED
        return Stage.VETOABLE if now_ms < in_force_ms else Stage.PASSED

    def _stage_before_the_vote(self, now_ms: int) -> Stage:
        if self._published_ms is None:
            return Stage.UNPUBLISHED
        if len(self._seconds) >= self._rule.seconds:
            return Stage.SECONDED
        lapses_ms = self._published_ms + self._rule.duration_ms
        return Stage.SEEKING if now_ms < lapses_ms else Stage.LAPSED
