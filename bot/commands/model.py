"""What commands take and give: requests, replies and the parameters between, as data.

A handler never sees a platform. It takes a `Request` and returns a `Reply`; `bot/chat/*`
turns a message, slash command or button into the one and shows the other. All text of a reply
is plain: adapters escape it, so a member's name can never become markup, a link or a ping.
What should stand out is said by structure (title, table, chart), not by markup.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.services.communities import Community


class Who(StrEnum):
    """Who may run a command."""

    EVERYONE = "everyone"
    ADMINS = "server admins"


class Takes(StrEnum):
    """What a parameter is, so that adapters can offer the platform's own picker."""

    PERSON = "person"
    """A mention, a name or an id. Arrives as text as typed, or as `Mention`."""
    PERIOD = "period"
    """"all", "week", "month", "last month", "2026-10", "last 8 weeks"."""
    NUMBER = "number"
    THING = "thing"
    """A person or a link to a contribution."""
    TEXT = "text"
    """The rest of the line."""


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


Argument = str | int | Mention | ContributionLink


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a command, in the order in which it is typed."""

    name: str
    takes: Takes
    help: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Somebody asks something, somewhere, now."""

    community: Community
    source: str
    """Platform it came from: "discord", "console"."""
    actor: str
    """Platform id of the account that asks."""
    actor_name: str
    is_admin: bool
    arguments: Mapping[str, Argument]
    """By parameter name; absent where not given."""
    now_ms: int
    place: str | None = None
    locale: str = "en"
    prefix: str = "!"
    """How the asker would type the next command: "!cred", "/cred", "@credbot cred"."""


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads somewhere, where the platform can show that."""

    text: str
    url: str


Cell = str | Link


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; numbers are right-aligned by the adapter where asked."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: frozenset[int] = frozenset()
    """Columns to align to the right."""


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


@dataclass(frozen=True, slots=True)
class Button:
    """A button that runs a command line for whoever presses it, replacing the reply.

    The line travels in the button itself, so it works after a restart.
    """

    label: str
    line: str
    """As typed without prefix: "cred board 2". At most 80 characters."""
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as data."""

    title: str
    text: str = ""
    table: Table | None = None
    after: str = ""
    """Text below the table."""
    chart: Chart | None = None
    buttons: tuple[Button, ...] = ()
    as_of: str = ""
    """As of when and from which weights: stands small below everything."""
    private: bool = False
    is_error: bool = False


Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: how it is called, what it takes, who may, and the function behind it."""

    group: str
    name: str
    summary: str
    """One line, at most 100 characters."""
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
    aliases: tuple[str, ...] = field(default=())
