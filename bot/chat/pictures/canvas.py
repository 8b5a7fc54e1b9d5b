"""What all pictures share: colours, the title, text that is fitted, and the image itself."""

import io
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from bot.chat.fonts import families_for
from bot.chat.text.invisible_characters import strip_controls
from bot.chat.text.widths import cut, width

WIDTH_PX: Final = 800
DPI: Final = 100
BACKGROUND: Final = "#1e1f22"
TEXT: Final = "#f2f3f5"
FAINT: Final = "#9a9ea6"
GRID: Final = "#3a3c43"
GAIN: Final = "#58b6a9"
LOSS: Final = "#e8964f"
"""Told apart from `GAIN` in every common form of colour blindness; figures have signs, too."""
LEFT: Final = 0.02
"""Where the title begins, as a share of the width; as much stays free on its right."""
_TITLE_SIZE: Final = 22
_LEAST_TITLE_SIZE: Final = 14
"""Points. A title that is still too long is cut."""


def make_figure(height_px: int) -> Figure:
    """Return an empty figure."""
    figure = Figure(figsize=(WIDTH_PX / DPI, height_px / DPI), dpi=DPI, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    return figure


def to_png(figure: Figure) -> bytes:
    """Return a figure as an image."""
    image = io.BytesIO()
    figure.savefig(image, format="png", metadata={"Software": None})
    return image.getvalue()


def draw_title(figure: Figure, title: str, short_title: str, height: float) -> None:
    """Draw the title, smaller if it is long; without the name in it if no font has that.

    Whatever is not drawn stands in the text of the reply.

    Parameters
    ----------
    height
        Middle of the line, as a share of the figure's height.
    """
    title = strip_controls(title)
    families = families_for(title)
    if families is None:
        title, families = short_title, families_for(short_title)
    if families is None:
        return
    text = figure.text(
        LEFT,
        height,
        title,
        color=TEXT,
        fontsize=_TITLE_SIZE,
        family=families,
        weight="bold",
        va="center",
        parse_math=False,
    )
    fit(text, WIDTH_PX * (1 - 2 * LEFT), _LEAST_TITLE_SIZE)


def fit(text: Text, most: float, least_size: float) -> None:
    """Make a text at most so many pixels wide: smaller first, then cut."""
    wide = text.get_window_extent().width
    if wide > most:
        text.set_fontsize(max(least_size, float(text.get_fontsize()) * most / wide))
    whole = text.get_text()
    for cells in range(width(whole) - 1, 0, -1):
        if text.get_window_extent().width <= most:
            break
        text.set_text(cut(whole, cells))
