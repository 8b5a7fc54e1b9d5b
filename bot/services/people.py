"""Finding the person whom a mention, an id or a name means, and what to call people.

A look-up returns one of the classes below, which the commands put into words. A person may have
several accounts (`bot.community.identities.identities`). They are found by any of them, and are
called what they are called on the platform of whoever asks.
"""

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from storage.people.comparable import comparable

_MOST_CANDIDATES: Final = 8
_BOTS: Final[WeakKeyDictionary[CommunityScores, frozenset[str]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is in the log and may be shown."""

    account: int
    """Number of the account by which they were found."""
    name: str
    """Name that finds them again, if typed."""
    display_name: str
    """Name to show, with the platform if that is not the asker's."""
    is_bot: bool
    person: int
    """The least number of their accounts, as they are linked now."""


@dataclass(frozen=True, slots=True)
class UnseenAccount:
    """The account exists on its platform, but nothing in the log is about it."""

    account: str
    """Platform id."""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No account fits the text."""

    text: str


@dataclass(frozen=True, slots=True)
class AmbiguousMatch:
    """Several people fit the text."""

    text: str
    candidates: tuple[Person, ...]
    """At most eight, sorted by name."""
    more: int
    """Number of others."""


@dataclass(frozen=True, slots=True)
class OptedOutPerson:
    """Somebody who opted out of being counted and shown; so there is no name here."""

    is_asker: bool


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """Somebody whose data was erased."""


LookupResult = Person | UnseenAccount | NoMatch | AmbiguousMatch | OptedOutPerson | ErasedPerson


def find_by_account(
    community: Community, source: str, account: str, *, asker: str, here: str = ""
) -> LookupResult:
    """Return whose account it is.

    Parameters
    ----------
    community
        The community.
    source, account
        The account, by its platform's id.
    asker
        Account of whoever asks, on the platform `here`.
    here
        Source of the asker's platform; "": `source`.
    """
    number = community.directory.account_number(source, account)
    if number is None:
        return UnseenAccount(account)
    here = here or source
    return _look_up(community, number, here, community.directory.account_number(here, asker))


def find_by_text(community: Community, source: str, text: str, *, asker: str) -> LookupResult:
    """Return whom a typed name or id means.

    It is an exact id, or else a whole name, or else the start of a name: the first of these
    that fits anybody decides (`CachedDirectory.find_account`). A name on the asker's
    platform beats one elsewhere; if a name there only begins so, those elsewhere that fit are
    candidates as well. "discourse:ada" looks only among the accounts of one platform.

    People who opted out are found only by their exact id, so that a search does not tell that
    they are here. The accounts of one person are one match.

    Parameters
    ----------
    community
        The community.
    source
        Source of the asker's platform.
    text
        As typed.
    asker
        Account of whoever asks, on that platform.
    """
    directory = community.directory
    asking = directory.account_number(source, asker)
    name = text.strip().removeprefix("@").strip()
    numbers = [
        number
        for number in _fitting_accounts(community, name, source)
        if not is_opted_out(community, number)
        or _is_same_person(community, number, asking)
        or directory.account(number) == name.rpartition(":")[2]
    ]
    if not numbers:
        return NoMatch(name)
    # Of the accounts of a person, the one on the asker's platform is found.
    numbers.sort(key=lambda number: (directory.account_source(number) != source, number))
    account_of: dict[int, int] = {}
    for number in numbers:
        account_of.setdefault(community.identities.person(number), number)
    if len(account_of) == 1:
        return _look_up(community, numbers[0], source, asking)
    people = sorted(
        (_describe(community, number, source) for number in account_of.values()),
        key=lambda person: (person.name, person.account),
    )
    users = [person for person in people if not person.is_bot]
    if len(users) == 1:
        return users[0]
    return AmbiguousMatch(
        name, tuple(people[:_MOST_CANDIDATES]), max(0, len(people) - _MOST_CANDIDATES)
    )


def is_asker(community: Community, who: Person, source: str, asker: str) -> bool:
    """Tell whether a person is the one who asks, by the account they ask with."""
    return _is_same_person(
        community, who.account, community.directory.account_number(source, asker)
    )


def is_opted_out(community: Community, account: int) -> bool:
    """Tell whether the person that an account belongs to opted out with any account."""
    return any(
        community.directory.is_opted_out(number)
        for number in community.identities.accounts(account)
    )


def participant_of(community: Community, account: int, scores: CommunityScores) -> str:
    """Return the id that an account's person has in scores.

    Scores know only the links of their moment. Somebody who linked an account since is in them
    twice; this is the participant that the account belonged to then.
    """
    return str(community.identities.person(account, scores.events))


def hidden_participants(community: Community, scores: CommunityScores) -> frozenset[str]:
    """Return the participants not to show among others.

    These are bots, people who opted out, and people who were erased with all their accounts.
    """
    identities, directory = community.identities, community.directory
    bots = _BOTS.get(scores)
    if bots is None:
        # Whether an account is a bot hardly ever changes, so once for these scores is enough.
        bots = frozenset(
            participant
            for participant in scores.participants
            if _is_bot(community, identities.accounts(int(participant), scores.events))
        )
        _BOTS[scores] = bots
    opted_out = identities.with_linked(directory.opted_out())
    erased = directory.erased_accounts()
    gone = {
        number
        for number in erased
        if erased.issuperset(identities.accounts(number, scores.events))
    }
    return bots | {participant_of(community, number, scores) for number in opted_out | gone}


def participant_name(
    community: Community, participant: str, scores: CommunityScores, here: str | None = None
) -> str:
    """Return what to call a participant of scores; see `display_name`."""
    accounts = community.identities.accounts(int(participant), scores.events)
    return _display_name(community, accounts, here)


def display_name(community: Community, account: int, here: str | None = None) -> str:
    """Return what to call the person that an account belongs to.

    This is the name of their account on a platform. Without one there, it is the name of their
    first account that has a name and is not erased, with its platform: "ada (discourse)".

    Parameters
    ----------
    community
        The community.
    account
        Number of the account.
    here
        Source of the platform; None: the community's own.
    """
    return _display_name(community, community.identities.accounts(account), here)


def home_source(community: Community) -> str:
    """Return the source of the community's own platform, that of its server."""
    return community.slug.partition("-")[0]


def _fitting_accounts(community: Community, text: str, here: str) -> list[int]:
    directory = community.directory
    platform, _, rest = text.partition(":")
    platform, rest = platform.strip().casefold(), rest.strip().removeprefix("@")
    if not rest or directory.source_number(platform) is None:
        return _fitting_here_first(community, text, here)
    return directory.find_account(rest, platform)


def _fitting_here_first(community: Community, text: str, here: str) -> list[int]:
    """Return the accounts that a text fits on the asker's platform, or else on any."""
    directory = community.directory
    found_here = directory.find_account(text, here)
    names = {
        comparable(name) for number in found_here for name in directory.account_names(number)
    }
    ids = {directory.account(number) for number in found_here}
    if comparable(text) in names or text in ids:
        return found_here
    return list(dict.fromkeys((*found_here, *directory.find_account(text))))


def _look_up(community: Community, number: int, here: str, asking: int | None) -> LookupResult:
    if is_opted_out(community, number):
        return OptedOutPerson(is_asker=_is_same_person(community, number, asking))
    if community.directory.is_erased(number):
        return ErasedPerson()
    return _describe(community, number, here)


def _describe(community: Community, number: int, here: str) -> Person:
    accounts = community.identities.accounts(number)
    return Person(
        account=number,
        name=community.directory.account_name(_naming_account(community, accounts, here)),
        display_name=_display_name(community, accounts, here),
        is_bot=_is_bot(community, accounts),
        person=accounts[0],
    )


def _is_same_person(community: Community, number: int, other: int | None) -> bool:
    person = community.identities.person
    return other is not None and person(number) == person(other)


def _is_bot(community: Community, accounts: tuple[int, ...]) -> bool:
    """Tell whether none of a person's accounts is a human's."""
    return all(community.directory.account_kind(account) != "user" for account in accounts)


def _naming_account(community: Community, accounts: tuple[int, ...], here: str) -> int:
    """Return the account whose name a person goes by."""
    directory = community.directory

    def rank(number: int) -> tuple[bool, bool, bool, int]:
        return (
            directory.is_erased(number),
            directory.account_source(number) != here,
            directory.account_name(number) == directory.account(number),  # it has no name
            number,
        )

    return min(accounts, key=rank)


def _display_name(community: Community, accounts: tuple[int, ...], here: str | None) -> str:
    here = here or home_source(community)
    directory, account = community.directory, _naming_account(community, accounts, here)
    source, name = directory.account_source(account), directory.account_name(account)
    # In a community that has nobody of the platform `here`, all come from elsewhere.
    is_elsewhere = source != here and directory.source_number(here) is not None
    return f"{name} ({source})" if is_elsewhere and not directory.is_erased(account) else name
