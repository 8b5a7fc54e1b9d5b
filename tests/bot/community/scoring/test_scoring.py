"""Scoring a community on a real file: its numbers, and what is computed anew for them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.community.communities import Communities, Community
from bot.community.scoring import graph_building, scoring
from bot.community.scoring.graph_building import (
    ScoringInputs,
    UnweightedGraph,
    weighted_graph,
)
from bot.demo.sample import sample_batches
from bot.services.ingest import CommunityInlet
from cred.facts.events import EventColumns
from cred.graph.contribution_graph import ContributionGraph
from storage.log.batch import Account, Batch
from tests.bot.community.scoring.counted_source import CountedSource
from tests.bot.community.scoring.liked_messages import (
    NOW,
    cred_of,
    liked_message,
    record_events,
)
from tests.storage.builders import set_opted_out


async def test_nothing_heard_is_no_fault(community: Community) -> None:
    assert not await community.scoring.is_due()
    assert await community.scoring.recompute(NOW) is None
    assert community.scoring.health is not None
    assert community.scoring.health.problem == "there are no events yet."


async def test_all_that_was_minted_is_somebodys_cred(community: Community) -> None:
    await record_events(
        community, *liked_message("ada", "bob", "m1"), *liked_message("ada", "cyd", "m2", day=9)
    )

    scores = await community.scoring.recompute(NOW)

    assert scores is not None
    assert scores.snapshot.cred.sum() == pytest.approx(2.0, rel=1e-12)
    assert cred_of(community, "ada") > cred_of(community, "bob") > 0


async def test_new_weights_are_solved_without_building_or_compiling_the_graph_again(
    community: Community, source: CountedSource
) -> None:
    await record_events(community, *liked_message("ada", "bob", "m1"))
    before = await community.scoring.recompute(NOW)
    await community.settings.set(
        {"weights.emoji.👍": 3}, author="operator", reason="", now_ms=NOW
    )

    after = await community.scoring.recompute(NOW)

    assert before is not None
    assert after is not None
    assert after.snapshot.total_mint == 3 * before.snapshot.total_mint
    assert source.builds == 1
    assert before.ranking is not None
    assert after.ranking is not None
    assert after.ranking.compiled is before.ranking.compiled


async def test_any_old_version_means_what_it_meant_when_it_was_scored(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []

    def note_settings(unweighted: UnweightedGraph, inputs: ScoringInputs) -> ContributionGraph:
        used.append(inputs.settings)
        return weighted_graph(unweighted, inputs)

    monkeypatch.setattr(scoring, "weighted_graph", note_settings)
    await record_events(community, *liked_message("ada", "bob", "m1"))
    changes = (
        {"weights.emoji.👍": 3, "scoring.accrual": 0.2},
        {"weights.emoji.👍": None, "weights.node.message": 2, "discord.props-channels": ["7"]},
        {"budgets.sourcecred/discord": "2020-01-01: 2"},
    )
    await community.scoring.recompute(NOW)
    for change in changes:
        await community.settings.set({**change}, author="operator", reason="", now_ms=NOW)
        await community.scoring.recompute(NOW)

    versions = [await community.settings.at_version(version) for version in range(4)]

    assert versions == used
    assert len({str(version) for version in versions}) == 4


async def test_a_rule_of_the_graph_builds_it_again(
    community: Community, source: CountedSource
) -> None:
    await record_events(
        community, *liked_message("ada", "ada", "m1"), *liked_message("ada", "bob", "m2")
    )
    await community.scoring.recompute(NOW)
    await community.settings.set(
        {"discord.props-channels": ["7"]}, author="operator", reason="", now_ms=NOW
    )

    await community.scoring.recompute(NOW)

    assert source.builds == 2


async def test_scores_made_anew_from_the_log_are_bit_for_bit_those_made_as_it_grew(
    tmp_path: Path, source: CountedSource, worker: ThreadPoolExecutor
) -> None:
    async with Communities(tmp_path, [source], worker) as grown:
        community = await grown.get_or_create("discord-1", "A server", "discord", "1")
        inlet = CommunityInlet(community, "discord", lambda _: None)
        for number, batch in enumerate(sample_batches(3, people=12, weeks=4)):
            await inlet.record(batch)
            if number % 7 == 0:
                await community.scoring.recompute(NOW)
        await community.scoring.recompute(NOW)
        kept = community.scoring.scores
        async with community.database.transaction() as connection:
            await connection.execute("DELETE FROM score_snapshots")

    async with Communities(tmp_path, [source], worker) as replayed:
        made = await (await replayed.get_existing("discord-1")).scoring.recompute(NOW)

    assert kept is not None
    assert made is not None
    assert made.snapshot.participants == kept.snapshot.participants
    assert made.snapshot.total_mint == kept.snapshot.total_mint > 0
    for name in ("epoch_starts_ms", "cred", "contributions", "contribution_cred"):
        again, before = getattr(made.snapshot, name), getattr(kept.snapshot, name)
        assert again.tobytes() == before.tobytes(), name


async def test_an_opted_out_account_gets_no_cred(community: Community) -> None:
    await record_events(community, *liked_message("ada", "bob", "m1"))
    await CommunityInlet(community, "discord", lambda _: None).record(
        Batch(accounts=(Account("discord", "ada", name="Ada"),))
    )
    await community.directory.refresh()
    number = community.directory.account_number("discord", "ada")
    assert number is not None
    await set_opted_out(community.database, number, NOW)

    scores = await community.scoring.recompute(NOW)

    assert scores is not None
    assert scores.index_of(str(number)) is None


async def test_one_message_can_be_worth_more_than_another(community: Community) -> None:
    await record_events(
        community, *liked_message("ada", "bob", "m1"), *liked_message("ada", "bob", "m2")
    )
    await community.settings.set(
        {"weights.message.m2": 5}, author="operator", reason="a release", now_ms=NOW
    )

    scores = await community.scoring.recompute(NOW)

    assert scores is not None
    assert scores.snapshot.total_mint == 6


async def test_all_that_grows_with_the_log_is_done_beside_the_event_loop(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[threading.Thread] = set()

    called: set[str] = set()

    def record_calls(where: object, name: str) -> None:
        step = getattr(where, name)

        def recording(*values: object, **named: object) -> object:
            threads.add(threading.current_thread())
            called.add(name)
            return step(*values, **named)

        monkeypatch.setattr(where, name, recording)

    steps = [
        (scoring, "snapshot_of"),
        (scoring, "credrank"),
        (graph_building, "fold"),
        (graph_building, "merge_structures"),
        (graph_building, "apply_weights"),
        (EventColumns, "followed_by"),
    ]
    for where, name in steps:
        record_calls(where, name)
    for message in ("m1", "m2"):
        await record_events(community, *liked_message("ada", "bob", message))
        await community.scoring.recompute(NOW)

    assert called == {name for _, name in steps}
    assert len(threads) == 1
    assert threading.current_thread() not in threads
