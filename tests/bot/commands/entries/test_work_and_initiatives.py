"""`contrib …` and `initiative …`."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat.discord.render import render
from bot.commands.kit.reply import Fact
from bot.community.communities import Community
from tests.bot.commands.entries.lines import MESSAGE, QUIET, cells, say
from tests.bot.commands.garden import (
    GRACE,
    GUILD,
    LINUS,
    NOW_MS,
    communities,
    garden,
)


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def test_shares_of_somebody_named_twice_are_added_up(community: Community) -> None:
    reply = await say(community, "contrib add The door @grace 1 @linus @grace 2")

    assert reply.facts[0].value == "Grace 3, Linus 1"


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


async def test_help_shows_how_each_is_typed(community: Community) -> None:
    reply = await say(community, "help contrib add")
    thanks = await say(community, "help thanks")

    assert "<title> <people> [date] [kind] [link]" in reply.title
    assert "@ada 2 @grace 1" in str(reply.tables)
    assert "thanks [who] [message] [reason]" in thanks.title
    assert "thanks undo takes them back" in thanks.text
    assert datetime.fromtimestamp(NOW_MS / 1000, UTC).year == 2026
