"""Whatever day is asked about, a reply names the week that it answers for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.kit.arguments import Mention
from bot.community.communities import Community
from cred.periods import parse_period
from storage.log.batch import Account, Batch
from tests.bot.commands.garden import ADA, GRACE, communities, garden, post, run


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


@pytest.mark.parametrize("command", ["cred show", "cred board", "cred explain"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("30 Sep", "The week of 30 Sep (27 Sep – 3 Oct 2026)."),
        ("2026-09-30", "The week of 30 Sep 2026 (27 Sep – 3 Oct 2026)."),
        ("last week", "Last week (8–14 Nov 2026)."),
        ("September", "September (30 Aug – 26 Sep 2026)."),
    ],
)
async def test_a_reply_names_its_weeks(
    community: Community, command: str, text: str, words: str
) -> None:
    reply = await run(community, command, period=parse_period(text))

    assert reply.text.startswith(words)


async def test_today_is_the_week_so_far(community: Community) -> None:
    await community.log.append(Batch(events=tuple(post(900, ADA, 10, [GRACE]))))
    today = await run(community, "cred show", period=parse_period("today"))
    week = await run(community, "cred show", period=parse_period("week"))

    assert today.text.startswith("The week of today (15–21 Nov 2026, so far).")
    assert today.title == week.title


async def test_a_day_without_scores_is_told_with_its_week(community: Community) -> None:
    reply = await run(community, "cred show", period=parse_period("1 May"))

    assert "no cred in the week of 1 May (26 Apr – 2 May 2026)" in reply.text


@pytest.mark.parametrize("name", ["June", "June Abelard"])
async def test_a_month_that_is_also_somebody_is_asked_about(
    community: Community, name: str
) -> None:
    await community.log.append(Batch(accounts=(Account("discord", "990", "user", name),)))
    june = parse_period("june")

    alone = await run(community, "cred show", period=june)
    board = await run(community, "cred board", period=june)
    with_somebody = await run(
        community, "cred show", person=Mention("discord", ADA), period=june
    )

    picked = await run(community, "cred show", period=june, prefix="/")

    assert alone.text == (
        f"Is “June” the month, or {name}? Type @june for the person, and the month with a "
        "year: june 2026."
    )
    assert "month, or" not in picked.text
    assert "month, or" not in board.text
    assert "month, or" not in with_somebody.text
