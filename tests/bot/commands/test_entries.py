"""What people enter by hand, asked and answered: in words, in lists, in explanations."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat.discord.render import render
from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Fact, Reply
from bot.community.communities import Community
from storage.log.batch import Account, Batch
from storage.people.erasure import erase_account, set_opted_out
from tests.bot.commands.garden import (
    ADA,
    BEE,
    GRACE,
    GUILD,
    LINUS,
    NOW_MS,
    communities,
    garden,
    request,
)

REGISTRY = build_registry()
QUIET = "900000000000006"
LOVELACES = ((71, "Grace Hopper"), (72, "Grace Hopper Jr"))
MESSAGE = "message:800000000000001"


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def say(community: Community, line: str, actor: str = ADA) -> Reply:
    """Reply to a line as somebody types it."""
    called = parse(line, REGISTRY, "discord", NOW_MS)
    asked = request(community, actor=actor)
    return await dispatch(called.command, replace(asked, arguments=called.arguments))


def cells(reply: Reply, table: int = 0) -> list[tuple[str, ...]]:
    return [tuple(str(cell) for cell in row) for row in reply.tables[table].rows]


async def test_thanks_say_who_thanks_whom_for_what_and_how_many_are_left(
    community: Community,
) -> None:
    reply = await say(community, f"thanks <@{GRACE}> and linus for showing me around")

    assert reply.title == "Ada thanks Grace and Linus"
    assert reply.text == "For showing me around"
    assert reply.after == "thanks:1 · 4 more this week"
    assert not reply.private


async def test_thanks_for_a_message_go_to_its_author(community: Community) -> None:
    reply = await say(community, f"thanks {MESSAGE}", actor=GRACE)

    assert (reply.title, reply.text) == ("Grace thanks Ada", "For a message.")


async def test_shares_of_somebody_named_twice_are_added_up(community: Community) -> None:
    reply = await say(community, "contrib add The door @grace 1 @linus @grace 2")

    assert reply.facts[0].value == "Grace 3, Linus 1"


async def test_thanks_for_work_name_it(community: Community) -> None:
    await say(community, "contrib add Repaired the door @grace")

    reply = await say(community, "thanks contribution 1")

    assert (reply.title, reply.text) == (
        "Ada thanks Grace",
        "For contribution 1: “Repaired the door”.",
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("thanks", "Say whom you thank"),
        (f"thanks <@{GRACE}>", "Say what for"),
        ("thanks for everything", "Say whom you thank"),
        ("thanks nobody for x", "I know nobody called “nobody”"),
        (f"thanks <@{ADA}> for x", "You can't thank yourself."),
        (f"thanks <@{BEE}> for x", "Bee is a bot; only people can be thanked."),
        ("thanks sa for x", "Several people fit"),
        ("contrib add", "Say what was done"),
        ("contrib add Something", "Say who did it"),
        ("contrib add Something @grace kind magic", "no kind of work “magic”"),
        ("contrib add Something @grace 1900-01-01", "from 1970 on"),
        ("contrib approve", "Say which contribution"),
        ("contrib approve 7", "There is no contribution 7."),
        ("contrib reject 7", "Say why"),
        ("contrib list 9", "There is no page 9"),
        ("initiative open", "Give it a title"),
        ("initiative add 1", "Say what"),
        ("initiative add 1 contribution 1 as friend", "not as “friend”"),
        ("initiative remove 1", "which champion"),
        ("initiative show 3", "There is no initiative 3."),
        ("initiative complete", "Say which initiative"),
        ("cred explain contribution:7", "There is no contribution 7."),
        ("cred explain Contribution #7", "There is no contribution 7."),
        ("cred explain initiative 7 last week", "There is no initiative 7."),
        ("cred explain thanks last week", "I know nobody called “thanks”"),
    ],
)
async def test_what_is_wrong_is_answered_in_private_with_what_would_do(
    community: Community, line: str, words: str
) -> None:
    reply = await say(community, line)

    assert reply.is_error
    assert reply.private
    assert words in reply.text
    assert "Reference" not in reply.text


async def test_who_opted_out_thanks_nobody_and_is_thanked_by_nobody(
    community: Community,
) -> None:
    number = community.directory.account_number("discord", GRACE)
    assert number is not None
    await set_opted_out(community.database, number, NOW_MS)

    by = await say(community, f"thanks <@{LINUS}> for x", actor=GRACE)
    to = await say(community, f"thanks <@{GRACE}> for x")

    assert "You opted out" in by.text
    assert "chose not to be counted" in to.text


async def test_work_is_entered_approved_and_listed(community: Community) -> None:
    added = await say(
        community,
        "contrib add Repaired the door @grace 2 @linus 1 yesterday kind code https://a.example/1",
    )
    again = await say(community, "contrib approve 1")
    listed = await say(community, "contrib")
    approved = await say(community, "contrib approve #1", actor=QUIET)
    after = await say(community, "contrib list")

    assert added.title == "Contribution 1: Repaired the door"
    assert {fact.name: fact.value for fact in added.facts} == {
        "Who": "Grace 2, Linus 1",
        "Kind": "code",
        "Done": "19 Nov 2026",
        "Entered by": "Ada",
        "Evidence": "https://a.example/1",
    }
    assert [button.line for button in added.buttons] == ["contrib approve 1"]
    assert "a second person has to approve it" in again.text
    assert listed.text == "1 of them waits for a second person's approval."
    assert approved.text == "Approved by Quiet; it counts from now on."
    row = ("1", "Repaired the door (code)", "Grace 2, Linus 1", "19 Nov 2026")
    assert cells(listed) == [(*row, "waits for approval")]
    assert cells(after) == [(*row, "approved")]


async def test_one_contribution_is_shown_with_evidence_to_whoever_is_to_approve_it(
    community: Community,
) -> None:
    await say(community, "contrib add One thing @grace https://a.example/1")
    await say(community, "contrib add Another thing @grace")
    waiting = await say(community, "contrib show 1", actor=QUIET)
    await say(community, "contrib approve 1", actor=QUIET)
    await say(community, "contrib reject 2 for it was Linus", actor=LINUS)

    approved = await say(community, "contrib show #1")
    rejected = await say(community, "contrib show 2")
    none = await say(community, "contrib show 3")

    assert (waiting.title, waiting.text) == (
        "Contribution 1: One thing",
        "It waits for approval.",
    )
    assert Fact("Evidence", "https://a.example/1", copied=True) in waiting.facts
    assert [button.line for button in waiting.buttons] == ["contrib approve 1"]
    assert (approved.text, approved.buttons) == ("Approved by Quiet.", ())
    assert rejected.text == "Rejected by Linus: it was Linus"
    assert none.text == "There is no contribution 3."


async def test_lists_of_what_was_entered_are_lists_that_a_phone_shows_whole(
    community: Community,
) -> None:
    await say(community, "contrib add A title that says what was done @grace @linus")
    await say(community, "initiative open A title that says what is to be done")

    work = render(await say(community, "contrib list"), GUILD).description
    gathered = render(await say(community, "initiative list"), GUILD).description

    assert "```" not in work + gathered
    assert "A title that says what was done (other) · Grace and Linus · " in work
    assert "A title that says what is to be done · no champion yet · 0 things" in gathered


async def test_a_name_of_two_words_that_was_typed_is_nobody_else_s_by_its_first(
    community: Community,
) -> None:
    await community.log.append(
        Batch(accounts=tuple(Account("discord", str(n), "user", name) for n, name in LOVELACES))
    )
    await community.directory.refresh()

    tour = await say(community, "thanks @Grace Hopper for the tour for two", actor=LINUS)
    both = await say(community, "thanks @linus and @grace hopper jr for x")
    no_reason = await say(community, "thanks @Grace Hopper")
    first = await say(community, "thanks @grace hoppers are great")
    herself = await say(community, "thanks @Grace Hopper for x", actor="71")

    assert (tour.title, tour.text) == ("Linus thanks Grace Hopper", "For the tour for two")
    assert (both.title, both.text) == ("Ada thanks Linus and Grace Hopper Jr", "For x")
    assert no_reason.text.startswith("Say what for:")
    assert (first.title, first.text) == ("Ada thanks Grace", "For hoppers are great")
    assert herself.text == "You can't thank yourself."


async def test_the_same_work_entered_twice_on_a_day_is_noticed(community: Community) -> None:
    await say(community, "contrib add Repaired the door @grace")

    again = await say(community, "contrib add Repaired the door @linus today", actor=GRACE)

    assert again.text == "That is contribution 1 already: the same title and date."


async def test_a_rejection_is_listed_with_its_reason_and_a_withdrawal_as_such(
    community: Community,
) -> None:
    await say(community, "contrib add One thing @grace")
    await say(community, "contrib add Another thing @grace")
    rejected = await say(community, "contrib reject 1 because it was Linus", actor=LINUS)
    withdrawn = await say(community, "contrib withdraw 2")

    listed = await say(community, "contrib list")
    assert rejected.text == "Rejected by Linus: it was Linus"
    assert withdrawn.text.startswith("Withdrawn")
    assert [row[-1] for row in cells(listed)] == ["withdrawn", "rejected: it was Linus"]


async def test_long_lists_have_pages_with_buttons(community: Community) -> None:
    for number in range(12):
        await say(community, f"contrib add “Thing {number}” @grace")

    first, second = (
        await say(community, "contrib list"),
        await say(community, "contrib list 2"),
    )

    assert (len(cells(first)), len(cells(second))) == (10, 2)
    assert [(button.label, button.enabled) for button in first.buttons] == [
        ("Earlier", False),
        ("Later", True),
    ]


async def test_an_initiative_goes_from_open_to_complete_in_words(community: Community) -> None:
    await say(community, "contrib add Repaired the door @grace")
    opened = await say(community, "initiative open New house")
    await say(community, "initiative open “Old house” 2026-10-01")
    await say(community, "initiative add 1 contribution 1")
    await say(community, f"initiative add 1 {MESSAGE} as reference")
    added = await say(community, "initiative add 1 initiative 2 as dependency")
    championed = await say(community, "initiative champion 1", actor=LINUS)
    await say(community, "initiative champion 1 @grace")
    removed = await say(community, "initiative remove 1 @grace", actor=LINUS)
    own = await say(community, "initiative complete 1", actor=LINUS)
    complete = await say(community, "initiative complete 1", actor=QUIET)
    shown, listed = (
        await say(community, "initiative show 1"),
        await say(community, "initiative"),
    )

    assert opened.title == "Initiative 1: New house"
    assert sorted(cells(added)) == [
        ("Depends on", "initiative 2: “Old house”"),
        ("Gathers", "contribution 1: “Repaired the door”"),
        ("Refers to", "a message (discord)"),
    ]
    assert championed.text == "Linus will see it through."
    assert (removed.text, removed.facts[2].value) == ("Taken back.", "Linus")
    assert "somebody else has to complete it" in own.text
    assert complete.text.startswith("Complete, says Quiet")
    assert shown.text == "It is complete."
    assert cells(listed) == [
        ("2", "Old house", "no champion yet", "0 things", "goes on"),
        ("1", "New house", "Linus", "3 things", "complete"),
    ]


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
    await erase_account(community.database, number, NOW_MS)
    await community.scoring.recompute(NOW_MS)

    listed = await say(community, "contrib list")
    explained = await say(community, f"cred explain <@{QUIET}>")

    assert cells(listed)[0][:3] == ("–", "(erased) (other)", "Quiet")
    assert not {"soup", "Secret"} & set(str(explained).split())


async def test_help_shows_how_each_is_typed(community: Community) -> None:
    reply = await say(community, "help contrib add")
    everything = await say(community, "help")

    assert "[title] [people] [date] [kind] [link]" in reply.title
    assert "@ada 2 @grace 1" in str(reply.tables)
    assert "thanks [who] [message] [reason]" in str(everything.tables)
    assert datetime.fromtimestamp(NOW_MS / 1000, UTC).year == 2026
