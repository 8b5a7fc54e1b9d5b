"""People with several accounts, as commands show them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.console.chat import ConsoleChat, Speaker
from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Mention
from bot.community.communities import Community
from bot.community.identities.transactions import ActingAccount
from tests.bot.commands.garden import GRACE, LINUS, NOW_MS
from tests.bot.commands.me.requests import ask, code_for, link, shown_cred
from tests.bot.forum import ADA_L, GRACE_F, NAMESAKE, both_places


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


async def test_linked_accounts_have_one_cred_whoever_asks_for_it(community: Community) -> None:
    await link(community)

    here = await shown_cred(community)
    assert here.startswith("Ada: ")
    there = await shown_cred(community, source="forum", actor=ADA_L)
    assert there == here.replace("Ada", "ada_l")
    assert (await ask(community, "cred show", actor=GRACE, person="forum:ada_l")).title == here
    await community.scoring.recompute(NOW_MS)
    board = await ask(community, "cred board", source="forum", actor=ADA_L)
    listed = [row[1] for row in board.tables[0].rows]
    assert listed.count("ada_l") == 1
    assert "Ada (discord)" not in listed
    assert "Ada" in listed  # somebody else of that name
    assert "You: #" in board.after
    causes = str((await ask(community, "cred explain", actor=GRACE)).tables)
    assert "reactions of Ada" in causes
    assert "ada_l" not in causes


async def test_of_a_linked_account_nothing_is_left_on_the_board(
    community: Community,
) -> None:
    code = await ask(community, "me link", actor=GRACE, platform="forum")
    await ask(
        community,
        "me confirm",
        source="forum",
        actor=GRACE_F,
        code=code.title.removeprefix("Your code: "),
    )

    board = await ask(community, "cred board")
    assert [row[1] for row in board.tables[0].rows].count("Grace") == 1
    assert "grace_f" not in str(board)

    assert (await ask(community, "cred show", actor=GRACE)).tables


async def test_who_is_only_on_another_platform_is_shown_with_it(community: Community) -> None:
    shown = await ask(community, "cred show", person="forum:Ada")

    assert shown.title.startswith("Ada (forum): ")
    assert "!cred explain forum:3" in shown.after
    other = await ask(community, "cred show", person="ada_l")
    assert "!cred explain @ada_l · " in other.after
    history = await ask(community, "cred history", person="ada_l")
    assert history.title.startswith("ada_l (forum): ")
    assert history.buttons[0].line == f"cred history forum:{ADA_L} 4"


async def test_a_reply_says_that_the_scores_do_not_know_of_a_link_yet(
    community: Community,
) -> None:
    before = await shown_cred(community)
    code = await code_for(community)
    claims = community.identities
    await claims.codes.redeem(code, ActingAccount("forum", ADA_L, "ada_l"), NOW_MS)

    reply = await ask(community, "cred show")
    assert reply.title == before
    assert "the next recompute counts them so" in reply.text
    other = await ask(community, "cred show", source="forum", actor=ADA_L)
    assert other.title != before
    explained = await ask(community, "cred explain")
    assert "the next recompute counts them so" in explained.text
    await community.scoring.recompute(NOW_MS)
    assert "next recompute" not in (await ask(community, "cred show")).text


async def test_the_console_speaks_from_either_platform(community: Community) -> None:
    chat = ConsoleChat(
        community, build_registry(), Speaker(LINUS, "Linus"), now_ms=lambda: NOW_MS
    )

    started = await chat.reply('@"Grace": !me link forum')
    assert started is not None
    code = started.title.removeprefix("Your code: ")
    linked = await chat.reply(f"@forum:grace_f: !me confirm {code}")

    assert linked is not None
    assert linked.title == "Linked"
    mine = await chat.reply("!me accounts")
    assert mine is not None
    assert mine.title == "Your account"


async def test_of_two_with_a_name_the_console_takes_the_one_of_its_platform(
    community: Community,
) -> None:
    chat = ConsoleChat(
        community, build_registry(), Speaker(GRACE, "Grace"), now_ms=lambda: NOW_MS
    )

    own = await chat.reply("@Ada: !cred")
    single = await chat.reply('@forum:"Ada": !cred')
    link_in_it = await chat.reply("@grace:cred explain https://discord.com/channels/1/2/3")

    assert own is not None
    assert own.title.startswith("Ada: 18.")
    assert single is not None
    assert single.title.startswith("Ada: 17.")
    assert link_in_it is not None
    assert link_in_it.title == "Which message?"


@pytest.mark.parametrize("account", [ADA_L, GRACE_F, NAMESAKE])
async def test_more_is_asked_about_the_same_person_of_another_platform(
    community: Community, account: str
) -> None:
    shown = await ask(community, "cred show", actor=LINUS, person=Mention("forum", account))

    line = shown.after.removeprefix("More: ").split(" · ")[0].removeprefix("!")
    called = parse(line, build_registry(), "discord")
    thing = called.arguments["thing"]
    explained = await ask(community, called.command.line, actor=LINUS, thing=thing)

    name, _, cred = shown.title.rpartition(": ")
    assert explained.title == f"Where {cred} of {name} came from"
