"""Merges that two maintainers make."""

import asyncio

import pytest

from bot.community.communities import Community
from bot.community.errors import IdentityRefusedError
from storage.errors import InvalidRecordError
from tests.bot.commands.garden import ADA, BEE, GRACE, LINUS, NOW_MS, QUIET, SAM
from tests.bot.community.identities.linking import (
    expect_refusal,
    is_one_person,
    link,
    number,
    on_discord,
    on_forum,
    propose_merge,
)
from tests.bot.forum import ADA_L, GRACE_F, LURKER


async def test_two_maintainers_merge_and_one_undoes_it(community: Community) -> None:
    merge = await propose_merge(community)
    assert not is_one_person(community, on_discord(ADA), on_forum(ADA_L))

    await community.identities.merges.approve(merge.number, on_discord(LINUS), NOW_MS)
    assert is_one_person(community, on_discord(ADA), on_forum(ADA_L))

    others = await community.identities.merges.undo(
        number(community, "forum", ADA_L), on_discord(LINUS), NOW_MS
    )
    assert others == (number(community, "discord", ADA),)
    assert community.identities.persons() == {}


async def test_nobody_approves_their_own_merge(community: Community) -> None:
    merge = await propose_merge(community)

    await expect_refusal(
        community.identities.merges.approve(merge.number, on_discord(GRACE), NOW_MS),
        "second person",
    )


async def test_another_account_of_the_proposer_is_no_second_person(
    community: Community,
) -> None:
    merge = await propose_merge(community)
    await link(community, on_discord(GRACE), on_forum(GRACE_F))

    await expect_refusal(
        community.identities.merges.approve(merge.number, on_forum(GRACE_F), NOW_MS),
        "second person",
    )


async def test_nobody_merges_themselves_with_anybody(community: Community) -> None:
    await expect_refusal(propose_merge(community, by=ADA), "one of the two")
    merge = await propose_merge(community)

    await expect_refusal(
        community.identities.merges.approve(merge.number, on_forum(ADA_L), NOW_MS),
        "one of the two",
    )


async def test_nobody_merges_an_account_of_their_own_by_another_of_theirs(
    community: Community,
) -> None:
    await link(community, on_discord(LINUS), on_forum(LURKER))
    lurker, ada = number(community, "forum", LURKER), number(community, "discord", ADA)

    await expect_refusal(
        community.identities.merges.propose(lurker, ada, on_discord(LINUS), "so", NOW_MS),
        "one of the two",
    )


async def test_a_merge_is_decided_once(community: Community) -> None:
    merge = await propose_merge(community)

    outcomes = await asyncio.gather(
        community.identities.merges.approve(merge.number, on_discord(LINUS), NOW_MS),
        community.identities.merges.approve(merge.number, on_discord(SAM), NOW_MS),
        community.identities.merges.reject(merge.number, on_discord(QUIET), NOW_MS),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, IdentityRefusedError) for outcome in outcomes) == 2


async def test_a_decision_stands_in_the_file_too(community: Community) -> None:
    merge = await propose_merge(community)
    await community.identities.merges.reject(merge.number, on_discord(LINUS), NOW_MS)

    with pytest.raises(InvalidRecordError, match="stands"):
        async with community.database.transaction() as connection:
            await connection.execute("UPDATE merge_proposals SET state = 'approved'")


async def test_a_rejected_merge_merges_nothing_and_can_be_proposed_again(
    community: Community,
) -> None:
    merge = await propose_merge(community)
    await expect_refusal(propose_merge(community), "proposed already")

    await community.identities.merges.reject(merge.number, on_discord(LINUS), NOW_MS)

    assert not is_one_person(community, on_discord(ADA), on_forum(ADA_L))
    assert (await propose_merge(community)).number == merge.number + 1


async def test_a_merge_needs_a_reason_and_two_people_who_are_not_one(
    community: Community,
) -> None:
    ada, ada_l = number(community, "discord", ADA), number(community, "forum", ADA_L)
    by = on_discord(GRACE)

    await expect_refusal(
        community.identities.merges.propose(ada, ada_l, by, "  ", NOW_MS), "Say why"
    )
    await expect_refusal(
        community.identities.merges.propose(ada, ada, by, "so", NOW_MS), "already"
    )
    bee = number(community, "discord", BEE)
    await expect_refusal(
        community.identities.merges.propose(ada, bee, by, "so", NOW_MS), "Bots"
    )
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await expect_refusal(
        community.identities.merges.propose(ada, ada_l, by, "so", NOW_MS), "already"
    )


async def test_who_opted_out_since_is_not_merged(community: Community) -> None:
    merge = await propose_merge(community)
    await community.identities.set_opted_out(number(community, "forum", ADA_L), NOW_MS)

    await expect_refusal(
        community.identities.merges.approve(merge.number, on_discord(LINUS), NOW_MS),
        "opted out",
    )


async def test_maintainers_undo_no_link_that_somebody_proved(community: Community) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    ada, sam = number(community, "discord", ADA), number(community, "discord", SAM)
    merge = await community.identities.merges.propose(ada, sam, on_discord(GRACE), "so", NOW_MS)
    await community.identities.merges.approve(merge.number, on_discord(LINUS), NOW_MS)

    others = await community.identities.merges.undo(
        number(community, "forum", ADA_L), on_discord(GRACE), NOW_MS
    )

    assert others == (sam,)
    assert is_one_person(community, on_discord(ADA), on_forum(ADA_L))
    await expect_refusal(
        community.identities.merges.undo(ada, on_discord(GRACE), NOW_MS), "only they can undo"
    )


async def test_what_a_merge_held_together_counts_as_merged_when_its_middle_is_taken_out(
    community: Community,
) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    ada, sam = number(community, "discord", ADA), number(community, "discord", SAM)
    merge = await community.identities.merges.propose(ada, sam, on_discord(GRACE), "so", NOW_MS)
    await community.identities.merges.approve(merge.number, on_discord(LINUS), NOW_MS)

    await community.identities.unlink(ada, NOW_MS)
    together = is_one_person(community, on_discord(SAM), on_forum(ADA_L))
    others = await community.identities.merges.undo(sam, on_discord(GRACE), NOW_MS)

    assert together
    assert others == (number(community, "forum", ADA_L),)
    assert not is_one_person(community, on_discord(SAM), on_forum(ADA_L))


async def test_somebody_merged_undoes_it_themselves(community: Community) -> None:
    merge = await propose_merge(community)
    await community.identities.merges.approve(merge.number, on_discord(LINUS), NOW_MS)

    await community.identities.unlink(number(community, "forum", ADA_L), NOW_MS)

    assert community.identities.persons() == {}
