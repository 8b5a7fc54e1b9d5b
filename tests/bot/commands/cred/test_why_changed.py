"""`cred why-changed`: figures that sum, versions that are named, and nobody who is out."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.cred.why_changed import WHY_CHANGED, round_to_sum
from bot.commands.kit.charts import WaterfallChart
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.services.cred_change import MOST_TURNS
from cred.epochs import DAY_MS
from cred.periods import ALL, parse_period
from storage.log.batch import Batch
from tests.bot.commands.cred.replies import fact, latest_scores, mention, number, opt_out
from tests.bot.commands.garden import (
    ADA,
    GENERAL,
    GRACE,
    LINUS,
    NOW_MS,
    QUIET,
    SAM,
    communities,
    garden,
    post,
    request,
    run,
)


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def weigh(community: Community, value: float, *, days: float, **more: str) -> None:
    await community.settings.set(
        {more.get("key", "weights.emoji.👍"): value},
        author=more.get("author", "operator"),
        reason=more.get("reason", ""),
        now_ms=NOW_MS - int(days * DAY_MS),
    )
    await community.scoring.recompute(NOW_MS)


def cells(reply: Reply) -> dict[str, float]:
    """Return the rows of the reply's table: what changed it, and by how much."""
    rows = reply.tables[0].rows if reply.tables else ()
    return {str(label): parse_figure(str(value)) for label, value in rows}


def parse_figure(text: str) -> float:
    return float(text.replace(",", "").replace("±", ""))


def figures(reply: Reply) -> tuple[float, float]:
    """Return the cred before and after, as the title has them."""
    found = re.search(r": ([\d,.]+) → ([\d,.]+) cred since", reply.title)
    assert found is not None, reply.title
    before, after = (float(figure.replace(",", "")) for figure in found.groups())
    return before, after


@pytest.mark.parametrize("account", [ADA, GRACE, LINUS])
@pytest.mark.parametrize("since", ["4 weeks ago", "week", "last 8 weeks", "all", "yesterday"])
async def test_the_figures_that_are_shown_sum_to_the_difference_that_is_shown(
    community: Community, account: str, since: str
) -> None:
    for value, days in ((2, 12.5), (0.7, 6.3), (1.9, 2.1)):
        await weigh(community, value, days=days)

    reply = await run(
        community, "cred why-changed", person=mention(account), since=parse_period(since)
    )

    before, after = figures(reply)
    assert sum(cells(reply).values()) == pytest.approx(after - before, abs=1e-6)
    shown = await run(community, "cred show", person=mention(account))
    assert after == number(shown.title.partition(":")[2])
    chart = reply.chart
    assert isinstance(chart, WaterfallChart)
    assert chart.start + sum(step.change for step in chart.steps) == pytest.approx(chart.end)
    assert [step.change for step in chart.steps] == [*cells(reply).values()]


async def test_a_version_is_named_with_what_it_changed_who_did_and_why(
    community: Community,
) -> None:
    ada = community.directory.account_number("discord", ADA)
    await weigh(community, 3, days=6, author=f"account:{ada}", reason="more thumbs")

    reply = await run(community, "cred why-changed", actor=GRACE)

    (label,) = (label for label in cells(reply) if label.startswith("weights"))
    assert label == "weights v1 (emoji 👍; by Ada: more thumbs)"
    assert isinstance(reply.chart, WaterfallChart)
    assert "weights v1" in reply.chart.alt
    assert "more thumbs" not in reply.chart.alt


async def test_a_version_that_changes_no_score_is_no_part(community: Community) -> None:
    await weigh(community, 4, days=7, key="votes.days.weights")
    await weigh(community, 2, days=6)

    reply = await run(community, "cred why-changed")

    assert [label[:10] for label in cells(reply) if label.startswith("weights")] == [
        "weights v2"
    ]


async def test_of_many_versions_the_latest_are_told_apart_and_the_rest_together(
    community: Community,
) -> None:
    many = MOST_TURNS + 30
    for version in range(many):
        await community.settings.set(
            {"weights.emoji.👍": 2 + version},
            author="operator",
            reason="",
            now_ms=NOW_MS - 20 * DAY_MS + version * 60_000,
        )
    await community.scoring.recompute(NOW_MS)

    reply = await run(community, "cred why-changed")

    before, after = figures(reply)
    labels = [label for label in cells(reply) if label.startswith("weights")]
    assert labels[0].startswith(f"weights v1 to v{many - MOST_TURNS} (together")
    assert len(labels) == MOST_TURNS + 1
    assert sum(cells(reply).values()) == pytest.approx(after - before, abs=1e-6)


async def test_where_nothing_happened_nothing_changed_it(community: Community) -> None:
    reply = await run(community, "cred why-changed", since=parse_period("today"))

    before, after = figures(reply)
    assert before == after
    assert reply.text == "Nothing changed it."
    assert not reply.tables
    assert isinstance(reply.chart, WaterfallChart)
    assert reply.chart.steps == ()


async def test_since_the_beginning_all_is_new(community: Community) -> None:
    reply = await run(community, "cred why-changed", since=ALL)

    assert figures(reply)[0] == 0
    assert "history that was read since counts as new" in reply.text
    assert "the beginning" in reply.title
    assert {*cells(reply)} <= {"own work, and reactions to it", "what others did"}


async def test_others_growth_lowers_the_share_and_is_told_apart(community: Community) -> None:
    before = await run(community, "cred why-changed")
    events = [event for n in range(30) for event in post(900 + n, GRACE, 10, [LINUS, SAM])]
    await community.log.append(Batch(tuple(events)))
    await community.scoring.recompute(NOW_MS)

    after = await run(community, "cred why-changed")

    share = [
        number(fact(reply, "Share of all cred").partition("→")[2]) for reply in (before, after)
    ]
    assert share[1] < share[0]
    assert cells(after)["what others did"] != cells(before).get("what others did", 0.0)


async def test_who_opted_out_cannot_be_asked_about_and_is_not_named(
    community: Community,
) -> None:
    ada = community.directory.account_number("discord", ADA)
    await weigh(community, 3, days=6, author=f"account:{ada}", reason="more thumbs")
    await opt_out(community, ADA)
    await community.scoring.recompute(NOW_MS)

    asked = await run(community, "cred why-changed", actor=GRACE, person=mention(ADA))
    other = await run(community, "cred why-changed", actor=GRACE)

    assert asked.title == "Opted out"
    assert "Ada" not in str(other)
    assert any("by somebody who opted out" in label for label in cells(other))


async def test_whoever_has_no_cred_is_told_so(community: Community) -> None:
    reply = await run(community, "cred why-changed", actor=QUIET)

    assert reply.title == "No cred yet"


async def test_a_weight_of_a_place_that_readers_do_not_see_is_not_named(
    community: Community,
) -> None:
    await weigh(community, 0.2, days=6, key=f"weights.channel.{GENERAL}")
    asked = request(community)

    seen = await dispatch(WHY_CHANGED, asked)
    unseen = await dispatch(WHY_CHANGED, replace(asked, sees=lambda *_: False))

    assert any("channel #general" in label for label in cells(seen))
    assert "general" not in str(unseen)
    assert GENERAL not in str(unseen)
    assert any("a place that not everybody sees" in label for label in cells(unseen))
    assert [*cells(seen).values()] == [*cells(unseen).values()]


async def test_show_and_history_have_a_button_that_asks(community: Community) -> None:
    for line in ("cred show", "cred history"):
        reply = await run(community, line, person=mention(GRACE))

        (button,) = (each for each in reply.buttons if each.label == "Why changed")
        assert button.line == f"cred why-changed <@{GRACE}>"


async def test_the_figures_are_as_of_the_scores_on_the_board(community: Community) -> None:
    scores = latest_scores(community)
    await community.log.append(Batch(tuple(post(960, ADA, 10, [LINUS, GRACE]))))

    reply = await run(community, "cred why-changed")

    assert reply.as_of is not None
    assert reply.as_of.events == scores.events
    assert figures(reply)[1] == number(
        (await run(community, "cred show")).title.partition(":")[2]
    )


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    st.floats(-0.999, 0.999),
)
def test_rounded_parts_sum_to_the_rounded_whole_and_none_is_far_off(
    values: list[float], off: float
) -> None:
    total = round(sum(values) + off)

    rounded = round_to_sum(values, total)

    assert sum(rounded) == total
    assert all(abs(part - value) <= 2 for part, value in zip(rounded, values, strict=True))
