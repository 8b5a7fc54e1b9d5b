"""`cred show`, and whom every command of `cred …` shows."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.cred.breakdown import READY_SOON
from bot.commands.kit.arguments import ContributionLink, Mention
from bot.commands.kit.reply import Link
from bot.community.communities import Communities, Community
from cred.periods import parse_period
from storage.log.batch import Account, Batch
from storage.people.erasure import erase_accounts
from tests.bot.commands.cred.replies import fact, latest_scores, mention, number, opt_out
from tests.bot.commands.garden import (
    ADA,
    BEE,
    GRACE,
    LINUS,
    NOW_MS,
    OTHER_SAM,
    QUIET,
    SAM,
    communities,
    garden,
    post,
    run,
)


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Communities]:
    async with communities(tmp_path) as opened:
        yield opened


@pytest.fixture
async def community(opened: Communities) -> Community:
    return await garden(opened)


async def _slugs(opened: Communities) -> list[str]:
    return list(opened.slugs())


async def test_cred_alone_is_about_whoever_asks(community: Community) -> None:
    reply = await run(community, "cred", actor=GRACE)

    assert reply.title.startswith("Grace: ")
    assert fact(reply, "Rank") == "2nd of 5"


async def test_cred_is_the_sum_of_the_weeks_asked_about(community: Community) -> None:
    scores = latest_scores(community)
    index = scores.index_of(str(community.directory.account_number("discord", ADA)))
    assert index is not None
    october = scores.snapshot.cred[index, 3:8].sum()

    reply = await run(community, "cred show", period=parse_period("2026-10"))

    assert reply.title == f"Ada: {october:.1f} cred"
    assert reply.text == "2026-10 (27 Sep – 31 Oct 2026)."
    assert number(fact(reply, "Share of all cred")) == pytest.approx(
        october / scores.snapshot.cred[:, 3:8].sum() * 100, abs=0.05
    )


async def test_the_running_week_is_said_to_be_running(community: Community) -> None:
    reply = await run(community, "cred show", period=parse_period("month"))

    assert reply.text == "This month (1–28 Nov 2026, so far)."
    assert "This week so far" in {fact.name for fact in reply.facts}


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("cred show", {}),
        ("cred board", {}),
        ("cred history", {}),
        ("cred explain", {}),
        ("cred explain", {"thing": ContributionLink("discord", "800000000000010")}),
        ("admin health", {"is_admin": True}),
    ],
)
async def test_every_reply_with_figures_says_as_of_when_and_from_which_weights_it_is(
    community: Community, line: str, arguments: dict[str, object]
) -> None:
    reply = await run(community, line, **arguments)

    assert not reply.is_error, reply.text
    assert reply.as_of is not None
    assert reply.as_of.computed_ms == NOW_MS
    assert reply.as_of.events == (await community.log.head())[0]
    assert reply.as_of.weights == community.settings.version


async def test_after_a_restart_cred_is_shown_before_it_can_be_told_what_it_came_from(
    community: Community,
) -> None:
    before = await run(community, "cred show")
    await community.scoring.load()

    reply = await run(community, "cred show")

    assert reply.title == before.title
    assert not reply.tables
    assert READY_SOON in reply.after


async def test_more_is_asked_about_the_same_person_and_weeks(community: Community) -> None:
    await community.log.append(
        Batch(accounts=(Account("discord", LINUS, "user", "Linus the Second"),))
    )

    reply = await run(
        community, "cred show", person=mention(LINUS), period=parse_period("last month")
    )

    line = reply.after.removeprefix("More: ").split(" · ")[0].removeprefix("!")
    assert line == 'cred explain "Linus the Second" last month'
    parse(line, build_registry(), "discord")


async def test_the_top_sources_link_to_the_messages(community: Community) -> None:
    reply = await run(community, "cred")

    (table,) = reply.tables
    first = table.rows[0][0]
    assert isinstance(first, Link)
    assert re.fullmatch(r"message in #general, \d+ \w+", first.text)
    assert str(table.rows[-1][0]).startswith("everything else")


@pytest.mark.parametrize(
    ("who", "title", "said"),
    [
        ("nobody at all", "Who is that?", "nobody called “nobody at all”"),
        ("SAM", "Which one?", f"Sam ({SAM}), sam ({OTHER_SAM})"),
        (mention("4242"), "No cred yet", "not heard anything of them"),
        (mention(QUIET), "No cred yet", "Quiet has no cred: nothing of theirs"),
    ],
)
async def test_somebody_who_cannot_be_shown_gets_a_helpful_answer(
    community: Community, who: str | Mention, title: str, said: str
) -> None:
    reply = await run(community, "cred show", person=who)

    assert reply.is_error
    assert reply.private
    assert (reply.title, said in reply.text) == (title, True), reply.text


async def test_an_exact_name_wins_over_one_that_differs_in_capitals(
    community: Community,
) -> None:
    assert (await run(community, "cred show", person="sam")).title.startswith("sam: ")
    assert (await run(community, "cred show", person="gra")).title.startswith("Grace: ")
    assert (await run(community, "cred show", person=LINUS)).title.startswith("Linus: ")
    assert (await run(community, "cred show", person="me")).title.startswith("Ada: ")


async def test_whoever_was_never_heard_of_is_told_how_cred_begins(
    community: Community,
) -> None:
    reply = await run(community, "cred", actor="31337")

    assert reply.title == "You have no cred yet"


async def test_opted_out_people_are_neither_shown_nor_counted_among_the_ranked(
    community: Community,
) -> None:
    before = await run(community, "cred", actor=LINUS)
    await opt_out(community, GRACE)

    mentioned = await run(community, "cred show", person=mention(GRACE))
    searched = await run(community, "cred show", person="Grace")
    herself = await run(community, "cred", actor=GRACE)
    board = await run(community, "cred board")
    after = await run(community, "cred", actor=LINUS)

    assert mentioned.title == "Opted out"
    assert "Grace" not in mentioned.text
    assert searched.title == "Who is that?"
    assert herself.title == "You opted out"
    assert "Grace" not in str(board.tables)
    assert "bots and people who opted out or were erased, 2 accounts with" in board.after
    assert (fact(before, "Rank"), fact(after, "Rank")) == ("3rd of 5", "2nd of 4")


async def test_nothing_tells_who_an_erased_account_was(community: Community) -> None:
    number = community.directory.account_number("discord", GRACE)
    assert number is not None
    before = await run(community, "cred board")
    await erase_accounts(community.database, [number], NOW_MS)

    found = await run(community, "cred show", person=mention(GRACE))
    board = await run(community, "cred board")
    explained = await run(community, "cred explain", actor=ADA)
    asked_for = await run(community, "cred show", person=f"erased-{number}")

    assert found.title == "No cred yet"
    rows_before, rows = before.tables[0].rows, board.tables[0].rows
    assert [row[1] for row in rows] == [row[1] for row in rows_before if row[1] != "Grace"]
    assert "erased-" not in str((board, explained))
    assert "Grace" not in str((board, explained))
    assert "2 accounts with" in board.after
    assert "reactions of somebody who was erased" in str(explained.tables)
    assert asked_for.is_error


async def test_a_bot_is_shown_but_not_ranked(community: Community) -> None:
    reply = await run(community, "cred show", person=mention(BEE))
    board = await run(community, "cred board")

    assert fact(reply, "Rank") == "–"
    assert "A bot" in reply.text
    assert "Bee" not in str(board.tables)


async def test_somebody_newer_than_the_scores_is_told_to_wait(community: Community) -> None:
    await community.log.append(Batch(events=tuple(post(999, QUIET, 10, [ADA]))))

    reply = await run(community, "cred", actor=QUIET)

    assert reply.title == "No cred yet"
    assert "Newer than event #" in reply.text


async def test_before_the_first_recompute_commands_say_what_is_happening(
    opened: Communities,
) -> None:
    community = await garden(opened, scored=False)

    reply = await run(community, "cred")

    assert reply.title == "No scores yet"
    assert "still reading" in reply.text


async def test_a_period_before_or_after_the_scores_says_what_they_cover(
    community: Community,
) -> None:
    reply = await run(community, "cred show", period=parse_period("2020"))

    assert reply.title == "Nothing in that time"
    assert "6 Sep – 21 Nov 2026, 11 weeks" in reply.text


async def test_after_a_restart_cred_is_shown_at_once_and_explained_later(
    tmp_path: Path,
) -> None:
    async with communities(tmp_path) as opened:
        before = await run(await garden(opened), "cred")

    async with communities(tmp_path) as again:
        community = await again.get_existing((await _slugs(again))[0])
        shown = await run(community, "cred")
        explained = await run(community, "cred explain")

    assert shown.title == before.title
    assert shown.facts == before.facts
    assert "after the next recompute" in shown.after
    assert explained.title == "Ready soon"
