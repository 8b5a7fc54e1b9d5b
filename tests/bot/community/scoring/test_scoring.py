"""Scoring a community on a real file: what is due, what is saved, and that nobody waits."""

import asyncio
import threading
from collections.abc import AsyncIterator, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.community.communities import Communities, Community
from bot.community.errors import UnknownCommunityError
from bot.community.graph_source import GetSetting
from bot.community.scoring import graph_building, scoring
from bot.community.scoring.graph_building import (
    ScoringInputs,
    UnweightedGraph,
    weighted_graph,
)
from bot.demo.sample import sample_batches
from bot.services.ingest import CommunityInlet
from bot.sources.discord import graph, settings
from bot.sources.discord.declaration import DECLARATION
from bot.sources.discord.settings import Rules
from cred.errors import InvalidInputError
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import EventColumns
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.structure import Structure
from storage.log.batch import Account, Batch
from storage.people.erasure import erase_account, set_opted_out
from tests.bot.community.scoring.liked_messages import (
    DAY,
    NOW,
    cred_of,
    liked_message,
    record_events,
)


class CountedSource:
    """Discord's graph, which counts how often it is built and can be held up."""

    name = "discord"
    declaration = DECLARATION
    definitions = settings.DEFINITIONS

    def __init__(self) -> None:
        self.builds = 0
        self.started = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.fault: Exception | None = None

    def rules(self, read: GetSetting) -> Hashable:
        return settings.read_rules(read)

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        assert isinstance(rules, Rules)
        self.builds += 1
        self.started.set()
        self.may_go_on.wait(30)
        if self.fault is not None:
            raise self.fault
        return graph.build_structure(activity, directory, rules)


@pytest.fixture
def source() -> CountedSource:
    return CountedSource()


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
async def communities(
    tmp_path: Path, source: CountedSource, worker: ThreadPoolExecutor
) -> AsyncIterator[Communities]:
    async with Communities(tmp_path / "data", [source], worker) as opened:
        yield opened


@pytest.fixture
async def community(communities: Communities) -> Community:
    return await communities.get_or_create("discord-1", "A server", "discord", "1")


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
        erase_account(community.database, ada, NOW),
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


async def test_a_community_that_is_not_there_is_named_with_those_that_are(
    communities: Communities, community: Community
) -> None:
    with pytest.raises(UnknownCommunityError, match=r'no community "discrod-1".*discord-1'):
        await communities.get_existing("discrod-1")

    assert community.slug == "discord-1"


@pytest.mark.parametrize("slug", ["../etc/passwd", "", "A", "a/b", "x" * 80])
async def test_a_slug_never_leaves_the_data_folder(communities: Communities, slug: str) -> None:
    with pytest.raises(UnknownCommunityError):
        await communities.get_or_create(slug, "x", "discord", "1")


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
        (scoring, "_snapshot"),
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
