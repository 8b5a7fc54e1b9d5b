"""The weekly digest as it is announced."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.announcing import build
from bot.commands.cred.digest import MOST_NEWCOMERS, MOST_OTHERS
from bot.commands.kit.charts import DumbbellChart
from bot.commands.kit.reply import Reply
from bot.commands.weights.wording import Readers
from bot.community.communities import Community
from bot.services.digest import ended_week, set_muted, week_about
from bot.services.weights.announce import News
from cred.epochs import DAY_MS
from storage.log.batch import Account, Batch
from tests.bot.commands.cred.replies import fact, opt_out
from tests.bot.commands.garden import (
    ADA,
    GENERAL,
    GRACE,
    LINUS,
    NAMES,
    NOW_MS,
    QUIET,
    communities,
    garden,
    post,
)
from tests.bot.community.identities.linking import number

ABOUT = week_about(ended_week(NOW_MS))


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        made = await garden(opened)
        await made.log.append(Batch(tuple(post(900, QUIET, 9, [ADA]))))
        await made.settings.set(
            {"digest.weekly": "yes"}, author="operator", reason="", now_ms=NOW_MS
        )
        await made.scoring.recompute(NOW_MS)
        yield made


async def digest(community: Community, *, sees: bool = True, about: str = ABOUT) -> Reply:
    readers = Readers(community, "discord", lambda *_: sees)
    reply = await build(readers, News.DIGEST, about, NOW_MS)
    assert reply is not None
    return reply


def names(reply: Reply, title: str) -> list[str]:
    rows = [row for table in reply.tables if table.title == title for row in table.rows]
    return [str(row[0]) for row in rows]


async def test_newcomers_are_first_and_each_row_says_what_it_came_from(
    community: Community,
) -> None:
    reply = await digest(community)

    assert reply.title.startswith("Digest of the week 8–14 Nov 2026: ")
    assert reply.text == "New: Quiet."
    assert [table.title for table in reply.tables] == ["New here", "Gained most"]
    assert names(reply, "New here") == ["Quiet"]
    assert names(reply, "Gained most")[0] == "Grace"
    assert {*names(reply, "Gained most")} <= {*NAMES.values()} - {"Quiet", "Bee"}
    assert all(row[3] for table in reply.tables for row in table.rows)
    assert fact(reply, "New") == "1"
    assert isinstance(reply.chart, DumbbellChart)
    assert [row.name for row in reply.chart.rows] == [
        *names(reply, "New here"),
        *names(reply, "Gained most"),
    ]
    assert "Grace from 1.4 to 1.6" in reply.chart.alt
    assert "me visibility digest off" in reply.after
    assert not reply.buttons


async def test_who_is_muted_or_out_is_named_nowhere_in_it(community: Community) -> None:
    quiet = number(community, "discord", QUIET)
    await set_muted(community, quiet, muted=True, now_ms=NOW_MS)
    await opt_out(community, ADA)
    await community.settings.set(
        {"weights.emoji.👍": 2},
        author=f"account:{quiet}",
        reason="Quiet wants it",
        now_ms=NOW_MS - 8 * DAY_MS,
    )
    await community.directory.refresh()

    reply = await digest(community)

    told = str(reply)
    assert "Quiet" not in told
    assert "Ada" not in told
    assert QUIET not in told
    assert "Grace" in told
    assert fact(reply, "New") == "1"
    assert "emoji 👍" in fact(reply, "Weights changed")


async def test_where_nothing_of_somebodys_is_seen_by_all_readers_they_are_not_named(
    community: Community,
) -> None:
    reply = await digest(community, sees=False)

    assert names(reply, "New here") == []
    assert [word for word in (*NAMES.values(), "general", GENERAL) if word in str(reply)] == []
    assert fact(reply, "Who gained") == fact(await digest(community), "Who gained")


async def test_only_a_few_are_named(community: Community) -> None:
    many = [str(920_000_000_000_000 + n) for n in range(2 * MOST_NEWCOMERS)]
    events = [
        event
        for place, who in enumerate(many)
        for event in post(1000 + place, who, 9, [ADA, GRACE, LINUS])
    ]
    accounts = tuple(Account("discord", who, "user", f"New {who}") for who in many)
    await community.log.append(Batch(tuple(events), accounts))
    await community.directory.refresh()
    await community.scoring.recompute(NOW_MS)

    reply = await digest(community)

    assert len(names(reply, "New here")) == MOST_NEWCOMERS
    assert 0 < len(names(reply, "Gained most")) <= MOST_OTHERS
    assert fact(reply, "New") == f"{len(many) + 1}"


async def test_after_a_restart_it_is_worked_out_anew(community: Community) -> None:
    before = await digest(community)
    await community.scoring.load()

    assert await digest(community) == before


@pytest.mark.parametrize("why", ["turned off", "nobody gained"])
async def test_without_news_there_is_none(community: Community, why: str) -> None:
    about = ABOUT
    if why == "turned off":
        await community.settings.set(
            {"digest.weekly": "no"}, author="operator", reason="", now_ms=NOW_MS
        )
    else:
        about = "week:2020-11-15"

    readers = Readers(community, "discord", lambda *_: True)

    assert await build(readers, News.DIGEST, about, NOW_MS) is None
