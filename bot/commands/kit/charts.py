"""Charts as data. Adapters draw them as well as they can.

Whatever a chart shows also stands in the words and tables of the same reply, and in its `alt`,
for those who cannot see it.
"""

from dataclasses import dataclass
from typing import TypeAlias

from bot.commands.kit.wording import amount


@dataclass(frozen=True, slots=True)
class WeekChart:
    """One value per week."""

    title: str
    starts_ms: tuple[int, ...]
    """First moment of each week, ascending."""
    values: tuple[float, ...]
    unit: str
    alt: str
    """The chart in words and numbers, for those who cannot see it."""
    running: bool = False
    """The last week is not over yet, so its value still grows."""
    short_title: str = ""
    """Title without any name, for a picture that cannot draw the script of the name."""


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """One row of a `DumbbellChart`: somebody before and after a change."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class DumbbellChart:
    """What a change does to each of a few people: before and after, on one scale."""

    title: str
    rows: tuple[Dumbbell, ...]
    unit: str

    @property
    def alt(self) -> str:
        """The chart in words and numbers."""
        rows = [
            f"{row.name} from {amount(row.before)} to {amount(row.after)}" for row in self.rows
        ]
        return f"{self.title}, in {self.unit}, before and after: {'; '.join(rows)}."

    @property
    def short_title(self) -> str:
        """As of a `WeekChart`; the title has no name."""
        return self.title


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """One row of a `WaterfallChart`: what something adds or takes."""

    label: str
    change: float


@dataclass(frozen=True, slots=True)
class WaterfallChart:
    """The way from one value to another, step by step."""

    title: str
    start: float
    steps: tuple[WaterfallStep, ...]
    """Their changes sum to `end` - `start`."""
    end: float
    unit: str
    start_label: str = "Then"
    end_label: str = "Now"
    short_title: str = ""

    @property
    def alt(self) -> str:
        """The chart in words and numbers."""
        signs = ("plus", "minus")
        steps = [
            f"{signs[step.change < 0]} {amount(abs(step.change))} by {step.label}"
            for step in self.steps
        ]
        return (
            f"{self.title}, in {self.unit}: {self.start_label} {amount(self.start)}; "
            f"{'; '.join([*steps, f'{self.end_label} {amount(self.end)}'])}."
        )


Chart: TypeAlias = WeekChart | DumbbellChart | WaterfallChart
