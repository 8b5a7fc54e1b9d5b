"""The values that arguments of commands have, once they are read."""

from dataclasses import dataclass
from datetime import date

from cred.periods import Period


@dataclass(frozen=True, slots=True)
class Mention:
    """An account picked or mentioned on its platform, by the id it has there."""

    source: str
    account: str


@dataclass(frozen=True, slots=True)
class ContributionLink:
    """A contribution named by its link, by its number, or by a reply to it."""

    source: str
    contribution: str


@dataclass(frozen=True, slots=True)
class Share:
    """A person with a share of some work."""

    person: Mention | str
    """A mention, or a name or id as typed."""
    share: int = 1


Argument = str | int | Period | Mention | ContributionLink | date | tuple[Share, ...]
