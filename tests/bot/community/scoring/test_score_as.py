"""Scores as they would be: those that a change then really brings, and nothing kept."""

import numpy as np

from bot.community.communities import Community
from tests.bot.community.scoring.counted_source import CountedSource
from tests.bot.community.scoring.liked_messages import NOW, liked_message, record_events

CHANGES = {"weights.emoji.👍": 3, "weights.message.default": 2}


async def _some_history(community: Community) -> None:
    for day in range(20):
        await record_events(community, *liked_message("ada", "bob", f"m{day}", day=day))
    await record_events(community, *liked_message("bob", "cyd", "n", day=21))
    await community.scoring.recompute(NOW)


async def test_a_change_brings_exactly_what_was_foretold(
    community: Community, source: CountedSource
) -> None:
    await _some_history(community)
    before = community.scoring.scores
    _, settings = await community.settings.try_changes(CHANGES, now_ms=NOW)

    foretold = await community.scoring.score_as(settings, NOW)

    assert community.scoring.scores is before
    assert not await community.scoring.is_due()
    await community.settings.set(CHANGES, author="operator", reason="", now_ms=NOW)
    scores = await community.scoring.recompute(NOW)
    assert scores is not None
    assert foretold.participants == scores.participants
    np.testing.assert_array_equal(foretold.cred, scores.cred)
    assert foretold.snapshot.total_mint == scores.snapshot.total_mint == 21 * 6
    assert source.builds == 1, "weights alone need no new graph"


async def test_scores_of_the_past_are_those_that_were_published_then(
    community: Community,
) -> None:
    await _some_history(community)
    then = community.scoring.scores
    assert then is not None
    await record_events(community, *liked_message("cyd", "ada", "late", day=40))
    await community.scoring.recompute(NOW)

    again = await community.scoring.score_as(
        community.settings.in_force, NOW, until=then.events
    )

    assert (again.events, again.participants) == (then.events, then.participants)
    np.testing.assert_array_equal(again.cred, then.cred)


async def test_scores_of_some_events_leave_the_others_out_and_the_graph_in_memory(
    community: Community, source: CountedSource
) -> None:
    await _some_history(community)

    some = await community.scoring.score_as(
        community.settings.in_force, NOW, selection=lambda events: (events.seq - 1) % 4 < 2
    )
    await community.scoring.recompute(NOW)

    assert 0 < some.snapshot.total_mint < 21
    assert source.builds == 2


async def test_a_change_after_which_nothing_mints_leaves_nobody_any_cred(
    community: Community,
) -> None:
    await _some_history(community)
    _, settings = await community.settings.try_changes({"weights.emoji.default": 0}, now_ms=NOW)

    scores = await community.scoring.score_as(settings, NOW)

    assert scores.snapshot.total_mint == 0
    assert not scores.cred.any()
