"""Voting rules: how votes are counted, and what it takes for a proposal to pass.

A rule is fixed when a proposal is made, and written into the log with it, so that a tally can
be repeated years later, whatever the community has decided since. All its numbers are exact.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from cred.errors import InvalidInputError

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

MOST_DAYS: Final = 90
MOST_VETO_HOURS: Final = 24 * 30


def _check_range(
    name: str, value: Fraction | int, least: Fraction | int, most: Fraction | int
) -> None:
    if not least <= value <= most:
        raise InvalidInputError(f"{name} must be from {least} to {most}, not {value}.")


class Counting(StrEnum):
    """What a vote weighs."""

    PEOPLE = "people"
    """One person, one vote."""
    CRED = "cred"
    ROOT = "root"
    """The square root of cred, so that no few outvote everybody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VotingRule:
    """What it takes for a proposal to pass.

    Raises
    ------
    InvalidInputError
        If a number is out of its range.
    """

    counting: Counting = Counting.PEOPLE
    quorum: Fraction = Fraction(0)
    """Least part of the electorate, by weight, that has to vote, abstentions included."""
    majority: Fraction = Fraction(1, 2)
    """Least part of the votes for or against that has to be for; always more than half."""
    objections: int | None = None
    """Lazy consensus: it passes unless so many people vote against it. Quorum and majority do
    not matter then."""
    days: int = 7
    """How long the vote is open; also how long a proposal waits to be seconded."""
    seconds: int = 0
    """Number of people besides the proposer who have to second it before the vote opens."""
    veto_hours: int = 0
    """How long maintainers may veto it after the close; 0: they may not."""
    funders_part: Fraction = Fraction(0)
    """The part of the vote that funders have together, whatever each of them weighs."""

    def __post_init__(self) -> None:
        _check_range("quorum", self.quorum, 0, 1)
        _check_range("majority", self.majority, Fraction(1, 2), 1)
        _check_range("funders_part", self.funders_part, 0, 1)
        _check_range("days", self.days, 1, MOST_DAYS)
        _check_range("seconds", self.seconds, 0, 1_000)
        _check_range("veto_hours", self.veto_hours, 0, MOST_VETO_HOURS)
        if self.objections is not None:
            _check_range("objections", self.objections, 1, 1_000_000)

    @property
    def duration_ms(self) -> int:
        """How long the vote is open."""
        return self.days * DAY_MS

    @property
    def veto_ms(self) -> int:
        """How long maintainers may veto after the close."""
        return self.veto_hours * HOUR_MS


PRESETS: Final = MappingProxyType(
    {
        "simple majority": VotingRule(),
        "quorum and two thirds": VotingRule(
            quorum=Fraction(1, 3), majority=Fraction(2, 3), seconds=1
        ),
        "lazy consensus": VotingRule(objections=3, veto_hours=0),
        "maintainers decide": VotingRule(days=3),
    }
)
"""Rules by name, for communities that do not want to set each number. Under "maintainers
decide", the electorate is the maintainers'."""


def rule_to_json(rule: VotingRule) -> dict[str, Any]:
    """Return a rule as JSON values, which `rule_from_json` reads back as the same."""
    return {
        "counting": str(rule.counting),
        "quorum": str(rule.quorum),
        "majority": str(rule.majority),
        "objections": rule.objections,
        "days": rule.days,
        "seconds": rule.seconds,
        "veto_hours": rule.veto_hours,
        "funders_part": str(rule.funders_part),
    }


def rule_from_json(fields: dict[str, Any]) -> VotingRule:
    """Return the rule that `rule_to_json` wrote.

    Raises
    ------
    InvalidInputError
        If a field is missing, unknown or out of its range.
    """
    if fields.keys() != rule_to_json(VotingRule()).keys():
        raise InvalidInputError(f"a voting rule has other fields than {sorted(fields)}.")
    try:
        return replace(
            VotingRule(),
            counting=Counting(fields["counting"]),
            quorum=Fraction(fields["quorum"]),
            majority=Fraction(fields["majority"]),
            objections=fields["objections"],
            days=fields["days"],
            seconds=fields["seconds"],
            veto_hours=fields["veto_hours"],
            funders_part=Fraction(fields["funders_part"]),
        )
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise InvalidInputError(f"a voting rule cannot be read: {error}.") from error
