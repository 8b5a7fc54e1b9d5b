"""What is to be announced is decided from the log, the settings and the moment."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.community.communities import Community
from bot.services.weights.announce import announce_due, announce_proposal, destinations
from bot.services.weights.close import advance
from bot.services.weights.proposals import read_proposals
from bot.services.weights.propose import propose
from bot.services.weights.vote import vote
from cred.governance.proposals import Stage
from cred.governance.rules import DAY_MS, HOUR_MS
from cred.governance.tally import VoteChoice
from storage.announcements import Announcements
from tests.bot.commands.garden import ADA, GENERAL, GRACE, NOW_MS
from tests.bot.forum import both_places
from tests.bot.services.weights.test_votes import account, configure, make_proposal, stage

CHANNEL = "discord.announcements-channel"
CLOSE = NOW_MS + 7 * DAY_MS


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        await configure(opened, {"votes.electors-days": 0})
        yield opened


async def propose_in_channel(community: Community) -> int:
    await configure(community, {CHANNEL: GENERAL})
    number = (await make_proposal(community)).number
    assert await announce_proposal(
        community, number, source="discord", place="77", now_ms=NOW_MS
    )
    return number


async def post(community: Community, now_ms: int) -> list[str]:
    """Do as if everything that waits were posted; return what it was."""
    announcements = Announcements(community.database)
    posted = await announcements.list_waiting()
    for row in posted:
        await announcements.mark_posted(row.number, now_ms, thread="40", message="41")
    return [f"{row.kind} {row.about} in {row.place}" for row in posted]


async def tick(community: Community, now_ms: int) -> list[str]:
    await advance(community, now_ms)
    await announce_due(community, now_ms)
    posted = await post(community, now_ms)
    await announce_due(community, now_ms)
    await advance(community, now_ms)
    return posted


async def test_the_clock_of_a_proposal_starts_when_it_can_be_seen(community: Community) -> None:
    number = await propose_in_channel(community)
    await announce_due(community, NOW_MS + HOUR_MS)
    hidden = await stage(community, number, NOW_MS + HOUR_MS)

    await post(community, NOW_MS + 2 * HOUR_MS)
    await announce_due(community, NOW_MS + 3 * HOUR_MS)
    await advance(community, NOW_MS + 3 * HOUR_MS)

    assert hidden is Stage.UNPUBLISHED
    assert await stage(community, number, NOW_MS + 3 * HOUR_MS) is Stage.OPEN


async def test_without_a_channel_the_reply_to_who_proposes_is_the_announcement(
    community: Community,
) -> None:
    number = (await make_proposal(community)).number

    waits = await announce_proposal(
        community, number, source="discord", place="77", now_ms=NOW_MS
    )
    for moment in (NOW_MS, CLOSE - 1, CLOSE):
        await tick(community, moment)

    rows = await Announcements(community.database).list_all()
    assert not waits
    assert [f"{row.kind} in {row.place}" for row in rows] == [
        "proposal in 77",
        "reminder in 77",
        "result in 77",
    ]


async def test_a_proposal_whose_author_got_no_answer_can_be_seen_all_the_same(
    community: Community,
) -> None:
    number = (await make_proposal(community)).number

    await announce_due(community, NOW_MS)

    assert await stage(community, number) is Stage.SECONDED


async def test_a_vote_is_reminded_of_once_and_its_result_follows(community: Community) -> None:
    await propose_in_channel(community)
    told = [
        await tick(community, moment)
        for moment in (
            NOW_MS,
            NOW_MS,
            CLOSE - DAY_MS - 1,
            CLOSE - DAY_MS,
            CLOSE - 1,
            CLOSE,
            CLOSE + 1,
        )
    ]

    assert told == [
        ["proposal proposal:1 in 500000000000001"],
        [],
        [],
        ["reminder proposal:1 in 500000000000001"],
        [],
        ["result proposal:1 in 500000000000001"],
        [],
    ]


async def test_nobody_is_reminded_when_all_have_voted(community: Community) -> None:
    number = await propose_in_channel(community)
    for _ in range(2):
        await tick(community, NOW_MS)
    course = (await read_proposals(community)).get(number).course(NOW_MS)
    for elector in course.electors:
        await vote(community, number, elector.accounts[0], VoteChoice.FOR, now_ms=NOW_MS)

    assert await tick(community, CLOSE - 1) == []


async def test_what_passed_and_may_be_vetoed_is_told_of_twice(community: Community) -> None:
    await configure(community, {"votes.veto-hours": 48})
    number = await propose_in_channel(community)
    for _ in range(2):
        await tick(community, NOW_MS)
    for who in (ADA, GRACE):
        await vote(
            community, number, account(community, who), VoteChoice.FOR, now_ms=NOW_MS + 1
        )

    told = [
        await tick(community, moment) for moment in (CLOSE - 1, CLOSE, CLOSE + 48 * HOUR_MS)
    ]

    assert [kinds(found) for found in told] == [["reminder"], ["result"], ["outcome"]]


async def test_changes_of_weights_that_nobody_voted_on_are_told_of_since_there_is_a_channel(
    community: Community,
) -> None:
    await configure(community, {"weights.emoji.🌱": 2})
    await configure(community, {CHANNEL: GENERAL})
    await configure(community, {"weights.emoji.🌱": 3})
    await configure(community, {"votes.electors-days": 5})
    act = community.settings.version - 1

    told = [await tick(community, NOW_MS) for _ in range(2)]

    assert told == [[f"act version:{act} in {GENERAL}"], []]


async def test_what_waits_goes_where_it_is_wanted_now(community: Community) -> None:
    number = await propose_in_channel(community)
    await configure(community, {CHANNEL: "600000000000001"})
    await announce_due(community, NOW_MS)
    (moved,) = await Announcements(community.database).list_waiting()
    await configure(community, {CHANNEL: None})
    for _ in range(2):
        await announce_due(community, NOW_MS)

    assert moved.place == "600000000000001"
    assert await Announcements(community.database).list_all() == []
    assert destinations(community) == []
    assert await stage(community, number) is Stage.SECONDED


def kinds(told: list[str]) -> list[str]:
    return [line.split()[0] for line in told]


async def test_when_the_first_of_two_on_one_weight_passes_the_second_is_previewed_anew(
    community: Community,
) -> None:
    await configure(community, {CHANNEL: GENERAL})
    numbers = [(await make_proposal(community)).number]
    await announce_proposal(community, numbers[0], source="discord", place="77", now_ms=NOW_MS)
    await tick(community, NOW_MS)
    later = NOW_MS + DAY_MS
    second = await propose(
        community,
        account(community, GRACE),
        {"weights.emoji.👍": 5},
        reason="even more",
        now_ms=later,
    )
    await announce_proposal(
        community, second.number, source="discord", place="77", now_ms=later
    )
    await tick(community, later)
    await vote(community, numbers[0], account(community), VoteChoice.FOR, now_ms=later)

    posted = await tick(community, CLOSE)
    again = await tick(community, CLOSE + HOUR_MS)

    assert f"again proposal:{second.number} in {GENERAL}" in posted
    assert not any(each.startswith("again") for each in again)
    assert community.settings.get("weights.emoji.👍") == 3
