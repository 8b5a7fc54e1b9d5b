"""Why cred changed: parts that name what happened and sum to the difference."""

import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from bot.services.cred_change import MOST_TURNS, CredChange, explain_change
from cred.change import ChangeCause
from cred.epochs import DAY_MS, WEEK_MS
from storage.log.batch import Batch
from tests.bot.commands.cred.replies import latest_scores
from tests.bot.commands.garden import ADA, GRACE, LINUS, NOW_MS
from tests.bot.community.identities.linking import link, number, on_discord, on_forum
from tests.bot.forum import ADA_L, both_places, topic


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


def accounts(community: Community, source: str, account: str) -> tuple[int, ...]:
    return community.identities.accounts(number(community, source, account))


async def change_of(community: Community, account: str = ADA, *, weeks: int = 2) -> CredChange:
    await community.scoring.recompute(NOW_MS)
    return await explain_change(
        community,
        accounts(community, "discord", account),
        since_ms=NOW_MS - weeks * WEEK_MS,
        now_ms=NOW_MS,
        scores=latest_scores(community),
    )


def causes(change: CredChange) -> list[ChangeCause]:
    return [part.cause for part in change.parts if abs(part.cred) > 1e-9]


def cred_by(change: CredChange, cause: ChangeCause) -> float:
    return math.fsum(part.cred for part in change.parts if part.cause is cause)


@pytest.mark.parametrize("account", [ADA, GRACE, LINUS])
@pytest.mark.parametrize("weeks", [1, 5, 100])
async def test_parts_sum_to_the_difference_and_end_at_what_the_board_says(
    community: Community, account: str, weeks: int
) -> None:
    await community.settings.set(
        {"weights.emoji.👍": 3}, author="operator", reason="", now_ms=NOW_MS - 20 * DAY_MS
    )
    await community.scoring.recompute(NOW_MS)

    change = await change_of(community, account, weeks=weeks)

    assert math.fsum(part.cred for part in change.parts) == pytest.approx(
        change.after - change.before, rel=1e-12
    )
    scores = community.scoring.scores
    assert scores is not None
    row = scores.index_of(str(number(community, "discord", account)))
    assert row is not None
    assert change.after == pytest.approx(scores.cred[row].sum(), rel=1e-12)
    assert (change.before == 0) is (weeks == 100)


async def test_every_version_of_the_weights_is_a_part_of_its_own(community: Community) -> None:
    for value, days in ((2, 10), (4, 6)):
        await community.settings.set(
            {"weights.emoji.👍": value},
            author="operator",
            reason=f"for {value}",
            now_ms=NOW_MS - days * DAY_MS,
        )

    change = await change_of(community)

    weights = {
        part.key: part.cred for part in change.parts if part.cause is ChangeCause.WEIGHTS
    }
    assert {version: change.versions[version].reason for version in weights} == {
        1: "for 2",
        2: "for 4",
    }
    assert all(weights.values())


async def test_a_link_is_a_part_and_before_it_each_account_counts_alone(
    community: Community,
) -> None:
    await link(community, on_forum(ADA_L), on_discord(ADA))
    await community.scoring.recompute(NOW_MS)

    change = await change_of(community)

    links = [part.cred for part in change.parts if part.cause is ChangeCause.LINKS]
    assert len(links) == 1
    assert change.before > 0
    assert math.fsum(part.cred for part in change.parts) == pytest.approx(
        change.after - change.before
    )


async def test_what_others_do_is_not_ones_own(community: Community) -> None:
    nothing = await change_of(community, LINUS, weeks=0)
    before = await change_of(community, LINUS)
    await community.log.append(Batch(events=tuple(topic(99, ADA_L, 11, ("2", "3")))))

    after = await change_of(community, LINUS)

    assert causes(nothing) == []
    assert cred_by(after, ChangeCause.OWN) == pytest.approx(cred_by(before, ChangeCause.OWN))
    assert cred_by(after, ChangeCause.OTHERS) != cred_by(before, ChangeCause.OTHERS)
    assert after.share_after < before.share_after


async def test_many_versions_cost_no_more_scorings_than_a_few(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in range(60):
        await community.settings.set(
            {"weights.emoji.👍": 2 + version},
            author="operator",
            reason="",
            now_ms=NOW_MS - 20 * DAY_MS + version * 6 * 3_600_000,
        )
    await community.scoring.recompute(NOW_MS)
    score_as, asked = community.scoring.score_as, list[object]()

    async def count_scorings(*arguments: Any, **more: Any) -> CommunityScores:
        asked.append(more)
        return await score_as(*arguments, **more)

    monkeypatch.setattr(community.scoring, "score_as", count_scorings)

    change = await change_of(community, weeks=4)

    weights = [part.key for part in change.parts if part.cause is ChangeCause.WEIGHTS]
    assert weights == [*range(60 - MOST_TURNS, 61)]
    assert change.summed_from == 1
    assert len(asked) <= 3 * MOST_TURNS + 6
    assert math.fsum(part.cred for part in change.parts) == pytest.approx(
        change.after - change.before, rel=1e-12
    )


async def test_what_came_after_the_scores_is_left_for_the_next(community: Community) -> None:
    known = latest_scores(community)
    await community.settings.set(
        {"weights.emoji.👍": 9}, author="operator", reason="", now_ms=NOW_MS
    )
    await community.log.append(Batch(events=tuple(topic(99, ADA_L, 11, ("2", "3")))))

    change = await explain_change(
        community,
        accounts(community, "discord", ADA),
        since_ms=NOW_MS - 2 * WEEK_MS,
        now_ms=NOW_MS,
        scores=known,
    )

    row = known.index_of(str(number(community, "discord", ADA)))
    assert row is not None
    assert change.after == pytest.approx(known.cred[row].sum(), rel=1e-12)
    assert ChangeCause.WEIGHTS not in causes(change)
