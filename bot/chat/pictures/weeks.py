"""Pictures with one bar per week."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.chat.fonts import FONT
from bot.chat.pictures.canvas import (
    BACKGROUND,
    FAINT,
    GAIN,
    GRID,
    LEFT,
    TEXT,
    draw_title,
    make_figure,
    to_png,
)
from bot.commands.kit.charts import WeekChart
from bot.commands.kit.wording import amount, day

HEIGHT_PX: Final = 480
_MOST_FIGURES: Final = 13
"""Most bars that each have their figure written above them."""
_LARGEST_FIGURE: Final = 10_000
"""Figures from here on are too wide for that."""
_DECIMALS_BELOW: Final = 100
"""Figures from here on are written without decimals."""
_MOST_DAYS: Final = 6
"""Most dates below the bars."""


def draw_weeks(chart: WeekChart) -> bytes:
    """Return the chart as a PNG image of `canvas.WIDTH_PX` by `HEIGHT_PX`."""
    figure = make_figure(HEIGHT_PX)
    axes = figure.add_axes((0.105, 0.12, 0.835, 0.68), facecolor=BACKGROUND)
    _bars(axes, chart)
    _frame(figure, axes, chart)
    draw_title(figure, chart.title, chart.short_title, 0.925)
    return to_png(figure)


def _bars(axes: Axes, chart: WeekChart) -> None:
    positions = range(len(chart.values))
    bars = axes.bar(list(positions), list(chart.values), width=0.78, color=GAIN, zorder=2)
    if chart.running and chart.values:
        # The week is not over, so its bar is only an outline.
        last = bars[-1]
        last.set(facecolor=BACKGROUND, edgecolor=GAIN, linewidth=2, hatch="///")
    if len(chart.values) <= _MOST_FIGURES and max(chart.values, default=0) < _LARGEST_FIGURE:
        for position, value in zip(positions, chart.values, strict=True):
            axes.annotate(
                amount(value) if value < _DECIMALS_BELOW else f"{value:,.0f}",
                (position, max(value, 0)),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                color=TEXT,
                fontsize=14,
                family=FONT,
            )


def _short_figure(value: float) -> str:
    """Return a figure in short, since the axis has little room.

    >>> _short_figure(0.5), _short_figure(1500), _short_figure(2e6)
    ('0.5', '1.5k', '2M')
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def ticks(limit: float) -> list[float]:
    """Return the ticks of an axis from 0 to a limit, at multiples of 1, 2, 2.5 or 5.

    >>> ticks(2.6), ticks(1000)
    ([0.0, 1.0, 2.0], [0.0, 250.0, 500.0, 750.0, 1000.0])
    """
    # By default, matplotlib also steps by 0.8 or 1.5.
    steps = MaxNLocator(nbins=4, min_n_ticks=2, steps=[1, 2, 2.5, 5, 10])
    return [float(tick) for tick in steps.tick_values(0, limit) if tick <= limit]


def _frame(figure: Figure, axes: Axes, chart: WeekChart) -> None:
    top = max(chart.values, default=0)
    limit = top * 1.1 if top > 0 else 1.0
    axes.set_ylim(0, limit)
    axes.set_xlim(-0.6, max(len(chart.values), 1) - 0.4)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(length=0, colors=FAINT, labelsize=16, pad=6)
    axes.grid(axis="y", color=GRID, zorder=0)
    axes.set_yticks(ticks(limit))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short_figure(value)))
    # Counted backwards, so that the latest week always has its date.
    step = max(1, -(-len(chart.starts_ms) // _MOST_DAYS))
    shown = sorted(range(len(chart.starts_ms) - 1, -1, -step))
    axes.set_xticks(shown, [day(chart.starts_ms[index]) for index in shown])
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontfamily(FONT)
    so_far = "   ▨ this week so far" if chart.running else ""
    figure.text(
        LEFT,
        0.85,
        f"{chart.unit} per week, from Sunday, UTC{so_far}",
        color=FAINT,
        fontsize=16,
        family=FONT,
        va="center",
        parse_math=False,
    )
