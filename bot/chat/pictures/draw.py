"""Draws any chart as a PNG image, readable on phones and on any background.

Nothing is drawn by pyplot, whose figures are shared by all threads, so this can run in any
worker thread. The same chart gives the same bytes with the same fonts and version of
matplotlib, which shapes Arabic and Devanagari, and orders what is read from right to left.
"""

from bot.chat.pictures.rows import draw_dumbbells, draw_waterfall
from bot.chat.pictures.weeks import draw_weeks
from bot.commands.kit.charts import Chart, DumbbellChart, WaterfallChart


def draw_png(chart: Chart) -> bytes:
    """Return a chart as a PNG image `canvas.WIDTH_PX` wide."""
    match chart:
        case DumbbellChart():
            return draw_dumbbells(chart)
        case WaterfallChart():
            return draw_waterfall(chart)
        case _:
            return draw_weeks(chart)
