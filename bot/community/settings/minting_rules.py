"""Minting rules of a community: budgets, minting for dependencies, attributions; as settings.

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

import numpy as np

from bot.community.settings.definitions import Definition, number, yes_or_no
from cred.chain.attributions import Attribution
from cred.epochs import epochs_covering
from cred.graph.contribution_graph import ContributionGraph
from cred.minting.budgets import Budget, apply_budgets
from cred.minting.dependencies import Dependency, mint_dependencies
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
class Minting:
    """A community's minting rules, people by the numbers of their accounts."""

    budgets: tuple[Budget, ...] = ()
    dependencies: tuple[tuple[int, Periods], ...] = ()
    attributions: tuple[tuple[int, int, Periods], ...] = ()
    sourcecred_boundaries: bool = False

    @property
    def accounts(self) -> frozenset[int]:
        """Everybody that a rule names."""
        pairs = {one for giver, to, _ in self.attributions for one in (giver, to)}
        return frozenset(pairs | {account for account, _ in self.dependencies})

    def among(self, known: Callable[[int], bool]) -> "Minting":
        """Return the rules that name nobody but accounts that there are."""
        return replace(
            self,
            dependencies=tuple(
                dependency for dependency in self.dependencies if known(dependency[0])
            ),
            attributions=tuple(
                attribution
                for attribution in self.attributions
                if known(attribution[0]) and known(attribution[1])
            ),
        )


def periods(phrase: str, most: float) -> Callable[[Json], Json]:
    """Return a reader of numbers over time; `phrase` says what each number must be.

    What is read is kept as a list of pairs, moment (ISO, UTC) and number.
    """
    read = number(least=0, most=most, phrase=phrase)
    told = f'dates in order, each with {phrase}, such as "2022-01-02: 4, 2022-01-23: 3"'

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
                raise ValueError(told)
            moment = _moment(pair[0], told)
            if last is not None and moment < last:
                raise ValueError(told)
            last = moment
            kept.append([_text(moment), read(pair[1])])
        if not kept:
            raise ValueError(told)
        return kept

    return parse


def _prefix(name: str) -> str:
    parts = [part for part in name.split("/") if part]
    if not parts:
        raise ValueError("say what the budget is for, such as sourcecred/discord.")
    return "/".join(parts)


def _account(name: str) -> str:
    if not name.isdecimal():
        raise ValueError("say whom it is for by the number of an account.")
    return str(int(name))


def _pair(name: str) -> str:
    giver, _, receiver = name.partition("-")
    if not (giver.isdecimal() and receiver.isdecimal()) or int(giver) == int(receiver):
        raise ValueError("say from whom to whom by two numbers of accounts, such as 12-15.")
    return f"{int(giver)}-{int(receiver)}"


DEFINITIONS: Final = (
    Definition(
        BOUNDARIES,
        default=False,
        help="Count an edge at a week's very start to the week before, as SourceCred does.",
        example="yes",
        parse=yes_or_no,
    ),
    Definition(
        f"{BUDGETS}*",
        None,
        "What everything whose address starts with what you write may mint in one week, at "
        "most; from each date on.",
        "2026-01-04: 40",
        periods("a number from 0 up", 1e12),
        kept_as=_prefix,
    ),
    Definition(
        f"{DEPENDENCIES}*",
        None,
        "Cred minted on top, each week, for somebody that the work depends on (named by the "
        "number of an account): which part of all that is minted; from each date on.",
        "2026-01-04: 0.05",
        periods("a number from 0 up", 1e6),
        kept_as=_account,
    ),
    Definition(
        f"{ATTRIBUTIONS}*",
        None,
        "Which part of their cred somebody passes on to somebody else (12-15: from account 12 "
        "to account 15); from each date on.",
        "2026-01-04: 0.25",
        periods("a number from 0 to 1", 1.0),
        kept_as=_pair,
    ),
)


def minting(values: Mapping[str, Json]) -> Minting:
    """Return the rules among a community's settings that are set."""

    def under(stem: str) -> Iterable[tuple[str, Periods]]:
        return (
            (key.removeprefix(stem), _read(value))
            for key, value in sorted(values.items())
            if key.startswith(stem)
        )

    return Minting(
        budgets=tuple(
            Budget(tuple(prefix.split("/")), held) for prefix, held in under(BUDGETS)
        ),
        dependencies=tuple((int(who), held) for who, held in under(DEPENDENCIES)),
        attributions=tuple(
            (int(pair.split("-")[0]), int(pair.split("-")[1]), held)
            for pair, held in under(ATTRIBUTIONS)
        ),
        sourcecred_boundaries=bool(values.get(BOUNDARIES, False)),
    )


def minted(
    graph: ContributionGraph, rules: Minting, participant: Mapping[int, str]
) -> ContributionGraph:
    """Return a graph with budgets kept and dependencies minted for.

    Parameters
    ----------
    graph
        Weighted.
    rules
        The community's.
    participant
        Of the accounts that rules name, whose they are; those missing take no part.

    Raises
    ------
    InvalidInputError
        If budgets overlap.
    """
    if not (rules.budgets or rules.dependencies) or not graph.mint.any():
        return graph
    epochs = epochs_covering(graph.times_ms())
    whole: dict[str, list[Periods]] = {}
    for account, held in rules.dependencies:
        if account in participant:
            whole.setdefault(participant[account], []).append(held)
    return mint_dependencies(
        apply_budgets(graph, rules.budgets, epochs),
        [Dependency(person, _summed(held)) for person, held in whole.items()],
        epochs,
    )


def attributed(rules: Minting, participant: Mapping[int, str]) -> tuple[Attribution, ...]:
    """Return attributions between participants; those within one person are none."""
    whole: dict[tuple[str, str], list[Periods]] = {}
    for giver, receiver, held in rules.attributions:
        pair = participant.get(giver), participant.get(receiver)
        if pair[0] is not None and pair[1] is not None and pair[0] != pair[1]:
            whole.setdefault((pair[0], pair[1]), []).append(held)
    return tuple(Attribution(*pair, _summed(held)) for pair, held in whole.items())


def periods_json(held: Periods) -> Json:
    """Return periods as a setting's value, for whoever sets them."""
    return [[_text(_EPOCH + timedelta(milliseconds=at_ms)), value] for at_ms, value in held]


def _summed(many: list[Periods]) -> Periods:
    """Return what several rules for the same come to: accounts that were linked since."""
    if len(many) == 1:
        return many[0]
    moments = np.unique([at_ms for held in many for at_ms, _ in held]).tolist()
    return tuple(
        (at_ms, sum(next((v for t, v in reversed(held) if t <= at_ms), 0.0) for held in many))
        for at_ms in moments
    )


def _read(value: Json) -> Periods:
    if not isinstance(value, list):
        raise TypeError(f"periods are kept as a list, not {value!r}")
    return tuple(
        ((_moment(at, "a date") - _EPOCH) // timedelta(milliseconds=1), float(part))
        for at, part in value
    )


def _moment(value: object, phrase: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value).strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # before year 1, or after 9999, in UTC
        raise ValueError(phrase) from None


def _text(moment: datetime) -> str:
    """Return a moment as short as it can be told.

    >>> _text(datetime(2022, 1, 2, tzinfo=UTC))
    '2022-01-02'
    """
    midnight = moment.time() == datetime.min.time()
    return moment.date().isoformat() if midnight else moment.isoformat().replace("+00:00", "Z")
