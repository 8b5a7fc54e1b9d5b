"""What matters is whole on a phone and on every terminal: states, names, figures."""

import io
import re

import pytest
from rich.console import Console

from bot.chat.console.panel import print_panel
from bot.chat.console.plain_text import plain_text
from bot.chat.discord.render import PHONE_CELLS, render
from bot.chat.discourse.render import CELLS, RenderContext
from bot.chat.discourse.render import render as on_a_forum
from bot.chat.text.tables import align
from bot.chat.text.widths import width
from bot.commands.kit.reply import AsOf, Button, Fact, Reply, Table

SOURCES = Table(
    ("Source", "Name", "State", "Events", "Gaps"),
    (
        ("discord", "Lantern Gardens", "listening", "1,220,757", "3 places, 12 reconnects"),
        (
            "discourse",
            "forum.lantern.example",
            "the forum answers 502 to /latest.json; asked again in 3,600 s",
            "1,660",
            "none",
        ),
        ("manual", "–", "fed by commands and imports", "14", "none"),
    ),
    right=frozenset({3}),
)
CAUSES = Table(
    ("Caused by", "Cred", "Share"),
    (
        ("reactions and thanks of Saoirse Nakagawa-Thorvaldsdóttir", "70.8", "7.9 %"),
        ("reactions of 日本語の名前がとても長い人", "1,265.1", "17.3 %"),
        ("cred of abcdefghijklmnopqrstuvwxyzabcdef", "62.3", "<0.1 %"),
        ("everything else (22,418)", "592.8", "66.2 %"),
    ),
    right=frozenset({1, 2}),
    is_whole=True,
)
REPLY = Reply(
    title="Where 1,895.8 cred of Saoirse Nakagawa-Thorvaldsdóttir came from",
    text="All time. Three ways to split the same 1,895.8; each sums to all of it.",
    facts=(
        Fact("Last 4 weeks on the 4 before", "▲ 1,234 %"),
        Fact("File", "discord-662128956538880007.db, 8.2 MB"),
        Fact("Reconnects (discord)", "10, 4 min in all, last today; unknown: offline"),
    ),
    tables=(SOURCES, CAUSES),
    after="Not listed: 1,024 accounts with 12.5 % of the cred.",
    as_of=AsOf(1_795_000_000_000, 1_022_418, 17),
    buttons=(Button("4 weeks", "cred history 4"), Button("26 weeks", "cred history 26")),
)
FIGURES = re.compile(r"[\w<#,.]*\d[\w,.]*\d(?: %)?")


def without_layout(text: str) -> str:
    """Return a text without blanks, line ends, frames and escapes."""
    return re.sub(r"[\s│╭╮╰╯─━\\*`\u2060]|\x1b\[[0-9;]*m", "", text)


def on_a_terminal(reply: Reply, cells: int) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=cells, highlight=False)
    print_panel(reply, console)
    return file.getvalue()


def words(table: Table) -> list[str]:
    return [str(cell) for row in table.rows for cell in row]


@pytest.mark.parametrize("most", [PHONE_CELLS, 40, CELLS, 60, 76, 80])
def test_states_and_whoever_caused_something_are_never_cut(most: int) -> None:
    for table in (SOURCES, CAUSES):
        lines = align(table, most)

        assert max(map(width, lines)) <= most
        assert "…" not in "".join(lines)
        for figure in FIGURES.findall(" ".join(words(table))):
            assert figure in "\n".join(lines)


def test_a_long_name_goes_on_in_the_next_line_with_its_figures_beside_the_first() -> None:
    lines = align(CAUSES, PHONE_CELLS)

    assert lines[1:3] == ["reactions and thanks      70.8   7.9 %", "  of Saoirse"]


def test_a_table_without_room_for_its_columns_becomes_a_list() -> None:
    lines = align(SOURCES, PHONE_CELLS)

    assert lines[:5] == [
        "Source: discord",
        "Name: Lantern Gardens",
        "State: listening",
        "Events: 1,220,757",
        "Gaps: 3 places, 12 reconnects",
    ]
    assert lines[5] == ""


@pytest.mark.parametrize("platform", ["discord", "forum"])
def test_a_platform_shows_every_cell_of_these(platform: str) -> None:
    if platform == "discord":
        shown = render(REPLY, 1).description
    else:
        shown = on_a_forum(REPLY, RenderContext("credbot", "https://forum.example"))

    bare = without_layout(shown)
    for text in words(SOURCES):
        assert without_layout(text) in bare
    for text in words(CAUSES):
        # Figures stand between the lines of a name that goes on.
        assert all(without_layout(word) in bare for word in text.split() if len(word) < 12)


@pytest.mark.parametrize("cells", [38, 40, 41, 50, 60, 79, 80, 120])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_no_width_breaks_a_figure_or_drops_a_word(cells: int, *, is_terminal: bool) -> None:
    shown = on_a_terminal(REPLY, cells) if is_terminal else plain_text(REPLY, cells)
    whole = plain_text(REPLY, 10_000)

    figures = FIGURES.findall(whole)
    assert len(figures) > 20
    assert [figure for figure in figures if figure not in shown] == []
    short = [word for word in whole.split() if width(word) <= 12 and word.isalpha()]
    assert [word for word in short if word not in shown] == []
    assert "…" not in shown
    assert max(map(width, re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines())) <= cells
