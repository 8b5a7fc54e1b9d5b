"""What links do to the scores."""

import asyncio
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community.communities import Community
from bot.community.errors import IdentityRefusedError
from bot.services import people
from tests.bot.commands.garden import ADA, GRACE, LINUS, NOW_MS, QUIET, SAM
from tests.bot.community.identities.linking import (
    is_one_person,
    link,
    number,
    on_discord,
    on_forum,
)
from tests.bot.forum import ADA_L, GRACE_F, NAMESAKE, both_places
from tests.laws import examples


def cred_of(community: Community, source: str, account: str) -> float:
    """Return somebody's cred in the latest scores, as the commands look it up."""
    scores = community.scoring.scores
    assert scores is not None
    participant = people.participant_of(community, number(community, source, account), scores)
    row = scores.index_of(participant)
    return 0.0 if row is None else scores.cred_of(row, slice(None))


async def test_linked_accounts_have_one_cred_and_unlinked_ones_their_own_again(
    community: Community,
) -> None:
    before = community.scoring.scores
    assert before is not None
    ada, ada_l = cred_of(community, "discord", ADA), cred_of(community, "forum", ADA_L)
    await link(community, on_discord(ADA), on_forum(ADA_L))

    linked = await community.scoring.recompute(NOW_MS)
    assert linked is not None
    both = cred_of(community, "discord", ADA)
    assert both == cred_of(community, "forum", ADA_L)
    assert both == pytest.approx(ada + ada_l, rel=0.05)
    assert len(linked.participants) == len(before.participants) - 1

    await community.identities.unlink(number(community, "discord", ADA), NOW_MS)
    after = await community.scoring.recompute(NOW_MS)
    assert after is not None
    assert after.participants == before.participants
    assert np.array_equal(after.cred, before.cred)


async def test_between_a_link_and_the_scores_that_know_it_people_are_found_as_they_were(
    community: Community,
) -> None:
    scores = community.scoring.scores
    ada, ada_l = cred_of(community, "discord", ADA), cred_of(community, "forum", ADA_L)

    await link(community, on_discord(ADA), on_forum(ADA_L))
    assert community.scoring.scores is scores
    assert (cred_of(community, "discord", ADA), cred_of(community, "forum", ADA_L)) == (
        ada,
        ada_l,
    )

    assert await community.scoring.recompute_if_due(NOW_MS)
    assert cred_of(community, "forum", ADA_L) == cred_of(community, "discord", ADA) > ada

    await community.identities.unlink(number(community, "discord", ADA), NOW_MS)
    assert cred_of(community, "forum", ADA_L) == cred_of(community, "discord", ADA) > ada
    assert await community.scoring.recompute_if_due(NOW_MS)
    assert cred_of(community, "forum", ADA_L) == ada_l


async def test_after_a_start_the_scores_kept_are_read_as_of_their_moment(
    tmp_path: Path,
) -> None:
    async with both_places(tmp_path) as community:
        ada, ada_l = cred_of(community, "discord", ADA), cred_of(community, "forum", ADA_L)
        await link(community, on_discord(ADA), on_forum(ADA_L))

    async with both_places(tmp_path, scored=False) as again:
        assert is_one_person(again, on_discord(ADA), on_forum(ADA_L))
        assert (cred_of(again, "discord", ADA), cred_of(again, "forum", ADA_L)) == (ada, ada_l)
        assert await again.scoring.recompute_if_due(NOW_MS)
        assert cred_of(again, "discord", ADA) == cred_of(again, "forum", ADA_L) > ada


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["link", "link", "merge", "unlink", "unmerge"]),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=8,
)
CAST = [
    on_discord(ADA), on_forum(ADA_L), on_discord(GRACE), on_forum(GRACE_F), on_forum(NAMESAKE),
    on_discord(LINUS),
]  # fmt: skip


async def take_step(community: Community, step: tuple[str, int, int]) -> None:
    """Take a step, if it is allowed."""
    kind, first, second = step
    account, other = CAST[first], CAST[second]
    identities = community.identities
    own = number(community, account.source, account.account)
    try:
        match kind:
            case "link":
                await link(community, account, other)
            case "merge":
                others = number(community, other.source, other.account)
                by = on_discord(SAM)
                merge = await identities.merges.propose(own, others, by, "so", NOW_MS)
                await identities.merges.approve(merge.number, on_discord(QUIET), NOW_MS)
            case "unlink":
                await identities.unlink(own, NOW_MS)
            case _:
                await identities.merges.undo(own, on_discord(SAM), NOW_MS)
    except IdentityRefusedError:
        pass


async def link_and_unlink_all(data_dir: Path, steps: list[tuple[str, int, int]]) -> None:
    async with both_places(data_dir) as community:
        never_linked = community.scoring.scores
        assert never_linked is not None
        for step in steps:
            await take_step(community, step)
            await community.scoring.recompute_if_due(NOW_MS)
        for account in CAST:
            await take_step(community, ("unlink", CAST.index(account), 0))
        undone = await community.scoring.recompute(NOW_MS)

    assert community.identities.persons() == {}
    assert undone is not None
    assert undone.participants == never_linked.participants
    assert np.array_equal(undone.cred, never_linked.cred)


@settings(max_examples=examples(12))
@given(STEPS)
def test_all_links_undone_leave_the_scores_of_never_linked_bit_for_bit(
    steps: list[tuple[str, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(link_and_unlink_all(Path(folder), steps))
