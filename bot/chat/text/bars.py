"""Charts as text, for platforms without pictures: one bar per week."""

from typing import Final

from bot.commands.kit.charts import WeekChart
from bot.commands.kit.wording import amount, day

_MOST_BARS: Final = 26
_BESIDE: Final = len("30 Sep  ") + len("▏ ") + len(" so far")
"""Characters of a line beside a bar and its figure."""


def bars(chart: WeekChart, cells: int, line_cells: int | None = None) -> list[str]:
    """Return the lines of a chart: a heading and a bar per week, of the latest weeks only.

    Parameters
    ----------
    chart
        The chart.
    cells
        Width of the longest bar, in characters.
    line_cells
        Characters that there are in a line, so that bars may have to be shorter.
    """
    weeks = list(zip(chart.starts_ms, chart.values, strict=True))[-_MOST_BARS:]
    top = max((value for _, value in weeks), default=0) or 1
    if line_cells is not None:
        figures = max((len(amount(value)) for _, value in weeks), default=0)
        cells = max(1, min(cells, line_cells - _BESIDE - figures))
    heading = f"{chart.title} ({chart.unit})"
    lines = [heading if len(weeks) == len(chart.values) else f"{heading}, latest weeks"]
    for number, (start, value) in enumerate(weeks):
        eighths = round(max(value, 0) / top * cells * 8)
        bar = "█" * (eighths // 8) + ("", *"▏▎▍▌▋▊▉")[eighths % 8]
        so_far = " so far" if chart.running and number == len(weeks) - 1 else ""
        lines.append(f"{day(start):>6}  {bar} {amount(value)}{so_far}")
    return lines
