"""Pictures with a row for each person or step, and what they say in words."""

import struct
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.console.reply_json import reply_data
from bot.chat.discord.render import alt_text
from bot.chat.pictures.canvas import WIDTH_PX
from bot.chat.pictures.draw import draw_png
from bot.chat.pictures.rows import waterfall_limits
from bot.commands.kit.charts import (
    Chart,
    Dumbbell,
    DumbbellChart,
    WaterfallChart,
    WaterfallStep,
    WeekChart,
)
from bot.commands.kit.reply import Reply
from tests.laws import examples

FIGURES = st.floats(-1e9, 1e9)
NAMES = st.text(max_size=40) | st.sampled_from(
    ["", "日本語の名前", "مرحبا", "W" * 200, "$x^2$", "\u202eeve"]
)
DUMBBELLS = st.builds(
    DumbbellChart,
    NAMES,
    st.lists(st.builds(Dumbbell, NAMES, FIGURES, FIGURES), max_size=11).map(tuple),
    st.just("% of all"),
)


def waterfall(start: float, *changes: float) -> WaterfallChart:
    steps = tuple(WaterfallStep(f"step {number}", each) for number, each in enumerate(changes))
    return WaterfallChart("Why", start, steps, start + sum(changes), "cred")


WATERFALLS = st.builds(
    lambda start, changes: waterfall(start, *changes), FIGURES, st.lists(FIGURES, max_size=12)
)


def size_of(image: bytes) -> tuple[int, int]:
    wide, high = struct.unpack(">II", image[16:24])
    return wide, high


@settings(max_examples=examples(12), deadline=None)
@given(DUMBBELLS | WATERFALLS)
def test_any_figures_and_names_are_drawn_and_twice_alike(chart: Chart) -> None:
    image = draw_png(chart)  # a missing glyph would warn, and warnings are errors

    assert size_of(image)[0] == WIDTH_PX
    assert draw_png(chart) == image


def test_each_row_adds_the_same_height() -> None:
    heights = [
        size_of(draw_png(DumbbellChart("t", (Dumbbell("a", 1, 2),) * count, "cred")))[1]
        for count in (1, 2, 5)
    ]

    assert heights[2] - heights[1] == 3 * (heights[1] - heights[0]) > 0


def test_a_gain_a_loss_and_none_look_different() -> None:
    pictures = {
        draw_png(DumbbellChart("t", (Dumbbell("a", 5, after), Dumbbell("b", 1, 9)), "cred"))
        for after in (4, 5, 6)
    }

    assert len(pictures) == 3


@pytest.mark.parametrize(
    ("start", "changes", "begins_at_0"),
    [(0, [5.0], True), (100, [80.0], True), (700, [12.0, -6.5, 65.0], False), (50, [], False)],
)
def test_the_axis_begins_at_0_unless_the_steps_would_be_too_short_to_see(
    start: float, changes: list[float], *, begins_at_0: bool
) -> None:
    low, high = waterfall_limits([*accumulate(changes, initial=start)])

    assert (low == 0) == begins_at_0
    assert low <= min(accumulate(changes, initial=start))
    assert high >= max(accumulate(changes, initial=start))


def test_the_description_says_every_figure_in_words() -> None:
    change = waterfall(713.6, 12.0, -6.5)
    people = DumbbellChart("Share", (Dumbbell("Ada", 8.2, 8.0), Dumbbell("Bob", 0, 1)), "%")

    assert change.alt == (
        "Why, in cred: Then 713.6; plus 12.0 by step 0; minus 6.5 by step 1; Now 719.1."
    )
    assert (
        people.alt == "Share, in %, before and after: Ada from 8.2 to 8.0; Bob from 0 to 1.0."
    )


@given(DUMBBELLS | WATERFALLS)
def test_a_description_of_any_length_is_taken_by_discord(chart: Chart) -> None:
    assert len(alt_text(chart)) <= 1024


@pytest.mark.parametrize(
    "chart",
    [
        waterfall(1, 2),
        DumbbellChart("t", (Dumbbell("a", 1, 2),), "cred"),
        WeekChart("t", (0,), (1.0,), "cred", "Bars."),
    ],
    ids=lambda chart: type(chart).__name__,
)
def test_json_says_which_chart_it_is_and_what_it_shows(chart: Chart) -> None:
    data = reply_data(Reply(title="t", chart=chart))["chart"]

    assert data["kind"] in {"waterfall", "dumbbells", "weeks"}
    assert data["alt"] == chart.alt
    assert "short_title" not in data
