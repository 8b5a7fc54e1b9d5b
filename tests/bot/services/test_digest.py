"""The digest of a week: once for each week that ended, and who may be named in it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community.communities import Community
from bot.services.digest import (
    Digest,
    ended_week,
    is_muted,
    read_digest,
    set_muted,
    start_of,
    week_about,
)
from bot.services.weights.announce import News, announce_due
from cred.epochs import DAY_MS, WEEK_MS, week_start
from cred.governance.rules import HOUR_MS
from storage.announcements import Announcements
from storage.log.batch import Batch
from storage.people.erasure import erase_accounts
from tests.bot.commands.cred.replies import latest_scores, opt_out
from tests.bot.commands.garden import (
    ADA,
    BEE,
    GENERAL,
    GRACE,
    LINUS,
    NAMES,
    NOW_MS,
    QUIET,
    SAM,
    communities,
    garden,
    post,
)
from tests.bot.community.identities.linking import link, number, on_discord, on_forum
from tests.bot.forum import ADA_L, both_places
from tests.laws import examples

WEEK = ended_week(NOW_MS)
"""The tenth week of the garden, in which Quiet is not seen yet."""
CHANNEL = "discord.announcements-channel"


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def digest_of(community: Community, start_ms: int = WEEK) -> Digest:
    digest = await read_digest(community, start_ms)
    assert digest is not None
    return digest


def nameable(digest: Digest) -> set[int]:
    return {int(gain.participant) for gain in digest.gains if gain.may_be_named}


async def turn_on(community: Community, **more: object) -> None:
    await community.settings.set(
        {CHANNEL: GENERAL, "digest.weekly": "yes", **more},  # type: ignore[dict-item]
        author="operator",
        reason="",
        now_ms=NOW_MS,
    )


async def list_waiting(community: Community) -> list[str]:
    rows = await Announcements(community.database).list_waiting()
    return [row.about for row in rows if row.kind == News.DIGEST]


async def mark_posted(community: Community, at_ms: int) -> None:
    announcements = Announcements(community.database)
    for row in await announcements.list_waiting():
        await announcements.mark_posted(row.number, at_ms, thread=None, message="1")


# What it tells ------------------------------------------------------------------------------


async def test_it_is_of_the_cred_that_the_board_shows_of_the_week(community: Community) -> None:
    digest = await digest_of(community)

    scores = latest_scores(community)
    board = scores.board(slice(9, 10), {str(number(community, "discord", BEE))})
    shown = {gain.participant: gain.cred for gain in digest.gains}
    assert week_start(digest.start_ms) == digest.start_ms == int(scores.starts_ms[9])
    assert digest.total == pytest.approx(board.total)
    assert digest.total_before == pytest.approx(scores.cred[:, 8].sum())
    assert shown == pytest.approx(
        {
            line.participant: line.cred
            for line in board.lines(0, len(board))
            if line.cred >= 0.05
        }
    )
    assert [gain.cred for gain in digest.gains] == sorted(shown.values(), reverse=True)


async def test_newcomers_come_first_however_little_they_gained(community: Community) -> None:
    await community.log.append(Batch(tuple(post(900, QUIET, 9, [ADA]))))
    await community.scoring.recompute(NOW_MS)

    digest = await digest_of(community)
    after = await digest_of(community, WEEK + WEEK_MS)

    quiet = str(number(community, "discord", QUIET))
    assert [gain.participant for gain in digest.gains if gain.is_new] == [quiet]
    assert digest.gains[0].participant == quiet
    assert digest.gains[0].cred < max(gain.cred for gain in digest.gains)
    assert not any(gain.is_new for gain in after.gains)


async def test_an_old_contributor_with_a_new_account_is_not_new(tmp_path: Path) -> None:
    async with both_places(tmp_path) as community:
        await community.scoring.recompute(NOW_MS)
        alone = await digest_of(community, int(latest_scores(community).starts_ms[0]))
        await link(community, on_forum(ADA_L), on_discord(ADA))
        await community.scoring.recompute(NOW_MS)

        linked = await digest_of(community)

    assert any(gain.is_new for gain in alone.gains)
    assert not any(gain.is_new for gain in linked.gains)


async def test_changes_of_weights_in_the_week_are_told(community: Community) -> None:
    for key, days in (
        ("weights.emoji.👍", 8),
        ("votes.days.weights", 8),
        ("weights.emoji.x", 1),
    ):
        await community.settings.set(
            {key: 3}, author="operator", reason="", now_ms=NOW_MS - days * DAY_MS
        )

    digest = await digest_of(community)

    assert [[*made.changes] for made in digest.versions] == [["weights.emoji.👍"]]


# Who is named -------------------------------------------------------------------------------


async def test_bots_and_who_opted_out_or_was_erased_are_not_in_it(community: Community) -> None:
    await opt_out(community, GRACE)
    await erase_accounts(community.database, [number(community, "discord", LINUS)], NOW_MS)
    await community.directory.refresh()

    digest = await digest_of(community)

    gone = {number(community, "discord", who) for who in (BEE, GRACE)}
    assert nameable(digest).isdisjoint(gone)
    assert nameable(digest) == {number(community, "discord", ADA)}


async def test_who_is_muted_is_counted_and_not_named_by_any_account(tmp_path: Path) -> None:
    async with both_places(tmp_path) as community:
        await link(community, on_forum(ADA_L), on_discord(ADA))
        await community.scoring.recompute(NOW_MS)
        before = await digest_of(community)
        ada = number(community, "discord", ADA)

        await set_muted(community, number(community, "forum", ADA_L), muted=True, now_ms=NOW_MS)
        after = await digest_of(community)
        was_muted = await is_muted(community, ada)
        await set_muted(community, ada, muted=False, now_ms=NOW_MS)

        assert was_muted
        assert len(after.gains) == len(before.gains)
        assert nameable(before) - nameable(after) == {ada}
        assert nameable(await digest_of(community)) == nameable(before)


@settings(max_examples=examples(15))
@given(
    muted=st.sets(st.sampled_from([ADA, GRACE, LINUS, SAM, QUIET])),
    out=st.sets(st.sampled_from([ADA, GRACE, LINUS, SAM, QUIET])),
    week=st.integers(0, 11),
)
def test_nobody_is_named_who_is_hidden_or_muted(
    muted: set[str], out: set[str], week: int
) -> None:
    async def try_it() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with communities(Path(folder)) as opened:
                community = await garden(opened)
                for who in muted:
                    account = number(community, "discord", who)
                    await set_muted(community, account, muted=True, now_ms=NOW_MS)
                for who in out:
                    await opt_out(community, who)
                await community.directory.refresh()

                digest = await digest_of(community, week_start(NOW_MS) - week * WEEK_MS)

                unnamed = {number(community, "discord", who) for who in {BEE, *muted, *out}}
                assert nameable(digest).isdisjoint(unnamed)
                assert len(nameable(digest)) <= len(NAMES) - len(unnamed)
                assert sum(gain.cred for gain in digest.gains) <= digest.total * (1 + 1e-9)

    asyncio.run(try_it())


# When ---------------------------------------------------------------------------------------


def test_a_week_is_told_of_an_hour_after_its_end() -> None:
    end = week_start(NOW_MS)

    assert ended_week(end + HOUR_MS - 1) == end - 2 * WEEK_MS
    assert ended_week(end + HOUR_MS) == end - WEEK_MS
    assert ended_week(end + WEEK_MS) == end - WEEK_MS
    assert start_of(week_about(end)) == end


async def test_it_is_off_by_default_and_without_a_channel(community: Community) -> None:
    await community.settings.set(
        {CHANNEL: GENERAL}, author="operator", reason="", now_ms=NOW_MS
    )
    await announce_due(community, NOW_MS)
    off = await list_waiting(community)

    await turn_on(community, **{CHANNEL: None})
    await announce_due(community, NOW_MS)

    assert off == []
    assert await list_waiting(community) == []


async def test_each_week_is_told_of_once_and_after_a_stop_only_the_latest(
    community: Community,
) -> None:
    for week in (10, 11, 12, 13):
        await community.log.append(Batch(tuple(post(900 + week, ADA, week, [LINUS]))))
    await community.scoring.recompute(NOW_MS)
    await turn_on(community)
    told = []
    end = week_start(NOW_MS) + WEEK_MS
    for moment in (NOW_MS, NOW_MS + 1, end, end + HOUR_MS, end + DAY_MS, end + 3 * WEEK_MS):
        await announce_due(community, moment)
        told.append(await list_waiting(community))
        await mark_posted(community, moment)

    assert told == [["week:2026-11-08"], [], [], ["week:2026-11-15"], [], ["week:2026-11-29"]]


async def test_what_could_not_be_posted_for_a_week_gives_way_to_the_next(
    community: Community,
) -> None:
    await community.log.append(Batch(tuple(post(900, ADA, 10, [LINUS]))))
    await community.scoring.recompute(NOW_MS)
    await turn_on(community)

    await announce_due(community, NOW_MS)
    await announce_due(community, NOW_MS + WEEK_MS)

    assert await list_waiting(community) == ["week:2026-11-15"]


async def test_it_waits_for_scores_that_can_be_explained(community: Community) -> None:
    await turn_on(community)
    await community.scoring.load()

    await announce_due(community, NOW_MS)
    early = await list_waiting(community)
    await community.scoring.recompute_if_due(NOW_MS)
    await announce_due(community, NOW_MS)

    assert early == []
    assert await list_waiting(community) == ["week:2026-11-08"]


async def test_a_week_in_which_only_a_bot_gained_is_not_told_of(community: Community) -> None:
    for who in (ADA, GRACE, LINUS, SAM):
        await opt_out(community, who)
    await community.directory.refresh()
    await turn_on(community)

    await announce_due(community, NOW_MS)

    assert {gain.participant for gain in (await digest_of(community)).gains} == set()
    assert await list_waiting(community) == []
