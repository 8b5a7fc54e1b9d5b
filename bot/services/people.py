"""Finding the person somebody means: by mention, id or name.

What is found is one of these; commands put each into words.
"""

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from bot.services.communities import Community
from bot.services.standing import Standing
from storage.directory import Names

_MOST_CANDIDATES: Final = 8
_BOTS: Final[WeakKeyDictionary[Standing, frozenset[str]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody that the log knows and that may be shown."""

    account: int
    """Account number."""
    name: str
    is_bot: bool = False

    @property
    def participant(self) -> str:
        """Id in the scores."""
        return str(self.account)


@dataclass(frozen=True, slots=True)
class Unheard:
    """Surely an account of the platform, but the log never heard of it."""

    account: str
    """Platform id."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No account fits the text."""

    text: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several accounts fit the text."""

    text: str
    candidates: tuple[Person, ...]
    """At most eight, sorted by name."""
    more: int


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Wants not to be counted or shown. Carries no name, so that none can be shown."""

    is_asker: bool


@dataclass(frozen=True, slots=True)
class Erased:
    """Had their data erased. Nothing is left to show."""


Found = Person | Unheard | Unknown | Ambiguous | OptedOut | Erased


def number_of(community: Community, source: str, account: str) -> int | None:
    """Return the number of an account; None where the log never heard of it."""
    return community.names.account_number(source, account)


def by_account(community: Community, source: str, account: str, *, asker: str) -> Found:
    """Return who an account's platform id stands for."""
    number = number_of(community, source, account)
    if number is None:
        return Unheard(account)
    return _person(community.names, number, asker=number_of(community, source, asker))


def by_text(community: Community, source: str, text: str, *, asker: str) -> Found:
    """Return who a name or id as typed stands for.

    An exact id, then an exact name, then a name but for capitals, then how a name begins;
    the first of these that fits anybody decides. Opted-out people are found only by their
    exact id: a search must not tell that they are here.
    """
    names = community.names
    me = number_of(community, source, asker)
    tidy = text.strip().removeprefix("@").strip()
    numbers = [
        number
        for number in names.find_account(tidy)
        if not names.is_opted_out(number) or number == me or names.account(number) == tidy
    ]
    if not numbers:
        return Unknown(tidy)
    if len(numbers) == 1:
        return _person(names, numbers[0], asker=me)
    people = sorted((_shown(names, number) for number in numbers), key=lambda one: one.name)
    users = [one for one in people if not one.is_bot]
    if len(users) == 1:
        return users[0]
    return Ambiguous(
        tidy, tuple(people[:_MOST_CANDIDATES]), max(0, len(people) - _MOST_CANDIDATES)
    )


def named(community: Community, participant: str) -> str:
    """Return the name of a participant of the scores."""
    return _shown(community.names, int(participant)).name


def left_out(community: Community, scores: Standing) -> frozenset[str]:
    """Return those who are not shown among others: bots, and who opted out.

    Opting out counts at once; whether an account is a bot hardly ever changes, so that is
    looked up once per standing.
    """
    names = community.names
    bots = _BOTS.get(scores)
    if bots is None:
        bots = frozenset(
            one for one in scores.participants if names.account_kind(int(one)) != "user"
        )
        _BOTS[scores] = bots
    return bots | {str(number) for number in names.opted_out()}


def _person(names: Names, number: int, *, asker: int | None) -> Found:
    if names.is_opted_out(number):
        return OptedOut(is_asker=number == asker)
    if names.is_erased(number):
        return Erased()
    return _shown(names, number)


def _shown(names: Names, number: int) -> Person:
    return Person(number, names.account_name(number), names.account_kind(number) != "user")
