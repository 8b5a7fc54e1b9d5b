"""When a recompute is due, and what is there before, during and after one."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.community.communities import Communities, Community
from bot.services.ingest import CommunityInlet
from cred.errors import InvalidInputError
from storage.log.batch import Batch
from storage.people.erasure import erase_accounts
from tests.bot.community.scoring.counted_source import CountedSource
from tests.bot.community.scoring.liked_messages import (
    DAY,
    NOW,
    cred_of,
    liked_message,
    record_events,
)
from tests.storage.builders import set_opted_out


async def test_new_events_and_new_settings_are_due_and_old_ones_are_not(
    community: Community,
) -> None:
    await record_events(community, *liked_message("ada", "bob", "m1"))
    due_at_first = await community.scoring.is_due()
    await community.scoring.recompute(NOW)
    due_after = await community.scoring.is_due()
    await record_events(community, *liked_message("cyd", "bob", "m2"))
    due_after_events = await community.scoring.is_due()
    await community.scoring.recompute(NOW)
    await community.settings.set(
        {"weights.emoji.👍": 2}, author="operator", reason="", now_ms=NOW
    )

    assert (due_at_first, due_after, due_after_events) == (True, False, True)
    assert await community.scoring.is_due()


async def test_who_opts_out_or_in_or_is_erased_has_scores_made_anew_once(
    community: Community, source: CountedSource
) -> None:
    await record_events(
        community, *liked_message("ada", "bob", "m1"), *liked_message("cyd", "bob", "m2")
    )
    await community.settings.set(
        {"weights.message.m1": 5}, author="operator", reason="a release", now_ms=NOW
    )
    await community.scoring.recompute(NOW)
    await community.directory.refresh()
    ada = community.directory.account_number("discord", "ada")
    assert ada is not None
    mints = []

    for step in (
        set_opted_out(community.database, ada, NOW),
        set_opted_out(community.database, ada, None),
        erase_accounts(community.database, [ada], NOW),
    ):
        assert not await community.scoring.is_due()
        await step
        assert await community.scoring.recompute_if_due(NOW)
        assert community.scoring.scores is not None
        has_ada = community.scoring.scores.index_of(str(ada)) is not None
        mints.append((has_ada, community.scoring.scores.snapshot.total_mint))

    assert not await community.scoring.is_due()
    assert mints == [(False, 6), (True, 6), (True, 2)]
    assert source.builds == 2, "only an erasure changes what the graph is built from"


async def test_after_a_restart_nothing_is_due_because_of_people_known_before(
    community: Community,
) -> None:
    await record_events(community, *liked_message("ada", "bob", "m1"))
    await community.directory.refresh()
    bob = community.directory.account_number("discord", "bob")
    assert bob is not None
    await set_opted_out(community.database, bob, NOW)
    await community.scoring.recompute(NOW)

    await community.scoring.load()

    assert not await community.scoring.is_due()


async def test_scores_of_an_older_algorithm_are_due(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record_events(community, *liked_message("ada", "bob", "m1"))
    await community.scoring.recompute(NOW)

    monkeypatch.setattr("bot.community.scoring.scoring.ALGORITHM", "credrank-of-tomorrow")

    assert await community.scoring.is_due()


async def test_after_a_restart_the_last_scores_are_there_at_once(
    tmp_path: Path, source: CountedSource, worker: ThreadPoolExecutor
) -> None:
    async with Communities(tmp_path, [source], worker) as first:
        community = await first.get_or_create("discord-1", "A server", "discord", "1")
        await record_events(community, *liked_message("ada", "bob", "m1"))
        scores = await community.scoring.recompute(NOW)
        assert scores is not None
        before = scores.snapshot.cred

    async with Communities(tmp_path, [source], worker) as second:
        again = await second.get_existing("discord-1")
        due = await again.scoring.is_due()

        assert again.scoring.scores is not None
        assert (again.scoring.scores.snapshot.cred == before).all()
        assert again.name == "A server"
        assert not due
        assert again.scoring.scores.ranking is None
        # Once in this process all the same, so that cred can be explained and followed.
        assert await again.scoring.recompute_if_due(NOW)
        assert again.scoring.scores.ranking is not None
        assert (again.scoring.scores.snapshot.cred == before).all()
        assert not await again.scoring.recompute_if_due(NOW)


async def test_what_came_while_the_bot_was_down_is_due_at_start(
    tmp_path: Path, source: CountedSource, worker: ThreadPoolExecutor
) -> None:
    async with Communities(tmp_path, [source], worker) as first:
        community = await first.get_or_create("discord-1", "A server", "discord", "1")
        await record_events(community, *liked_message("ada", "bob", "m1"))
        await community.scoring.recompute(NOW)
        await record_events(community, *liked_message("ada", "bob", "m2"))

    async with Communities(tmp_path, [source], worker) as second:
        again = await second.get_existing("discord-1")

        assert await again.scoring.is_due()


async def test_the_last_scores_answer_while_the_next_are_computed(
    community: Community, source: CountedSource
) -> None:
    await record_events(community, *liked_message("ada", "bob", "m1"))
    await community.scoring.recompute(NOW)
    await record_events(community, *liked_message("ada", "bob", "m2"))
    source.started.clear()
    source.may_go_on.clear()

    computing = asyncio.create_task(community.scoring.recompute(NOW))
    await asyncio.to_thread(source.started.wait, 30)
    answered = [cred_of(community, "ada") for _ in range(100)]
    recorded = await CommunityInlet(community, "discord", lambda _: None).record(
        Batch(events=liked_message("cyd", "bob", "m3"))
    )
    running = community.scoring.is_running
    source.may_go_on.set()
    await computing

    assert running
    assert set(answered) == {answered[0]}
    assert recorded.new == 2
    assert cred_of(community, "ada") > answered[0]


async def test_scores_stay_when_a_recompute_fails(
    community: Community, source: CountedSource
) -> None:
    await record_events(community, *liked_message("ada", "bob", "m1"))
    before = await community.scoring.recompute(NOW)
    await record_events(community, *liked_message("ada", "bob", "m2"))
    source.fault = InvalidInputError("the weight of node x must be a number.")

    with pytest.raises(InvalidInputError):
        await community.scoring.recompute(NOW)
    health = community.scoring.health
    kept = community.scoring.scores
    source.fault = None
    after = await community.scoring.recompute(NOW)

    assert kept is before
    assert health is not None
    assert health.problem == "the weight of node x must be a number."
    assert after is not before
    assert community.scoring.health is not None
    assert community.scoring.health.problem is None


async def test_what_came_during_a_recompute_is_scored_by_the_one_that_waits_for_it(
    community: Community, source: CountedSource
) -> None:
    await record_events(community, *liked_message("ada", "bob", "m1"))
    source.may_go_on.clear()

    computing = asyncio.create_task(community.scoring.recompute(NOW))
    await asyncio.to_thread(source.started.wait, 30)
    await record_events(community, *liked_message("dan", "bob", "m2"))
    waiting = asyncio.create_task(community.scoring.recompute_if_due(NOW + DAY))
    source.may_go_on.set()
    scores, was_due = await computing, await waiting

    assert was_due
    assert scores is not None
    assert community.scoring.scores is not None
    assert (scores.events, community.scoring.scores.events) == (2, 4)


async def test_a_recompute_that_is_given_up_halfway_changes_nothing(
    community: Community, source: CountedSource
) -> None:
    await record_events(community, *liked_message("ada", "bob", "m1"))
    scores = await community.scoring.recompute(NOW)
    await record_events(community, *liked_message("cyd", "bob", "m2"))
    source.started.clear()
    source.may_go_on.clear()

    computing = asyncio.create_task(community.scoring.recompute(NOW))
    await asyncio.to_thread(source.started.wait, 30)
    computing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await computing
    source.may_go_on.set()

    assert community.scoring.scores is scores
    assert await community.scoring.recompute_if_due(NOW)
    assert cred_of(community, "cyd") > 0
