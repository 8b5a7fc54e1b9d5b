"""A forum as part of a community: its scores, weights and explanations."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.catalogue import build_registry
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Link
from bot.community.communities import Communities, Community
from bot.sources import discover
from bot.sources.discourse import parse
from bot.sources.discourse.api.cooked import PostContent
from bot.sources.discourse.api.records import Category, Like, Post, Topic, User
from bot.sources.discourse.parse import UNKNOWN, Observation, ResolvedIds
from cred.facts.events import Provenance
from storage.log.batch import Batch
from tests.bot.commands.garden import ADA, FIRST_MS, NOW_MS, garden, request

OBSERVATION = Observation(Provenance.LIVE, NOW_MS)
FOUND = ResolvedIds({(1, 1): 11, (1, 2): 12}, {"grace_f": 2})
ADA_F, GRACE_F = 1, 2


def post_batch(
    number: int, author: int, *, at: int = 1, content: PostContent | None = None
) -> Batch:
    post = Post(10 * 1 + number, 1, number, FIRST_MS + at, author, content=content)
    return parse.post_batch(post, FOUND, UNKNOWN, OBSERVATION)


def like_batch(who: int, post: int) -> Batch:
    return parse.like_batch(Like(who, None, post, None, FIRST_MS + 7), FOUND, OBSERVATION)


STORY = parse.merge_batches(
    [
        parse.forum_batch("https://forum.example.org", OBSERVATION),
        parse.category_batch(Category(5, "Plans"), OBSERVATION),
        parse.user_batch(User(ADA_F, "ada_f", 2), OBSERVATION),
        parse.user_batch(User(GRACE_F, "grace_f", 3), OBSERVATION),
        parse.topic_batch(Topic(1, FIRST_MS, ADA_F, 5, ("seeds",)), OBSERVATION),
        post_batch(1, ADA_F),
        post_batch(
            2, GRACE_F, at=2, content=PostContent(9, users={"grace_f": 1}, quotes={(1, 1): 1})
        ),
        like_batch(GRACE_F, 11),
        like_batch(ADA_F, 12),
    ]
)


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Communities]:
    with ThreadPoolExecutor(1) as worker:
        async with Communities(tmp_path, list(discover().values()), worker) as opened:
            yield opened


@pytest.fixture
async def community(opened: Communities) -> Community:
    community = await opened.get_or_create("forum-1", "A forum", "discourse", "1")
    await hear(community, STORY)
    await community.scoring.recompute(NOW_MS)
    return community


async def hear(community: Community, batch: Batch) -> None:
    await community.log.append(batch)
    await community.directory.refresh()


def cred_of(community: Community, account: str, source: str = "discourse") -> float:
    latest = community.scoring.scores
    assert latest is not None
    row = latest.index_of(str(community.directory.account_number(source, account)))
    return 0.0 if row is None else float(latest.cred[row].sum())


async def total_cred(community: Community, key: str, value: float) -> float:
    """Return the sum of all cred after a weight is changed."""
    await community.settings.set({key: value}, author="ada", reason="a test", now_ms=NOW_MS)
    await community.scoring.recompute(NOW_MS)
    latest = community.scoring.scores
    assert latest is not None
    return float(latest.cred.sum())


async def test_likes_give_cred_by_who_liked(community: Community) -> None:
    # Trust level 3 weighs 1.25, level 2 weighs 1; a like mints 4.
    total = cred_of(community, "1") + cred_of(community, "2")

    assert total == pytest.approx(9.0)
    assert cred_of(community, "1") > cred_of(community, "2") > 0


async def test_every_factor_is_a_setting(community: Community) -> None:
    assert await total_cred(community, "weights.trust.3", 2.25) == pytest.approx(13)
    assert await total_cred(community, "weights.category.5", 2) == pytest.approx(26)
    assert await total_cred(community, "weights.tag.seeds", 0.5) == pytest.approx(13)
    assert await total_cred(community, "weights.post.12", 3) == pytest.approx(9 + 4 * 3)
    liking = "weights.node.sourcecred/discourse/like/https://forum.example.org/1/12"
    assert await total_cred(community, liking, 0.5) == pytest.approx(9 + 4 * 1.5)


async def test_an_explanation_says_whose_likes_and_leads_to_posts(community: Community) -> None:
    command = build_registry().find("cred explain")
    assert command is not None
    asking = replace(request(community, actor="1"), source="discourse")

    reply = await dispatch(command, asking)

    came_from, flows, causes = ([row[0] for row in table.rows] for table in reply.tables)
    assert any(
        isinstance(cell, Link) and (cell.source, cell.contribution) == ("discourse", "post:11")
        for cell in came_from
    )
    assert "posts they wrote" in flows
    assert "likes of grace_f" in causes


async def test_a_forum_of_which_nothing_was_heard_changes_no_number(
    opened: Communities, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as worker:
        found = discover()
        alone = [source for name, source in found.items() if name != "discourse"]
        async with Communities(tmp_path / "alone", alone, worker) as others:
            without, beside = await garden(others), await garden(opened)

            alone_scores, other = without.scoring.scores, beside.scoring.scores
            assert alone_scores is not None
            assert other is not None
            assert alone_scores.cred.tolist() == other.cred.tolist()
            assert cred_of(beside, ADA, "discord") > 0
