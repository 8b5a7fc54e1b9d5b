"""Draws a reply as a card that looks like Discord's, from what is really sent.

For the gallery only: it reads the markdown that `bot.chat.discord.render` makes, as Discord
would, so that a mistake in escaping would be seen.
"""

import io
import re
from collections.abc import Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import FancyBboxPatch, Rectangle

from bot.chat.discord.render import Rendered
from bot.chat.fonts import FONT, families_for
from bot.commands.kit.reply import Button

WIDTH_PX = 760
LINE_PX = 26
MARGIN_PX = 24
DARK, CARD, CODE = "#313338", "#2b2d31", "#1e1f22"
WHITE, TEXT, FAINT, BLUE = "#f2f3f5", "#dbdee1", "#949ba4", "#00a8fc"
_WRAP = 74

Segment = tuple[str, str, bool]
"""Text, colour, bold."""


def segments(line: str, colour: str = TEXT) -> list[Segment]:
    """Return a line of Discord's markdown as it is shown."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[1])
        return chr(0xE000 + len(held) - 1)

    inert = re.sub(r"\\([^0-9A-Za-z\s])", hold, line).replace("\u2060", "")
    inert = re.sub(r"<t:\d+:R>", "just now", inert)

    def release(text: str) -> str:
        return re.sub("[\ue000-\uf8ff]", lambda match: held[ord(match[0]) - 0xE000], text)

    found: list[Segment] = []
    for part in re.split(r"(\*\*.+?\*\*|\[[^\]]*\]\([^)]*\))", inert):
        if part.startswith("**"):
            found.append((release(part[2:-2]), WHITE, True))
        elif part.startswith("["):
            found.append((release(part[1 : part.index("]")]), BLUE, False))
        elif part:
            found.append((release(part), colour, False))
    return found


def card(shown: Rendered, buttons: Sequence[Button], picture: bytes | None) -> bytes:
    """Return the card as PNG."""
    rows = _rows(shown)
    image = None if picture is None else imread(io.BytesIO(picture))
    image_px = 0 if image is None else int(image.shape[0] * 0.62) + 12
    height = 2 * MARGIN_PX + image_px + (len(rows) + 1) * LINE_PX + 16 + (52 if buttons else 0)
    figure = Figure(figsize=(WIDTH_PX / 100, height / 100), dpi=100, facecolor=DARK)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH_PX), ylim=(height, 0))
    axes.axis("off")
    top = float(MARGIN_PX)
    if image is not None:
        wide = image.shape[1] * 0.62
        axes.imshow(
            image, extent=(MARGIN_PX, MARGIN_PX + wide, top + image_px - 12, top), aspect="auto"
        )
        axes.set(xlim=(0, WIDTH_PX), ylim=(height, 0))
        top += image_px
    tall = (len(rows) + 1) * LINE_PX + 16
    axes.add_patch(Rectangle((MARGIN_PX, top), WIDTH_PX - 2 * MARGIN_PX, tall, color=CARD))
    axes.add_patch(Rectangle((MARGIN_PX, top), 5, tall, color=f"#{shown.colour:06x}"))
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]

    def write(
        parts: Sequence[Segment], y: float, *, size: float = 11.5, code: bool = False
    ) -> None:
        x = MARGIN_PX + 20.0
        if code:
            axes.add_patch(
                Rectangle(
                    (x - 6, y - LINE_PX / 2), WIDTH_PX - 2 * MARGIN_PX - 28, LINE_PX, color=CODE
                )
            )
        for text, colour, bold in parts:
            drawn = axes.text(
                x,
                y,
                _drawable(text),
                color=colour,
                fontsize=size,
                family="DejaVu Sans Mono" if code else "DejaVu Sans",
                weight="bold" if bold else "normal",
                va="center",
                parse_math=False,
            )
            x += drawn.get_window_extent(renderer).width

    y = top + LINE_PX
    write([(text, WHITE, True) for text, *_ in segments(shown.title)], y, size=13)
    for kind, parts in rows:
        y += LINE_PX
        write(parts, y, size=9.5 if kind == "small" else 11.5, code=kind == "code")
    x = float(MARGIN_PX)
    for button in buttons:
        wide = 26 + 10 * len(button.label)
        axes.add_patch(
            FancyBboxPatch(
                (x + 3, top + tall + 15),
                wide - 6,
                26,
                boxstyle="round,pad=3",
                color="#4e5058" if button.enabled else "#3d3f45",
            )
        )
        axes.text(
            x + wide / 2,
            top + tall + 28,
            button.label,
            color=WHITE if button.enabled else FAINT,
            fontsize=11,
            ha="center",
            va="center",
        )
        x += wide + 10
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _rows(shown: Rendered) -> list[tuple[str, list[Segment]]]:
    rows: list[tuple[str, list[Segment]]] = []
    code = False
    for line in shown.description.split("\n"):
        if line == "```":
            code = not code
        elif code:
            rows.append(("code", [(line, TEXT, False)]))
        elif line.startswith("-# "):
            rows.append(("small", segments(line[3:], FAINT)))
        else:
            bullet = [("•  ", TEXT, False)] if line.startswith("- ") else []
            parts = [*bullet, *segments(line.removeprefix("- "))]
            rows += [("text", row) for row in _wrap(parts)]
    return rows


def _wrap(parts: Sequence[Segment]) -> list[list[Segment]]:
    """Return rows of at most so many characters, broken at blanks."""
    rows: list[list[Segment]] = [[]]
    used = 0
    for text, colour, bold in parts:
        for word in re.findall(r"\S+\s*|\s+", text):
            if used + len(word.rstrip()) > _WRAP:
                rows.append([])
                used = 0
            rows[-1].append((word, colour, bold))
            used += len(word)
    return rows


def _drawable(text: str) -> str:
    """Return the text with a face for each emoji that the font lacks."""
    return "".join(
        character if families_for(character) == (FONT,) else "\u263a" for character in text
    )
