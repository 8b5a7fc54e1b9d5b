"""What commands take and give: requests, replies and the parameters between, as data.

A handler never sees a platform. It takes a `Request` and returns a `Reply`; `bot/chat/*`
turns a message, slash command or button into the one and shows the other. All text of a reply
is plain: adapters escape it, so a member's name can never become markup, a link or a ping.
What should stand out is said by structure (title, facts, table, chart), not by markup.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cred.periods import Period

if TYPE_CHECKING:
    from bot.community.communities import Community

LONGEST_LINE: Final = 80
"""Characters of a button's command line; a platform's button id is short."""
SLASH: Final = "/"
"""The prefix of commands that are picked, not typed; they have no short forms."""
LONGEST_SUMMARY: Final = 100
"""Characters of a command's or parameter's help, so that every platform can show it."""


class Who(StrEnum):
    """Who may run a command."""

    EVERYONE = "everyone"
    ADMINS = "server admins"


class Takes(StrEnum):
    """What a parameter is, so that adapters can offer the platform's own picker."""

    PERSON = "person"
    """A mention, a name or an id. Arrives as text as typed, or as `Mention`."""
    PERIOD = "period"
    """"all", "week", "month", "last month", "2026-10", "last 8 weeks". Arrives as `Period`."""
    NUMBER = "number"
    """A whole number from 1 up. Arrives as `int`."""
    THING = "thing"
    """A person or a link to a contribution. Arrives as a person's, or `ContributionLink`."""
    ACCOUNT = "account"
    """An account of any platform: a mention, a name, an id, or any of these after its platform
    ("discourse:ada"). Arrives as text as typed, or as `Mention`."""
    WORD = "word"
    """One word. Arrives as text."""
    PEOPLE = "people"
    """One or more people: mentions, or names with "and" or commas between. Arrives, as those
    below, by a form (`bot.chat.line.forms`): as a tuple of `Share`."""
    SHARES = "shares"
    """People named by mention or "@", each perhaps with a share: "@ada 2 @bob 1". Arrives as a
    tuple of `Share`."""
    DATE = "date"
    """A day: "2026-10-03", "yesterday". Arrives as `datetime.date`."""
    URL = "url"
    """An address: "https://…". Arrives as text."""
    ITEM = "item"
    """A link to a message, "contribution 7", "initiative 2". Arrives as `ContributionLink`."""
    REFERENCE = "reference"
    """The number of something: "7" or "#7". Arrives as `int`."""
    CHOICE = "choice"
    """A word behind the parameter's keyword: "kind docs". Arrives as text."""
    TITLE = "title"
    """Words up to the next part of the form, or what is in quotes. Arrives as text."""
    TEXT = "text"
    """The rest of the line, once the accounts and words declared before it are given."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A person picked or mentioned on the platform: surely an account, by its platform id."""

    source: str
    account: str


@dataclass(frozen=True, slots=True)
class ContributionLink:
    """A contribution pointed at: by its link, or by replying to it."""

    source: str
    contribution: str


@dataclass(frozen=True, slots=True)
class Share:
    """Somebody with a share."""

    person: Mention | str
    """A mention, or a name or id as typed."""
    share: int = 1


Argument = str | int | Period | Mention | ContributionLink | date | tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a command, in the order in which it is typed. All may be left out."""

    name: str
    takes: Takes
    help: str
    """At most `LONGEST_SUMMARY` characters."""
    example: str
    keyword: str = ""
    """Of a `CHOICE`: what is typed before it. Of a `REFERENCE`: what it is the number of."""
    choices: tuple[str, ...] = ()
    """Of a `CHOICE`: what there is, where that is the same everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Somebody asks something, somewhere, now."""

    community: "Community"
    source: str
    """Source whose account ids `actor` is one of: "discord"."""
    actor: str
    """Platform id of the account that asks."""
    actor_name: str
    is_admin: bool
    """As the platform says at this moment, never as it said when a button was made."""
    arguments: Mapping[str, Argument]
    """By parameter name; absent where not given."""
    now_ms: int
    place: str | None = None
    prefix: str = "!"
    """What the asker types before a command: "!", "/", "@credbot "."""
    is_private: bool = False
    """Nobody but the asker sees the reply if it is a private one."""
    is_overheard: bool = False
    """Others read what was asked, though not a private reply."""
    perhaps: str = ""
    """The line that may have been meant, where the first word could be a command misspelt."""

    def typed(self, line: str, *arguments: str) -> str:
        """Return how the asker would type a command: "!cred board last month".

        A slash command has fields to fill in, so its arguments are not typed.
        """
        if self.prefix == SLASH:
            return f"{SLASH}{line}"
        return " ".join(
            [f"{self.prefix}{line}", *(argument for argument in arguments if argument)]
        )

    def typed_default(self, group: str, name: str) -> str:
        """Return how the asker would type a group's default command, in short if possible."""
        return f"{SLASH}{group} {name}" if self.prefix == SLASH else f"{self.prefix}{group}"


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to a contribution, where the platform can show that."""

    text: str
    source: str
    place: str
    """Platform id of the channel or thread that it is in."""
    contribution: str
    """Platform id. The adapter makes the address; no address comes from a member."""


Cell = str | Link


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its name: "Rank", "3rd of 41"."""

    name: str
    value: str
    copied: bool = False
    """The value is for copying, such as an address: shown with nothing added to it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; numbers are right-aligned by the adapter where asked."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: frozenset[int] = frozenset()
    """Columns to align to the right."""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture as data: one value per week, drawn by the adapter as it can."""

    title: str
    starts_ms: tuple[int, ...]
    """First moment of each week, ascending."""
    values: tuple[float, ...]
    unit: str
    alt: str
    """What the picture shows, in words and numbers, for those who don't see it."""
    running: bool = False
    """The last week is not over: its value still grows."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button that runs a command line for whoever presses it, replacing the reply.

    The line travels in the button itself, so it works after a restart.
    """

    label: str
    line: str
    """As typed without prefix: "cred board 2". At most `LONGEST_LINE` characters."""
    enabled: bool = True
    shared: bool = False
    """Anybody's press replaces the reply; else only the asker's does, and others get a
    reply of their own."""

    def __post_init__(self) -> None:
        if not 0 < len(self.line) <= LONGEST_LINE:
            raise ValueError(f"a button's line has 1 to {LONGEST_LINE} characters: {self.line}")


@dataclass(frozen=True, slots=True)
class AsOf:
    """As of when and from which weights the numbers of a reply are."""

    computed_ms: int
    events: int
    """Position in the log up to which events are counted."""
    weights: int
    """Version of the community's settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as data. Shown in the order of its fields."""

    title: str
    text: str = ""
    facts: tuple[Fact, ...] = ()
    chart: Chart | None = None
    tables: tuple[Table, ...] = ()
    after: str = ""
    """Text below the tables."""
    as_of: AsOf | None = None
    buttons: tuple[Button, ...] = ()
    private: bool = False
    is_error: bool = False


Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: how it is called, what it takes, who may, and the function behind it."""

    group: str
    """"" for a command that stands alone (`help`); two words for a group within a group
    ("admin identity")."""
    name: str
    summary: str
    """One line, at most `LONGEST_SUMMARY` characters."""
    details: str
    """What a newcomer should know; shown by `help`."""
    handler: Handler
    parameters: tuple[Parameter, ...] = ()
    examples: tuple[str, ...] = ()
    """As typed without prefix: "cred show @ada last month"."""
    who: Who = Who.EVERYONE
    is_group_default: bool = False
    """`!cred` alone is `!cred show`."""
    heavy: bool = False
    """May take more than a second: adapters show that they are at it."""
    private: bool = False
    """Every reply is private, which an adapter must know before there is one."""
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in (self.summary, *(parameter.help for parameter in self.parameters)):
            if len(text) > LONGEST_SUMMARY:
                raise ValueError(f"longer than {LONGEST_SUMMARY} characters: {text}")

    @property
    def line(self) -> str:
        """How it is called, without prefix: "cred show"."""
        return f"{self.group} {self.name}".strip()

    @property
    def usage(self) -> str:
        """How it is called with what: "cred show [person] [period]"."""
        return " ".join([self.line, *(f"[{parameter.name}]" for parameter in self.parameters)])
