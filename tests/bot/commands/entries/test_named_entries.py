"""What entries are called in explanations and lists, and when they are not."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.community.communities import Community
from storage.people.erasure import erase_accounts
from tests.bot.commands.entries.lines import QUIET, cells, say
from tests.bot.commands.garden import (
    GRACE,
    LINUS,
    NOW_MS,
    communities,
    garden,
)
from tests.storage.builders import set_opted_out


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def test_explanations_name_what_was_entered_by_title_and_who_gave_it(
    community: Community,
) -> None:
    await say(community, f"thanks <@{QUIET}> for the soup")
    await say(community, f"contrib add Cooked the soup <@{QUIET}>", actor=GRACE)
    await say(community, "contrib approve 1", actor=LINUS)
    await say(community, "initiative open Soup week", actor=GRACE)
    await say(community, f"initiative champion 1 <@{QUIET}>", actor=GRACE)
    await say(community, "initiative complete 1", actor=LINUS)
    await community.scoring.recompute(NOW_MS)

    person = await say(community, f"cred explain <@{QUIET}>")
    thanks = await say(community, "cred explain thanks:1")
    work = await say(community, "cred explain contribution:1")

    assert {row[0] for row in cells(person)} == {
        "thanks 1: “the soup”, of Ada, 20 Nov",
        "contribution 1: “Cooked the soup”, 20 Nov",
        "initiative 1: “Soup week”, 20 Nov",
    }
    assert {"thanks they were given", "work they did", "initiatives they championed"} == {
        row[0] for row in cells(person, 1)
    }
    causes = {row[0] for row in cells(person, 2)}
    assert "reactions and thanks of Ada" in causes
    assert any(cause.endswith("approvals of Linus") or "Linus" in cause for cause in causes)
    assert thanks.title.startswith("Thanks 1: “the soup”, of Ada, 20 Nov: ")
    assert work.title.startswith("Contribution 1: “Cooked the soup”, 20 Nov: ")
    assert ("Mints itself", "1.0") in {(fact.name, fact.value) for fact in work.facts}


async def test_what_does_not_count_has_no_explanation_and_says_why(
    community: Community,
) -> None:
    await say(community, "contrib add Cooked the soup @grace")
    await community.scoring.recompute(NOW_MS)

    reply = await say(community, "cred explain contribution:1")

    assert reply.text.startswith("Contribution 1 does not count: it waits for approval")


@pytest.mark.parametrize("link", ["thanks:1", "thanks 1", "Thanks:1", "Thanks 1", "thanks #1"])
async def test_what_a_reply_calls_thanks_can_be_typed_to_explain_them(
    community: Community, link: str
) -> None:
    given = await say(community, f"thanks <@{QUIET}> for the soup")
    before = await say(community, f"cred explain {link}")
    await community.scoring.recompute(NOW_MS)
    after = await say(community, f"cred explain {link}")
    line = re.search(r"!(cred explain \S+) shows", given.after)

    assert before.text.startswith("Thanks 1 do not count: they were taken back, or came after")
    assert after.title.startswith("Thanks 1: “the soup”, of Ada, 20 Nov: ")
    assert line is not None
    assert await say(community, line[1]) == after


@pytest.mark.parametrize(
    "name", ["contribution 1", "Contribution:1", "initiative 1", "Initiative #1"]
)
async def test_work_and_initiatives_are_explained_by_what_replies_call_them(
    community: Community, name: str
) -> None:
    await say(community, f"contrib add Cooked the soup <@{QUIET}>", actor=GRACE)
    await say(community, "contrib approve 1", actor=LINUS)
    await say(community, "initiative open Soup week", actor=GRACE)
    await say(community, f"initiative champion 1 <@{QUIET}>", actor=GRACE)
    await say(community, "initiative complete 1", actor=LINUS)
    await community.scoring.recompute(NOW_MS)

    reply = await say(community, f"cred explain {name}")

    assert not reply.is_error
    assert reply.title.casefold().startswith(name.casefold().replace(":", " ").replace("#", ""))


async def test_thanks_that_were_taken_back_are_in_no_explanation(community: Community) -> None:
    await say(community, f"thanks <@{QUIET}> for the soup")
    await say(community, f"thanks <@{QUIET}> for the bread", actor=GRACE)
    await say(community, "thanks undo")
    await community.scoring.recompute(NOW_MS)

    person = await say(community, f"cred explain <@{QUIET}>")
    thanks = await say(community, "cred explain thanks:1")

    assert {row[0] for row in cells(person)} == {"thanks 2: “the bread”, of Grace, 20 Nov"}
    assert thanks.text.startswith("Thanks 1 do not count: they were taken back")


async def test_who_opts_out_later_is_named_no_more(community: Community) -> None:
    await say(community, "contrib add Cooked the soup @grace", actor=LINUS)
    await say(community, f"thanks <@{QUIET}> for the soup", actor=GRACE)
    number = community.directory.account_number("discord", GRACE)
    assert number is not None
    await set_opted_out(community.database, number, NOW_MS)
    await community.scoring.recompute(NOW_MS)

    listed = await say(community, "contrib list")
    explained = await say(community, f"cred explain <@{QUIET}>")

    assert cells(listed)[0][2] == "somebody who opted out"
    assert "thanks 1: “the soup”, of somebody who opted out, 20 Nov" in str(explained.tables)
    assert "Grace" not in str(listed) + str(explained)


async def test_words_of_the_erased_are_gone_from_lists_and_explanations(
    community: Community,
) -> None:
    await say(community, f"thanks <@{QUIET}> for the soup", actor=LINUS)
    await say(community, f"contrib add Secret thing <@{QUIET}>", actor=LINUS)
    await say(community, "contrib approve 1", actor=GRACE)
    number = community.directory.account_number("discord", LINUS)
    assert number is not None
    await erase_accounts(community.database, [number], NOW_MS)
    await community.scoring.recompute(NOW_MS)

    listed = await say(community, "contrib list")
    explained = await say(community, f"cred explain <@{QUIET}>")

    assert cells(listed)[0][:3] == ("–", "(erased) (other)", "Quiet")
    assert not {"soup", "Secret"} & set(str(explained).split())
