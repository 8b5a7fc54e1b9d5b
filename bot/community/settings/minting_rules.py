"""Minting rules as settings: budgets, minting for dependencies, and attributions.

A rule holds over time: from each of its dates on, another number. People are named by the
numbers of their accounts, so that a setting outlives an erasure.

    budgets.sourcecred/discord     2022-01-02: 4, 2022-01-23: 3
    dependencies.12                2022-01-16: 0.05
    attributions.12-15             2022-01-16: 0.25
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.community.errors import SettingMistakeError
from bot.community.settings.definitions import Definition, number_parser, parse_yes_or_no
from bot.community.settings.known import Known
from bot.community.settings.references import Reader, Reference, read_account
from cred.chain.attributions import Attribution, check_given
from cred.errors import InvalidInputError
from cred.minting.budgets import Budget, check_budgets
from storage.canonical_json import Json

BUDGETS: Final = "budgets."
DEPENDENCIES: Final = "dependencies."
ATTRIBUTIONS: Final = "attributions."
BOUNDARIES: Final = "scoring.sourcecred-boundaries"

Periods = tuple[tuple[int, float], ...]
"""Moments (ms UTC) in order, each with the number that holds from then on."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class MintingRules:
    """A community's minting rules, people by the numbers of their accounts."""

    budgets: tuple[Budget, ...] = ()
    dependencies: tuple[tuple[int, Periods], ...] = ()
    attributions: tuple[tuple[int, int, Periods], ...] = ()
    sourcecred_boundaries: bool = False

    @property
    def accounts(self) -> frozenset[int]:
        """Every account that a rule names."""
        return frozenset(
            account
            for accounts in (
                *((giver, receiver) for giver, receiver, _ in self.attributions),
                *((account,) for account, _ in self.dependencies),
            )
            for account in accounts
        )

    def restricted_to(self, known: Callable[[int], bool]) -> "MintingRules":
        """Return the rules whose accounts are all known."""
        return replace(
            self,
            dependencies=tuple(rule for rule in self.dependencies if known(rule[0])),
            attributions=tuple(
                rule for rule in self.attributions if known(rule[0]) and known(rule[1])
            ),
        )


def periods_parser(phrase: str, most: float) -> Callable[[Json], Json]:
    """Return a parser of numbers over time; `phrase` says what each number must be.

    The value kept is a list of pairs: a moment (ISO, UTC) and a number.
    """
    parse_number = number_parser(least=0, most=most, phrase=phrase)
    expected = f'dates in order, each with {phrase}, such as "2022-01-02: 4, 2022-01-23: 3"'

    def parse(value: Json) -> Json:
        pairs: list[object] = []
        if isinstance(value, str):
            pairs += [part.rpartition(":")[::2] for part in value.split(",")]
        elif isinstance(value, list):
            pairs += value
        kept: list[Json] = []
        last = None
        for pair in pairs:
            if not isinstance(pair, list | tuple) or len(pair) != _PAIR:
                raise ValueError(expected)
            moment = _parse_moment(pair[0], expected)
            if last is not None and moment < last:
                raise ValueError(expected)
            last = moment
            kept.append([_format_moment(moment), parse_number(pair[1])])
        if not kept:
            raise ValueError(expected)
        return kept

    return parse


def _read_pair(typed: str, known: Known) -> Reference:
    """Read from whom to whom: two accounts with a dash between."""
    phrase = "say from whom to whom by two numbers of accounts, such as 12-15."
    if "-" not in typed:
        raise ValueError(phrase)
    # A name may have a dash in it: the first way to split that means two accounts is taken.
    parts = typed.split("-")
    mistake: ValueError | None = None
    for at in range(1, len(parts)):
        try:
            giver = read_account("-".join(parts[:at]), known)
            receiver = read_account("-".join(parts[at:]), known)
        except ValueError as error:
            mistake = mistake or error
            continue
        if giver.id == receiver.id:
            raise ValueError(phrase)
        notes = " ".join(note for note in (giver.note, receiver.note) if note)
        return Reference(f"{giver.id}-{receiver.id}", notes)
    raise mistake or ValueError(phrase)


def minting_definitions(read_budget: Reader) -> tuple[Definition, ...]:
    """Return the settings; `read_budget` reads what a budget is for."""
    return (
        Definition(
            BOUNDARIES,
            default=False,
            help="Count an edge at a week's very start to the week before, as SourceCred does.",
            example="yes",
            parse=parse_yes_or_no,
        ),
        Definition(
            f"{BUDGETS}*",
            None,
            "The most that everything whose address starts with what you write may mint in one "
            "week, from each date on.",
            "2026-01-04: 40",
            periods_parser("a number from 0 up", 1e12),
            read_name=read_budget,
        ),
        Definition(
            f"{DEPENDENCIES}*",
            None,
            "Cred minted in addition, each week, for somebody that the work depends on (a "
            "name or number of an account): which part of all that is minted, from a date on.",
            "2026-01-04: 0.05",
            periods_parser("a number from 0 up", 1e6),
            read_name=read_account,
        ),
        Definition(
            f"{ATTRIBUTIONS}*",
            None,
            "Which part of their cred somebody passes on to somebody else (12-15: from account "
            "12 to account 15), from each date on.",
            "2026-01-04: 0.25",
            periods_parser("a number from 0 to 1", 1.0),
            read_name=_read_pair,
        ),
    )


def interpret_minting_rules(values: Mapping[str, Json]) -> MintingRules:
    """Return the minting rules that are set among a community's values."""

    def under(stem: str) -> Iterable[tuple[str, Periods]]:
        return (
            (key.removeprefix(stem), _periods(value))
            for key, value in sorted(values.items())
            if key.startswith(stem)
        )

    return MintingRules(
        budgets=tuple(
            Budget(tuple(prefix.split("/")), periods) for prefix, periods in under(BUDGETS)
        ),
        dependencies=tuple((int(account), periods) for account, periods in under(DEPENDENCIES)),
        attributions=tuple(
            (int(pair.split("-")[0]), int(pair.split("-")[1]), periods)
            for pair, periods in under(ATTRIBUTIONS)
        ),
        sourcecred_boundaries=bool(values.get(BOUNDARIES, False)),
    )


def check_minting_rules(rules: MintingRules) -> None:
    """Check that minting rules do not contradict each other.

    Raises
    ------
    SettingMistakeError
        If budgets overlap, or somebody passes on more than everything.
    """
    try:
        check_budgets(rules.budgets)
        check_given(
            Attribution(str(giver), str(receiver), periods)
            for giver, receiver, periods in rules.attributions
        )
    except InvalidInputError as error:
        raise SettingMistakeError(f"{error} (settings {BUDGETS}*, {ATTRIBUTIONS}*)") from None


def periods_json(periods: Periods) -> Json:
    """Return periods as a value that the settings take."""
    return [
        [_format_moment(_EPOCH + timedelta(milliseconds=at_ms)), value]
        for at_ms, value in periods
    ]


def _periods(value: Json) -> Periods:
    if not isinstance(value, list):
        raise TypeError(f"periods are kept as a list, not {value!r}")
    return tuple(
        ((_parse_moment(at, "a date") - _EPOCH) // timedelta(milliseconds=1), float(part))
        for at, part in value
    )


def _parse_moment(value: object, phrase: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value).strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # before year 1, or after 9999, in UTC
        raise ValueError(phrase) from None


def _format_moment(moment: datetime) -> str:
    """Return a moment as the shortest ISO text for it.

    >>> _format_moment(datetime(2022, 1, 2, tzinfo=UTC))
    '2022-01-02'
    """
    midnight = moment.time() == datetime.min.time()
    return moment.date().isoformat() if midnight else moment.isoformat().replace("+00:00", "Z")
