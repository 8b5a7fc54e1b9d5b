"""What replies look like: columns, pictures, Discord's limits, cooldown."""

import io
import math
import struct
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread

from bot.chat import fonts
from bot.chat.discord.buttons import base36, button_id
from bot.chat.discord.render import MOST_DESCRIPTION, PHONE_CELLS, alt_text, render
from bot.chat.discourse.render import RenderContext
from bot.chat.discourse.render import render as on_a_forum
from bot.chat.pictures.canvas import WIDTH_PX
from bot.chat.pictures.draw import draw_png
from bot.chat.pictures.weeks import HEIGHT_PX, ticks
from bot.chat.text.tables import align
from bot.chat.text.widths import cut, width
from bot.commands.kit.charts import WeekChart
from bot.commands.kit.reply import AsOf, Button, Fact, Link, Reply, Table
from bot.runtime.cooldown import Cooldown, Verdict
from cred.epochs import WEEK_MS
from tests.bot.commands.garden import FIRST_MS

BOARD = Table(
    ("#", "Name", "Cred"),
    (
        ("1", "Ada", "1,234.5"),
        ("2", "日本語の名前", "12.3"),
        ("3", "👩‍🚀 astronaut", "<0.1"),
        ("10", "Somebody with a very long name indeed", "0"),
    ),
    right=frozenset({0, 2}),
)


def chart(
    *values: float, title: str = "Cred of Ada by week", running: bool = False
) -> WeekChart:
    starts = tuple(FIRST_MS + week * WEEK_MS for week in range(len(values)))
    return WeekChart(title, starts, values, "cred", "Bars.", running, "Cred by week")


# Columns ----------------------------------------------------------------------------------


def test_figures_line_up_whatever_script_the_names_are_in() -> None:
    lines = align(BOARD, PHONE_CELLS)

    assert {width(line) for line in lines} == {PHONE_CELLS}
    assert lines[-1].endswith("…        0")


@given(st.text(max_size=40), st.integers(2, 30))
def test_a_cut_text_is_never_wider_than_asked(text: str, cells: int) -> None:
    assert width(cut(text, cells)) <= max(cells, 1)


# Pictures -----------------------------------------------------------------------------------


def test_a_picture_has_its_size_and_is_the_same_each_time() -> None:
    image = draw_png(chart(1, 2, 3, running=True))

    assert struct.unpack(">II", image[16:24]) == (WIDTH_PX, HEIGHT_PX)
    assert len(image) > 5_000
    assert draw_png(chart(1, 2, 3, running=True)) == image
    assert draw_png(chart(1, 2, 4, running=True)) != image


@pytest.mark.parametrize("values", [(), (0.0,), (0.0, 0.0), (1e12, 1e-12), (1.0,) * 104])
def test_any_values_can_be_drawn(values: tuple[float, ...]) -> None:
    assert draw_png(chart(*values)).startswith(b"\x89PNG")


@given(st.floats(1e-6, 1e9))
def test_figures_on_the_axis_are_as_round_as_people_count(top: float) -> None:
    from_zero = ticks(top)

    step = from_zero[1]
    assert float(f"{step / 10 ** math.floor(math.log10(step) + 1e-9):.6g}") in {1, 2, 2.5, 5}
    assert from_zero == pytest.approx([step * number for number in range(len(from_zero))])
    assert 2 <= len(from_zero) <= 5
    assert from_zero[-1] <= top


def test_a_name_is_drawn_as_text_and_never_as_mathematics() -> None:
    # Would raise as TeX, and warn of a missing glyph; warnings are errors here.
    assert draw_png(chart(1, title=r"Cred of $\frac{ 🦄 日本 by week"))


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without fonts but those of matplotlib."""
    fonts.family_of.cache_clear()
    monkeypatch.setattr(fonts, "_system_fonts", tuple)
    yield
    fonts.family_of.cache_clear()


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.parametrize("name", ["Zoë 日本", "Zoë 🩷"])
def test_a_name_that_no_font_can_draw_is_left_to_the_text_of_the_reply(name: str) -> None:
    drawn = draw_png(chart(1, title=f"Cred of {name} by week"))

    assert drawn == draw_png(chart(1, title="Cred by week"))


@pytest.mark.parametrize("name", ["Zoë", "Ωμέγα", "Жанна", "שלום", "محمد علي", "☃ ❤️"])
def test_a_name_in_a_script_of_the_font_that_comes_along_is_drawn_anywhere(name: str) -> None:
    drawn = draw_png(chart(1, title=f"Cred of {name} by week"))

    assert fonts.families_for(name) == (fonts.FONT,)
    assert drawn != draw_png(chart(1, title="Cred by week"))


@pytest.mark.parametrize("name", ["日本太郎", "김철수", "क्षितिज शर्मा", "🦄", "👍🏽"])
def test_a_name_in_another_script_is_drawn_where_a_font_of_the_system_has_it(name: str) -> None:
    drawn = draw_png(chart(1, title=f"Cred of {name} by week"))  # a missing glyph would warn

    is_drawn = drawn != draw_png(chart(1, title="Cred by week"))
    assert is_drawn == (fonts.families_for(name) is not None)


def test_bidirectional_controls_are_removed_from_a_picture() -> None:
    assert draw_png(chart(1, title="Cred of \u202eeve\u2066")) == draw_png(
        chart(1, title="Cred of eve")
    )


def test_a_long_name_is_drawn_smaller_and_then_cut_and_never_leaves_the_picture() -> None:
    ends = [draw_png(chart(1, title="Cred of " + "W" * count)) for count in (20, 30, 99, 300)]

    for image in ends:
        right = imread(io.BytesIO(image))[20:60, -12:]
        assert np.ptp(right.reshape(-1, right.shape[-1]), axis=0).max() == 0
    assert len(set(ends)) == 3  # the last two are cut


# Discord ------------------------------------------------------------------------------------


def test_a_table_of_figures_is_a_code_block_as_narrow_as_a_phone() -> None:
    shown = render(Reply(title="Board", tables=(BOARD,)), guild_id=1).description

    block = shown.split("```")[1].strip("\n").split("\n")
    assert len(block) == 5
    assert max(width(line) for line in block) <= PHONE_CELLS


def test_a_link_is_made_of_ids_and_only_for_discord() -> None:
    table = Table(
        ("Came from", "Cred"),
        (
            (Link("message in #a]b", "discord", "5", "6"), "1.0"),
            (Link("evil", "discord", "5/../../x?", "6"), "1.0"),
            (Link("topic", "discourse", "5", "6"), "1.0"),
        ),
        right=frozenset({1}),
    )

    lines = render(Reply(title="x", tables=(table,)), guild_id=4).description.split("\n")

    assert lines == [
        "**Came from**",
        r"- [message in #a\]b](https://discord.com/channels/4/5/6) · 1.0",
        "- evil · 1.0",
        "- topic · 1.0",
    ]


def test_as_of_is_a_time_that_discord_shows_relative_to_now() -> None:
    shown = render(Reply(title="x", as_of=AsOf(1_795_176_000_000, 1234, 3)), guild_id=1)

    assert shown.description == "-# as of <t:1795176000:R> · event #1,234 · weights v3"


CELLS = st.text(max_size=300)


@given(
    title=st.text(max_size=400),
    text=st.text(max_size=5_000) | st.just("*" * 5_000),
    facts=st.lists(CELLS, max_size=12),
    rows=st.integers(0, 300),
    cell=CELLS | st.just("_" * 300),
)
def test_every_reply_fits_discords_limits(
    title: str, text: str, facts: list[str], rows: int, cell: str
) -> None:
    reply = Reply(
        title=title,
        text=text,
        facts=tuple(Fact(fact, fact) for fact in facts),
        tables=(
            Table(("a", "b"), ((cell, cell),) * rows, right=frozenset({1})),
            Table(("a",), ((cell,),) * rows),
        ),
        after=text,
        as_of=AsOf(0, 0, 0),
    )

    shown = render(reply, guild_id=1)

    assert len(shown.title) <= 256
    assert len(shown.description) <= MOST_DESCRIPTION
    assert shown.description.count("```") % 2 == 0


@pytest.mark.parametrize("length", [100, 200, 300, 900])
def test_a_title_is_shown_whole_or_said_to_be_cut(length: int) -> None:
    shown = render(Reply(title="x" * length), guild_id=1).title

    assert shown == "x" * length if length < 256 else shown.endswith("…")


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("https://example.org/a_b?c=1&d=*e*", "https://example.org/a_b?c=1&d=*e*"),
        ("https://evil.example/`**b**", "https://evil.example/\u02cb**b**"),
    ],
)
def test_an_address_that_is_evidence_can_be_copied_as_it_is(address: str, seen: str) -> None:
    reply = Reply(title="x", facts=(Fact("Evidence", address, copied=True),))

    for shown in (
        render(reply, guild_id=1).description,
        on_a_forum(reply, RenderContext("credbot", "https://forum.example")),
    ):
        assert f"**Evidence** · `{seen}`" in shown


def test_rows_that_do_not_fit_are_counted() -> None:
    rows = tuple((f"{number} " + "x" * 150,) for number in range(100))

    shown = render(Reply(title="x", tables=(Table(("a",), rows),)), guild_id=1).description

    kept = shown.count("xxx- ") + shown.count("- **")
    assert f"*and {100 - kept} more lines*" in shown


def test_alt_text_is_cut_to_what_discord_takes() -> None:
    long = WeekChart("t", (), (), "cred", "a" * 5_000)

    assert len(alt_text(long)) == 1024


@given(st.integers(0, 2**64 - 1), st.text("cred board <@>0123", min_size=1, max_size=80))
def test_a_buttons_id_fits_and_gives_the_owner_back(owner: int, line: str) -> None:
    made = button_id(Button("x", line), 24, owner)

    assert len(made) <= 100
    assert int(made.split(":")[2], 36) == owner
    assert int(base36(owner), 36) == owner


def test_a_button_with_a_line_too_long_is_refused_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="1 to 80"):
        Button("x", "c" * 81)


# Cooldown -------------------------------------------------------------------------------------


def test_five_at_once_then_one_notice_then_silence_then_one_every_two_seconds() -> None:
    cooldown = Cooldown()

    asked = [cooldown.ask("ada", 0) for _ in range(8)]

    assert asked == [Verdict.ANSWER] * 5 + [Verdict.WARN] + [Verdict.IGNORE] * 2
    assert cooldown.ask("grace", 0) is Verdict.ANSWER
    assert cooldown.ask("ada", 1_999) is Verdict.IGNORE
    assert cooldown.ask("ada", 2_000) is Verdict.ANSWER
    assert cooldown.ask("ada", 2_000) is Verdict.WARN


@given(st.lists(st.integers(-5_000, 5_000), max_size=60))
def test_no_clock_however_odd_lets_anybody_ask_faster(steps: list[int]) -> None:
    cooldown = Cooldown()
    now, forward, answered = 0, 0, 0
    for step in steps:
        now += step
        forward += max(step, 0)
        answered += cooldown.ask("ada", now) is Verdict.ANSWER

    assert answered <= 5 + forward / 2_000


def test_a_flood_of_many_people_does_not_grow_without_end() -> None:
    cooldown = Cooldown()
    for number in range(20_000):
        cooldown.ask(str(number), 0)

    assert cooldown.people <= 10_000
