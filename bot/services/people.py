"""Finding the person somebody means: by mention, id or name; and what to call them.

What is found is one of these; commands put each into words. A person may have several accounts
(`bot.community.identities.identities`): they are found by any of them, and called by the one on the
platform where it is asked, so that they are called what they are called there.
"""

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores

_MOST_CANDIDATES: Final = 8
_BOTS: Final[WeakKeyDictionary[CommunityScores, frozenset[str]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody that the log knows and that may be shown."""

    account: int
    """Number of the account by which they were found, or by which they are called."""
    name: str
    is_bot: bool = False
    person: int = 0
    """The least number of their accounts, as they are linked now; 0: that one alone."""
    display_name: str = ""
    """The name as it is shown, with the platform where that is another; "": the name."""

    @property
    def title(self) -> str:
        """What to call them where they are not to be typed."""
        return self.display_name or self.name

    @property
    def participant(self) -> str:
        """Id in scores that know of all links there are now; see `participant_of`."""
        return str(self.person or self.account)


@dataclass(frozen=True, slots=True)
class UnseenAccount:
    """Surely an account of the platform, but the log never heard of it."""

    account: str
    """Platform id."""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No account fits the text."""

    text: str


@dataclass(frozen=True, slots=True)
class AmbiguousMatch:
    """Several accounts fit the text."""

    text: str
    candidates: tuple[Person, ...]
    """At most eight, sorted by name."""
    more: int


@dataclass(frozen=True, slots=True)
class OptedOutPerson:
    """Wants not to be counted or shown. Carries no name, so that none can be shown."""

    is_asker: bool


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """Had their data erased. Nothing is left to show."""


LookupResult = Person | UnseenAccount | NoMatch | AmbiguousMatch | OptedOutPerson | ErasedPerson


def account_number(community: Community, source: str, account: str) -> int | None:
    """Return the number of an account; None where the log never heard of it."""
    return community.directory.account_number(source, account)


def find_by_account(
    community: Community, source: str, account: str, *, asker: str, here: str = ""
) -> LookupResult:
    """Return who an account's platform id stands for.

    `asker` is an account of the platform `here`, where one asks; "": of the same one.
    """
    number = account_number(community, source, account)
    if number is None:
        return UnseenAccount(account)
    me = account_number(community, here or source, asker)
    return _person(community, number, here or source, asker=me)


def find_by_text(community: Community, source: str, text: str, *, asker: str) -> LookupResult:
    """Return who a name or id as typed stands for.

    An exact id, then an exact name, then a name but for capitals, then how a name begins;
    the first of these that fits anybody decides. "discourse:ada" looks only among one
    platform's accounts. Opted-out people are found only by their exact id: a search must not
    tell that they are here. Accounts of one person are one answer: their account on `source`,
    if it is among them.
    """
    directory = community.directory
    me = account_number(community, source, asker)
    tidy = text.strip().removeprefix("@").strip()
    fitting = _fitting(community, tidy)
    numbers = [
        number
        for number in fitting
        if not _is_opted_out(community, number)
        or _is_same(community, number, me)
        or directory.account(number) == tidy.rpartition(":")[2]
    ]
    if not numbers:
        return NoMatch(tidy)
    # The account on the asker's platform stands for its person.
    numbers.sort(key=lambda one: (directory.account_source(one) != source, one))
    persons: dict[int, int] = {}
    for number in numbers:
        persons.setdefault(community.identities.person(number), number)
    if len(persons) == 1:
        return _person(community, numbers[0], source, asker=me)
    people = sorted(
        (_shown(community, number, source) for number in persons.values()),
        key=lambda one: (one.name, one.account),
    )
    users = [one for one in people if not one.is_bot]
    if len(users) == 1:
        return users[0]
    return AmbiguousMatch(
        tidy, tuple(people[:_MOST_CANDIDATES]), max(0, len(people) - _MOST_CANDIDATES)
    )


def is_asker(community: Community, who: Person, source: str, asker: str) -> bool:
    """Tell whether somebody is the person that an asking account belongs to."""
    return _is_same(community, who.account, account_number(community, source, asker))


def participant_of(community: Community, account: int, scores: CommunityScores) -> str:
    """Return the id that an account's person has in scores.

    Scores know the links of their moment only: somebody who linked an account since is in them
    twice, and is answered from the part that the account has.
    """
    return str(community.identities.person(account, scores.events))


def participant_name(
    community: Community, participant: str, scores: CommunityScores, here: str | None = None
) -> str:
    """Return what to call a participant of scores; see `display_name`."""
    accounts = community.identities.accounts(int(participant), scores.events)
    return _called(community, accounts, here)


def display_name(community: Community, account: int, here: str | None = None) -> str:
    """Return what to call the person that an account belongs to.

    By their account on a platform, else by the first that has a name and is not erased, with
    its platform: "ada (discourse)".

    Parameters
    ----------
    account
        Its number.
    here
        The platform's source; the community's own if not given.
    """
    return _called(community, community.identities.accounts(account), here)


def is_opted_out(community: Community, account: int) -> bool:
    """Tell whether the person that an account belongs to opted out, by any account."""
    return _is_opted_out(community, account)


def home_source(community: Community) -> str:
    """Return the source that the community is at home on: that of its server."""
    return community.slug.partition("-")[0]


def hidden_participants(community: Community, scores: CommunityScores) -> frozenset[str]:
    """Return those who are not shown among others: bots, and who opted out by any account.

    Opting out counts at once; whether an account is a bot hardly ever changes, so that is
    looked up once per standing.
    """
    directory, identities = community.directory, community.identities
    bots = _BOTS.get(scores)
    if bots is None:
        linked: dict[int, list[int]] = {}
        for account, person in identities.persons(scores.events).items():
            linked.setdefault(person, []).append(account)
        bots = frozenset(
            one
            for one in scores.participants
            if all(
                directory.account_kind(account) != "user"
                for account in linked.get(int(one), [int(one)])
            )
        )
        _BOTS[scores] = bots
    hidden = identities.with_linked(directory.opted_out())
    return bots | {participant_of(community, number, scores) for number in hidden}


def _fitting(community: Community, text: str) -> list[int]:
    """Return the accounts that a text may mean; after "discourse:", only those of there."""
    directory = community.directory
    platform, _, rest = text.partition(":")
    platform, rest = platform.strip().casefold(), rest.strip().removeprefix("@")
    if not rest or directory.source_number(platform) is None:
        return directory.find_account(text)
    return directory.find_account(rest, platform)


def _person(community: Community, number: int, here: str, *, asker: int | None) -> LookupResult:
    if _is_opted_out(community, number):
        return OptedOutPerson(is_asker=_is_same(community, number, asker))
    if community.directory.is_erased(number):
        return ErasedPerson()
    return _shown(community, number, here)


def _is_opted_out(community: Community, number: int) -> bool:
    directory = community.directory
    return any(
        directory.is_opted_out(account) for account in community.identities.accounts(number)
    )


def _is_same(community: Community, number: int, other: int | None) -> bool:
    person = community.identities.person
    return other is not None and person(number) == person(other)


def _shown(community: Community, number: int, here: str) -> Person:
    directory, accounts = community.directory, community.identities.accounts(number)
    return Person(
        number,
        directory.account_name(_face(community, accounts, here)),
        all(directory.account_kind(account) != "user" for account in accounts),
        accounts[0],
        _called(community, accounts, here),
    )


def _face(community: Community, accounts: tuple[int, ...], here: str) -> int:
    """Return the account by which somebody is called."""
    directory = community.directory

    def order(number: int) -> tuple[bool, bool, bool, int]:
        return (
            directory.is_erased(number),
            directory.account_source(number) != here,
            directory.account_name(number) == directory.account(number),  # it has none
            number,
        )

    return min(accounts, key=order)


def _called(community: Community, accounts: tuple[int, ...], here: str | None) -> str:
    here = here or home_source(community)
    directory, face = community.directory, _face(community, accounts, here)
    source = directory.account_source(face)
    name = directory.account_name(face)
    # A community without a platform of its own has nobody to tell them apart from.
    elsewhere = source != here and directory.source_number(here) is not None
    return f"{name} ({source})" if elsewhere and not directory.is_erased(face) else name
