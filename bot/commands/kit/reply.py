"""A reply as data, which each platform shows in its own way.

All text of a reply is plain. Adapters escape it, so a member's name can never become markup, a
link or a ping. What should stand out is said by structure (title, facts, table, chart).
"""

from dataclasses import dataclass
from typing import Final

from bot.commands.kit.charts import Chart

LONGEST_LINE: Final = 80
"""Characters of a button's command line; a platform's button id is short."""


@dataclass(frozen=True, slots=True)
class Link:
    """Text that links to a contribution, where the platform can show a link."""

    text: str
    source: str
    place: str
    """Platform id of the channel or thread that the contribution is in."""
    contribution: str
    """Platform id. The adapter makes the address of ids; no address comes from a member."""


Cell = str | Link


@dataclass(frozen=True, slots=True)
class Fact:
    """A named figure: "Rank", "3rd of 41"."""

    name: str
    value: str
    copied: bool = False
    """The value, such as an address, is meant to be copied and is shown unchanged."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: frozenset[int] = frozenset()
    """Columns that are aligned to the right, because they hold figures."""
    title: str = ""
    is_whole: bool = False
    """Its words are what matters, as who caused something is, and are never cut."""


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
    """A press by anybody replaces the reply. Otherwise only the asker's press does, and others
    get a reply of their own."""
    form: str = ""
    """What to write, in a few words: a press then asks for a text in a form, and adds it to the
    line. "" runs the line as it is."""

    @property
    def typed_line(self) -> str:
        """The line as one would type it where there are no buttons."""
        return f"{self.line} …" if self.form else self.line

    def __post_init__(self) -> None:
        if not 0 < len(self.line) <= LONGEST_LINE:
            raise ValueError(f"a button's line has 1 to {LONGEST_LINE} characters: {self.line}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text file that comes with a reply."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """When, up to which event and with which weights the figures of a reply were computed."""

    computed_ms: int
    events: int
    """Position in the log of the last event that counted."""
    weights: int
    """Version of the community's settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The reply to a request. It is shown in the order of its fields."""

    title: str
    text: str = ""
    facts: tuple[Fact, ...] = ()
    chart: Chart | None = None
    tables: tuple[Table, ...] = ()
    after: str = ""
    """Text below the tables."""
    attachment: Attachment | None = None
    """A file, where the platform can show one. The reply is useful without it."""
    as_of: AsOf | None = None
    buttons: tuple[Button, ...] = ()
    private: bool = False
    is_error: bool = False
