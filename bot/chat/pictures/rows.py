"""Pictures with a row for each person or step: its label, its marks, and its figure."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bot.chat.fonts import FONT, families_for
from bot.chat.pictures import canvas
from bot.chat.text.invisible_characters import strip_controls
from bot.commands.kit.charts import DumbbellChart, WaterfallChart
from bot.commands.kit.wording import amount

_ROW_PX: Final = 46
_HEAD_PX: Final = 100
_FOOT_PX: Final = 18
_AXES_LEFT: Final = 0.40
_AXES_WIDTH: Final = 0.40
_SIZE: Final = 17
_LEAST_SIZE: Final = 12
_LEAST_STEPS: Final = 0.3
"""The least part of a waterfall's width that its steps take up together."""
_NO_GLYPH: Final = "(name in the text)"
"""Stands for a name that no font can draw."""


def draw_dumbbells(chart: DumbbellChart) -> bytes:
    """Return people before and after: an open dot, and a filled one where they would be."""
    figure, axes = _make_rows(
        chart.title,
        chart.short_title,
        f"{chart.unit}   ○ before   ● after",
        [row.name for row in chart.rows],
        [_difference(row.after - row.before) for row in chart.rows],
    )
    values = [value for row in chart.rows for value in (row.before, row.after)] or [0.0]
    low, high = min(values), max(values)
    margin = (high - low) * 0.06 or 1.0
    axes.set_xlim(low - margin, high + margin)
    for number, row in enumerate(chart.rows):
        colour = canvas.GAIN if row.after >= row.before else canvas.LOSS
        axes.plot(
            [row.before, row.after], [number, number], color=colour, linewidth=5, zorder=2
        )
        axes.plot(
            row.before,
            number,
            marker="o",
            markersize=12,
            markerfacecolor=canvas.BACKGROUND,
            markeredgecolor=canvas.FAINT,
            markeredgewidth=3,
            zorder=3,
        )
        axes.plot(row.after, number, marker="o", markersize=13, color=colour, zorder=4)
    return canvas.to_png(figure)


def draw_waterfall(chart: WaterfallChart) -> bytes:
    """Return the way from one value to another, from the top to the bottom."""
    figure, axes = _make_rows(
        chart.title,
        chart.short_title,
        _waterfall_legend(chart),
        [chart.start_label, *(step.label for step in chart.steps), chart.end_label],
        [
            amount(chart.start),
            *(_difference(step.change) for step in chart.steps),
            amount(chart.end),
        ],
    )
    at, levels = chart.start, [chart.start]
    for number, step in enumerate(chart.steps, 1):
        colour = canvas.GAIN if step.change >= 0 else canvas.LOSS
        axes.barh(number, step.change, left=at, height=0.62, color=colour, zorder=2)
        at += step.change
        levels.append(at)
    last = len(chart.steps) + 1
    for number, value in ((0, chart.start), (last, chart.end)):
        axes.barh(number, value, height=0.62, color=canvas.FAINT, zorder=2)
    for number, level in enumerate(levels):
        axes.plot(
            [level, level], [number, number + 1], color=canvas.TEXT, linewidth=1, zorder=3
        )
    low, high = waterfall_limits([*levels, chart.end])
    axes.set_xlim(low, high)
    return canvas.to_png(figure)


def waterfall_limits(levels: Sequence[float]) -> tuple[float, float]:
    """Return where the axis begins and ends.

    It begins at 0, unless the steps would be too short to see beside what was there before.
    """
    low, high = min(levels), max(levels)
    if low > 0.0 and high - low < high * _LEAST_STEPS:
        low -= (high - low) * 0.5 or high * _LEAST_STEPS
    else:
        low = min(low, 0.0)
    margin = (high - low) * 0.03 or 1.0
    return low - (margin if low < 0.0 else 0.0), high + margin


def _waterfall_legend(chart: WaterfallChart) -> str:
    levels = [*accumulate((step.change for step in chart.steps), initial=chart.start)]
    low, _ = waterfall_limits([*levels, chart.end])
    return f"{chart.unit}, from {amount(low)} on" if low > 0.0 else chart.unit


def _make_rows(
    title: str, short_title: str, legend: str, labels: Sequence[str], figures: Sequence[str]
) -> tuple[Figure, Axes]:
    """Return a figure with a row for each label, and the axes between labels and figures."""
    height_px = _HEAD_PX + _ROW_PX * max(1, len(labels)) + _FOOT_PX
    figure = canvas.make_figure(height_px)
    canvas.draw_title(figure, title, short_title, 1 - 32 / height_px)
    _write(
        figure, legend, canvas.LEFT, 1 - 72 / height_px, canvas.WIDTH_PX, colour=canvas.FAINT
    )
    bottom, rows = _FOOT_PX / height_px, _ROW_PX * max(1, len(labels)) / height_px
    axes = figure.add_axes((_AXES_LEFT, bottom, _AXES_WIDTH, rows), facecolor=canvas.BACKGROUND)
    axes.set_ylim(len(labels) - 0.5 if labels else 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    for number, (label, words) in enumerate(zip(labels, figures, strict=True)):
        axes.axhline(number, color=canvas.GRID, linewidth=1, zorder=0)
        middle = bottom + rows * (1 - (number + 0.5) / len(labels))
        most = canvas.WIDTH_PX * (_AXES_LEFT - 2 * canvas.LEFT)
        _write(figure, label, canvas.LEFT, middle, most)
        beside = _AXES_LEFT + _AXES_WIDTH + canvas.LEFT
        _write(figure, words, beside, middle, canvas.WIDTH_PX * (1 - beside))
    return figure, axes


def _write(
    figure: Figure,
    text: str,
    left: float,
    middle: float,
    most: float,
    *,
    colour: str = canvas.TEXT,
) -> None:
    text = strip_controls(text)
    families = families_for(text)
    if families is None:
        text = _NO_GLYPH
    written = figure.text(
        left,
        middle,
        text,
        color=colour,
        fontsize=_SIZE,
        family=families or FONT,
        va="center",
        parse_math=False,
    )
    canvas.fit(written, most, _LEAST_SIZE)


def _difference(value: float) -> str:
    return f"{'-' if value < 0 else '+'}{amount(abs(value))}" if value else "±0"
