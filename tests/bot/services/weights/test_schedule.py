"""Changes that take effect from a coming week on."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community.communities import Community
from bot.community.settings.community_settings import CommunitySettings
from bot.community.settings.voting_settings import MAY_ACT
from bot.services.weights.act import act
from bot.services.weights.close import advance, publish
from bot.services.weights.propose import propose
from bot.services.weights.schedule import list_scheduled, schedule, take_effect
from bot.services.weights.vote import vote
from cred.epochs import WEEK_MS, week_start
from cred.governance.rules import DAY_MS
from cred.governance.tally import VoteChoice
from storage.canonical_json import Json
from tests.bot.commands.garden import GRACE, NOW_MS
from tests.bot.forum import both_places
from tests.bot.services.weights.test_votes import account, configure
from tests.laws import examples

THUMB = "weights.emoji.👍"
NEXT_WEEK = week_start(NOW_MS) + WEEK_MS


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        await configure(opened, {"votes.electors-days": 0, MAY_ACT: True})
        yield opened


async def plan(community: Community, changes: Mapping[str, Json], weeks: int = 0) -> None:
    await schedule(
        community,
        changes,
        author="operator",
        reason="",
        at_ms=NOW_MS,
        effective_ms=NEXT_WEEK + weeks * WEEK_MS,
    )


async def test_an_act_waits_for_its_week_and_is_then_a_version_as_of_its_start(
    community: Community,
) -> None:
    version = await act(
        community,
        account(community),
        {THUMB: 3},
        reason="later",
        effective_ms=NEXT_WEEK,
        now_ms=NOW_MS,
    )
    await take_effect(community, NEXT_WEEK - 1)
    before = community.settings.get(THUMB)
    await take_effect(community, NEXT_WEEK + 2 * DAY_MS)  # the bot was down

    made = (await community.settings.history())[-1]
    assert (version, before, community.settings.get(THUMB)) == (None, 1, 3)
    assert (made.at_ms, made.author) == (NEXT_WEEK, f"account:{account(community)}")
    assert await list_scheduled(community) == []


async def test_a_proposal_that_passes_early_takes_effect_in_its_week(
    community: Community,
) -> None:
    later = NEXT_WEEK + 2 * WEEK_MS
    proposal = await propose(
        community,
        account(community),
        {THUMB: 3},
        reason="later",
        effective_ms=later,
        now_ms=NOW_MS,
    )
    await publish(community, proposal.number, NOW_MS)
    await advance(community, NOW_MS)
    await vote(
        community, proposal.number, account(community, GRACE), VoteChoice.FOR, now_ms=NOW_MS
    )

    await advance(community, NOW_MS + 7 * DAY_MS)
    await take_effect(community, NOW_MS + 7 * DAY_MS)
    early = community.settings.get(THUMB)
    await take_effect(community, later)

    made = (await community.settings.history())[-1]
    assert (early, community.settings.get(THUMB)) == (1, 3)
    assert (made.author, made.at_ms) == ("proposal:1", later)


async def test_one_that_passes_after_its_week_has_begun_takes_effect_at_once(
    community: Community,
) -> None:
    proposal = await propose(
        community,
        account(community),
        {THUMB: 3},
        reason="soon",
        effective_ms=NEXT_WEEK,
        now_ms=NOW_MS,
    )
    await publish(community, proposal.number, NOW_MS)
    await advance(community, NOW_MS)
    await vote(
        community, proposal.number, account(community, GRACE), VoteChoice.FOR, now_ms=NOW_MS
    )

    await advance(community, NOW_MS + 7 * DAY_MS)

    assert community.settings.get(THUMB) == 3
    assert await list_scheduled(community) == []


async def test_a_plan_is_forgotten_with_the_version_that_it_becomes(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plan(community, {THUMB: 3})

    async def stop(_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(CommunitySettings, "load", stop)
        with pytest.raises(RuntimeError):
            await take_effect(community, NEXT_WEEK)
    await community.settings.load()
    await configure(community, {THUMB: 5})
    await take_effect(community, NEXT_WEEK + 1)

    assert community.settings.get(THUMB) == 5
    assert await list_scheduled(community) == []


async def test_what_is_no_setting_any_more_is_dropped_and_keeps_no_other_waiting(
    community: Community,
) -> None:
    for changes in ({"weights.work.gone": 2}, {THUMB: 3}):
        await schedule(
            community,
            changes,
            author="operator",
            reason="",
            at_ms=NOW_MS,
            effective_ms=NEXT_WEEK,
        )

    await take_effect(community, NEXT_WEEK)

    assert community.settings.get(THUMB) == 3
    assert await list_scheduled(community) == []


Plan = tuple[int, Mapping[str, Json]]
PLANS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.dictionaries(
            st.sampled_from([THUMB, "weights.emoji.🎉", "weights.role.default"]),
            st.sampled_from([0.25, 0.5, 1.0, None]),
            min_size=1,
        ),
    ),
    max_size=6,
)


@settings(max_examples=examples(15))
@given(plans=PLANS, stops=st.sets(st.integers(1, 4)))
async def test_plans_take_effect_in_the_order_of_their_times_however_often_it_is_looked(
    plans: list[Plan], stops: set[int]
) -> None:
    with TemporaryDirectory() as folder:
        async with both_places(Path(folder)) as community:
            for weeks, changes in plans:
                await plan(community, changes, weeks)
            for week in sorted({*stops, 5}):
                await take_effect(community, NEXT_WEEK + week * WEEK_MS)

            expected: dict[str, Json] = {}
            for _, changes in sorted(plans, key=lambda plan: plan[0]):
                expected |= changes
            for key, value in expected.items():
                wanted = community.settings.default(key) if value is None else value
                assert community.settings.get(key) == wanted
            assert await list_scheduled(community) == []
