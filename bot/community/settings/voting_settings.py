"""Settings of how a community decides about its weights, and the rules that they make.

There are three subjects of proposals, each with a rule of its own: weights, what a single
contribution is worth, and CredRank's parameters. A rule is a preset by name; its numbers can be
set besides, some for each subject and some for all.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from bot.community.settings.definitions import (
    Definition,
    choice_parser,
    number_parser,
    optional_parser,
    parse_yes_or_no,
    whole_number_parser,
)
from bot.community.settings.references import read_role, split_list
from cred.governance.electorate import Thresholds
from cred.governance.rules import MOST_DAYS, MOST_VETO_HOURS, PRESETS, Counting, VotingRule
from storage.canonical_json import Json

GetSetting = Callable[[str], Json]

MAY_ACT: Final = "votes.maintainers-may-act"
MAINTAINERS: Final = "roles.maintainers"
TREASURERS: Final = "roles.treasurers"
RECUSAL: Final = "votes.recusal"

PARAMETER_FAMILIES: Final = ("scoring", "budgets", "dependencies", "attributions")
"""Families of settings that are CredRank's parameters, or rules of minting."""

_DEFAULT_PRESET: Final = "simple majority"


class Subject(StrEnum):
    """What a proposal is about."""

    WEIGHTS = "weights"
    CONTRIBUTION = "contribution"
    """What one contribution is worth."""
    PARAMETERS = "parameters"
    """CredRank's parameters, and rules of minting."""


def is_weight(key: str) -> bool:
    """Tell whether a setting, by its canonical key, decides what counts and can be proposed."""
    return key.partition(".")[0] in {"weights", *PARAMETER_FAMILIES}


@dataclass(frozen=True, slots=True)
class Franchise:
    """Who may vote."""

    thresholds: Thresholds
    maintainers_only: bool
    funder_roles: frozenset[str]
    recusal: bool
    """Whoever proposes, or did the contribution in question, may not vote."""


def read_rule(get: GetSetting, subject: Subject) -> VotingRule:
    """Return the rule that holds for proposals about a subject."""
    rule = PRESETS[str(get(f"votes.rule.{subject}"))]
    keys = [*((number, f"votes.{number.name}.{subject}") for number in _OF_SUBJECT)]
    keys += [(number, f"votes.{number.name}") for number in _OF_ALL]
    changes = {
        number.name.replace("-", "_"): number.read(value)
        for number, key in keys
        if (value := get(key)) is not None
    }
    return replace(rule, **changes, funders_part=Fraction(str(get("votes.funders-part"))))


def read_franchise(get: GetSetting, subject: Subject) -> Franchise:
    """Return who may vote on proposals about a subject."""
    cred, days = get("votes.electors-cred"), get("votes.electors-days")
    return Franchise(
        thresholds=Thresholds(
            cred=float(cred) if isinstance(cred, int | float) else 0.0,
            days=days if isinstance(days, int) else 0,
            roles=_texts(get("votes.electors-roles")),
        ),
        maintainers_only=get(f"votes.rule.{subject}") == "maintainers decide",
        funder_roles=_texts(get("votes.funders-roles")),
        recusal=get(RECUSAL) is True,
    )


def parse_part(value: Json) -> Json:
    """Parse a part of a whole, kept as an exact fraction.

    >>> parse_part("2/3"), parse_part("50 %"), parse_part(0.25)
    ('2/3', '1/2', '1/4')
    """
    phrase = 'a part such as "2/3", "50 %" or "0.5"'
    text = str(value).strip()
    is_percent = text.endswith("%")
    try:
        part = Fraction(text.removesuffix("%").strip()) / (100 if is_percent else 1)
    except (ValueError, ZeroDivisionError):
        raise ValueError(phrase) from None
    if not 0 <= part <= 1:
        raise ValueError(f"{phrase}, from 0 to 1")
    return str(part)


def _parse_majority(value: Json) -> Json:
    part = parse_part(value)
    if Fraction(str(part)) < Fraction(1, 2):
        raise ValueError('at least half, such as "1/2" or "2/3"')
    return part


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of a rule that can be set beside the preset."""

    name: str
    meaning: str
    example: str
    parse: Callable[[Json], Json]
    read: Callable[[Any], Any] = lambda kept: kept
    """Makes the rule's value of what is kept."""

    def define(self, key: str, whose: str) -> Definition:
        return Definition(
            key=key,
            default=None,
            help=f"{self.meaning}{whose}; off: as the rule says.",
            example=self.example,
            parse=optional_parser(self.parse),
        )


_OF_SUBJECT: Final = (
    _Number("quorum", "Part of the electorate that has to vote", "1/3", parse_part, Fraction),
    _Number(
        "majority",
        "Part of the votes for or against that has to be for",
        "2/3",
        _parse_majority,
        Fraction,
    ),
    _Number(
        "days",
        "How many days a vote is open",
        "7",
        whole_number_parser(least=1, most=MOST_DAYS),
    ),
)
_OF_ALL: Final = (
    _Number(
        "counting",
        "What a vote weighs: people (each one), cred, or root (its square root)",
        "root",
        choice_parser(*Counting),
        Counting,
    ),
    _Number(
        "seconds",
        "How many people have to second a proposal before its vote opens",
        "1",
        whole_number_parser(least=0, most=1_000),
    ),
    _Number(
        "objections",
        "How many votes against stop a proposal, whatever else is voted",
        "3",
        whole_number_parser(least=1, most=1_000_000),
    ),
    _Number(
        "veto-hours",
        "How many hours maintainers may veto what passed; 0: not at all",
        "48",
        whole_number_parser(least=0, most=MOST_VETO_HOURS),
    ),
)
_ABOUT: Final = {
    Subject.WEIGHTS: "weights",
    Subject.CONTRIBUTION: "single contributions",
    Subject.PARAMETERS: "CredRank's parameters",
}


def _rule_definitions() -> Iterator[Definition]:
    for subject, about in _ABOUT.items():
        yield Definition(
            key=f"votes.rule.{subject}",
            default=_DEFAULT_PRESET,
            help=f"How proposals about {about} are decided: {', '.join(PRESETS)}.",
            example="quorum and two thirds",
            parse=choice_parser(*PRESETS),
        )
        for number in _OF_SUBJECT:
            yield number.define(f"votes.{number.name}.{subject}", f", on {about}")
    for number in _OF_ALL:
        yield number.define(f"votes.{number.name}", "")


def _roles(key: str, help_: str) -> Definition:
    return Definition(
        key=key,
        default=[],
        help=help_,
        example="123456789012345678",
        parse=split_list,
        read_item=read_role,
    )


DEFINITIONS: Final[Sequence[Definition]] = (
    *_rule_definitions(),
    Definition(
        key="votes.electors-cred",
        default=0.0,
        help="The least cred that somebody needs to vote.",
        example="10",
        parse=number_parser(least=0, phrase="a number of at least 0"),
    ),
    Definition(
        key="votes.electors-days",
        default=30,
        help="How many days somebody must have been in the community to vote.",
        example="90",
        parse=whole_number_parser(least=0, most=3650),
    ),
    _roles("votes.electors-roles", "Roles of which somebody needs one to vote; none: no role."),
    _roles("votes.funders-roles", "Roles of funders, who vote whatever cred they have."),
    Definition(
        key="votes.funders-part",
        default="0",
        help="The part of the vote that funders have together; 0: they vote like everybody.",
        example="1/4",
        parse=parse_part,
    ),
    Definition(
        key=RECUSAL,
        default=False,
        help="Whoever proposes, or did the contribution in question, may not vote.",
        example="yes",
        parse=parse_yes_or_no,
    ),
    Definition(
        key=MAY_ACT,
        default=False,
        help="Maintainers may change weights without a vote; it is announced.",
        example="yes",
        parse=parse_yes_or_no,
    ),
    _roles(MAINTAINERS, "Roles whose members are maintainers, beside the server's admins."),
    _roles(TREASURERS, "Roles whose members are treasurers."),
)


def _texts(value: Json) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()
