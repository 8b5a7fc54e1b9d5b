"""Unlinking, opting out and erasure."""

import pytest

from bot.community.communities import Community
from bot.community.identities.transactions import ActingAccount
from bot.services import people
from storage.people.erasure import erase_accounts
from tests.bot.commands.garden import ADA, GRACE, LINUS, NOW_MS
from tests.bot.community.identities.linking import (
    WRONG,
    expect_refusal,
    is_one_person,
    link,
    number,
    on_discord,
    on_forum,
    propose_merge,
    stored_codes,
)
from tests.bot.forum import ADA_L
from tests.storage.builders import set_opted_out


async def test_an_unlinked_account_is_a_person_of_its_own(community: Community) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))

    others = await community.identities.unlink(number(community, "discord", ADA), NOW_MS)

    assert others == (number(community, "forum", ADA_L),)
    assert not is_one_person(community, on_discord(ADA), on_forum(ADA_L))
    assert community.identities.persons() == {}


async def test_what_is_unlinked_can_be_linked_again_from_either_side(
    community: Community,
) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await community.identities.unlink(number(community, "discord", ADA), NOW_MS)

    await link(community, on_forum(ADA_L), on_discord(ADA))
    assert is_one_person(community, on_discord(ADA), on_forum(ADA_L))
    await community.identities.unlink(number(community, "forum", ADA_L), NOW_MS)
    assert community.identities.persons() == {}


async def test_taking_out_the_middle_of_a_chain_leaves_the_others_together(
    community: Community,
) -> None:
    there = ActingAccount("elsewhere", "9", "ada")
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await link(community, on_forum(ADA_L), there)

    await community.identities.unlink(number(community, "forum", ADA_L), NOW_MS)

    assert is_one_person(community, on_discord(ADA), there)
    assert not is_one_person(community, on_discord(ADA), on_forum(ADA_L))


async def test_nothing_can_be_unlinked_that_is_not_linked(community: Community) -> None:
    await expect_refusal(
        community.identities.unlink(number(community, "discord", ADA), NOW_MS), "no other"
    )


async def test_opting_out_by_one_account_is_opting_out_with_all(community: Community) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))

    await community.identities.set_opted_out(number(community, "forum", ADA_L), NOW_MS)
    await community.directory.refresh()
    await community.scoring.recompute(NOW_MS)

    ada = number(community, "discord", ADA)
    scores = community.scoring.scores
    assert community.directory.is_opted_out(ada)
    assert scores is not None
    assert scores.index_of(str(ada)) is None
    assert scores.index_of(str(number(community, "forum", ADA_L))) is None


async def test_an_opted_out_account_leaves_out_its_person_though_only_it_is_marked(
    community: Community,
) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await community.scoring.recompute(NOW_MS)
    ada, ada_l = number(community, "discord", ADA), number(community, "forum", ADA_L)
    await set_opted_out(community.database, ada_l, NOW_MS)
    await community.directory.refresh()

    assert await community.scoring.is_due()
    before = community.scoring.scores
    assert before is not None
    assert str(min(ada, ada_l)) in people.hidden_participants(community, before)
    found = people.find_by_account(community, "discord", ADA, asker=GRACE)
    assert found == people.OptedOutPerson(is_asker=False)
    after = await community.scoring.recompute(NOW_MS)
    assert after is not None
    assert after.index_of(str(ada)) is None


async def test_an_opted_out_person_can_still_unlink(community: Community) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    ada_l = number(community, "forum", ADA_L)
    await community.identities.set_opted_out(ada_l, NOW_MS)

    await community.identities.unlink(ada_l, NOW_MS)

    assert community.identities.persons() == {}


async def test_the_other_accounts_of_an_opted_out_person_stay_together_when_one_is_taken_out(
    community: Community,
) -> None:
    there = ActingAccount("elsewhere", "9", "ada")
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await link(community, on_forum(ADA_L), there)
    await community.identities.set_opted_out(number(community, "forum", ADA_L), NOW_MS)

    await community.identities.unlink(number(community, "forum", ADA_L), NOW_MS)

    assert is_one_person(community, on_discord(ADA), there)


async def test_an_erased_account_is_unlinked_and_the_others_stay_together(
    community: Community,
) -> None:
    there = ActingAccount("elsewhere", "9", "ada")
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await link(community, on_forum(ADA_L), there)
    ada_l = number(community, "forum", ADA_L)

    await erase_accounts(community.database, [ada_l], NOW_MS)
    await community.identities.refresh()
    await community.directory.refresh()

    assert is_one_person(community, on_discord(ADA), there)
    assert community.identities.accounts(ada_l) == (ada_l,)
    assert (await community.log.verify()) == (await community.log.head())[1]


@pytest.mark.parametrize("who", [("discord", ADA), ("forum", ADA_L)])
async def test_a_merge_is_void_once_either_is_erased(
    community: Community, who: tuple[str, str]
) -> None:
    await propose_merge(community)

    await community.identities.erase_person(number(community, *who), NOW_MS)

    (kept,) = await community.identities.merges.list_all()
    assert (kept.state, kept.reason) == ("void", None)


async def test_what_an_erased_maintainer_wrote_goes_and_their_merge_stays(
    community: Community,
) -> None:
    await propose_merge(community)

    await community.identities.erase_person(number(community, "discord", GRACE), NOW_MS)

    (kept,) = await community.identities.merges.list_all()
    assert (kept.state, kept.reason) == ("open", None)


async def test_codes_and_what_was_said_of_merging_go_with_an_account(
    community: Community,
) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)
    await expect_refusal(
        community.identities.codes.redeem(WRONG, on_discord(ADA), NOW_MS), "none"
    )
    merge = await propose_merge(community)

    await erase_accounts(community.database, [number(community, "discord", ADA)], NOW_MS)

    assert await stored_codes(community) == "[]"
    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS), "none for this"
    )
    (kept,) = await community.identities.merges.list_all()
    assert (kept.state, kept.reason) == ("void", None)
    await expect_refusal(
        community.identities.merges.approve(merge.number, on_discord(LINUS), NOW_MS),
        "void already",
    )
