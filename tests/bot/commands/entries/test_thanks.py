"""`thanks`, and how mistakes are answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.community.communities import Community
from storage.log.batch import Account, Batch
from tests.bot.commands.entries.lines import LOVELACES, MESSAGE, say
from tests.bot.commands.garden import (
    ADA,
    BEE,
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


async def test_thanks_say_who_thanks_whom_for_what_and_how_many_are_left(
    community: Community,
) -> None:
    reply = await say(community, f"thanks <@{GRACE}> and linus for showing me around")

    assert reply.title == "Ada thanks Grace and Linus"
    assert reply.text == "For showing me around"
    assert reply.after == (
        "thanks:1 · 4 more this week. !cred explain thanks:1 shows what they gave."
    )
    assert not reply.private


async def test_thanks_are_taken_back_in_public(community: Community) -> None:
    await say(community, f"thanks <@{GRACE}> and linus for showing me around")

    undone = await say(community, "thanks undo")
    twice = await say(community, "thanks undo thanks:1")
    of_others = await say(community, "thank undo 1", actor=LINUS)

    assert undone.title == "Ada takes back thanks to Grace and Linus"
    assert "count no more" in undone.text
    assert not undone.private
    assert twice.text.startswith("You took back thanks:1 already.")
    assert of_others.text == "Only whoever gave thanks can take them back."


async def test_thanks_that_were_given_where_not_everybody_sees_are_taken_back_without_names(
    community: Community,
) -> None:
    await say(community, "thanks linus for the secret plan", place="500000000000009")

    undone = await say(community, "thanks undo", place="500000000000008")

    assert undone.title == "Thanks 1 were taken back"
    assert "Linus" not in undone.text


async def test_thanks_for_a_message_go_to_its_author(community: Community) -> None:
    reply = await say(community, f"thanks {MESSAGE}", actor=GRACE)

    assert (reply.title, reply.text) == ("Grace thanks Ada", "For a message.")


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
    longer = await say(community, "thanks @grace hoppers are great")
    herself = await say(community, "thanks @Grace Hopper for x", actor="71")

    assert (tour.title, tour.text) == ("Linus thanks Grace Hopper", "For the tour for two")
    assert (both.title, both.text) == ("Ada thanks Linus and Grace Hopper Jr", "For x")
    assert no_reason.text.startswith("Say what for:")
    assert longer.title == "Which people?"
    assert f"Grace ({GRACE}), Grace Hopper (71), Grace Hopper Jr (72)" in longer.text
    assert herself.text == "You can't thank yourself."
