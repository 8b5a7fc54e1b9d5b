"""Who is whom: proofs by code, merges by two, undoing, and what that does to scores."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community.communities import Community
from bot.community.errors import IdentityRefusedError
from bot.community.identities.identities import (
    ASKED_AN_HOUR,
    MINUTES,
    MISSED_AN_HOUR,
    Claim,
    is_code,
    new_code,
)
from bot.services import people
from storage.errors import InvalidRecordError
from storage.log.batch import Account, Batch
from storage.people.erasure import erase_account, set_opted_out
from storage.people.linking import LinkStore, MergeProposal
from tests.bot import forum
from tests.bot.commands.garden import ADA, BEE, GRACE, LINUS, NAMES, NOW_MS, QUIET, SAM
from tests.bot.forum import ADA_L, GRACE_F, LURKER, NAMESAKE, ROBOT, both_places
from tests.laws import examples

MINUTE = 60_000
HOUR = 60 * MINUTE
WRONG = "2222-2222-2222"


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


def on_discord(account: str) -> Claim:
    return Claim("discord", account, NAMES.get(account, "Somebody"))


def on_forum(account: str) -> Claim:
    return Claim("forum", account, forum.NAMES.get(account, "somebody"))


def number(community: Community, source: str, account: str) -> int:
    found = community.directory.account_number(source, account)
    assert found is not None
    return found


async def link(community: Community, one: Claim, other: Claim, now_ms: int = NOW_MS) -> None:
    started = await community.identities.start(one, other.source, None, now_ms)
    await community.identities.confirm(started.code, other, now_ms)


def are_one(community: Community, *claims: Claim) -> bool:
    person = community.identities.person
    return (
        len({person(number(community, claim.source, claim.account)) for claim in claims}) == 1
    )


async def refused(waiting: object, words: str) -> None:
    with pytest.raises(IdentityRefusedError, match=words):
        await waiting  # type: ignore[misc]


async def stored(community: Community) -> str:
    """Return everything that is kept of codes, as text."""
    rows = await community.database.read(
        lambda plain: [
            *plain.execute("SELECT hex(hash), account, platform, hex(wanted) FROM link_codes"),
            *plain.execute("SELECT account, was, at_ms FROM link_tries"),
        ]
    )
    return str(rows)


# Codes ----------------------------------------------------------------------------------------


async def test_a_code_shown_on_one_side_and_given_on_the_other_links_both(
    community: Community,
) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)
    offer = await community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS)

    ada, ada_l = number(community, "discord", ADA), number(community, "forum", ADA_L)
    assert (offer.one, offer.other) == ((ada,), (ada_l,))
    assert community.identities.accounts(ada_l) == (ada, ada_l)
    assert community.identities.person(ada_l) == min(ada, ada_l)


async def test_it_works_the_other_way_round_alike(community: Community) -> None:
    await link(community, on_forum(ADA_L), on_discord(ADA))

    assert are_one(community, on_discord(ADA), on_forum(ADA_L))


async def test_a_code_is_typed_as_one_likes(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)

    typed = started.code.lower().replace("-", " ")
    await community.identities.confirm(typed, on_forum(ADA_L), NOW_MS)

    assert are_one(community, on_discord(ADA), on_forum(ADA_L))


async def test_no_code_and_no_name_that_it_is_for_is_kept_in_the_file(
    community: Community,
) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", "ada_l", NOW_MS)
    await community.database.shrink_log()

    letters = started.code.replace("-", "")
    kept = await stored(community)
    octets = community.database.path.read_bytes()
    assert letters not in kept
    assert "ada_l" not in kept
    assert letters.encode() not in octets
    assert started.code.encode() not in octets


def test_codes_differ_and_nothing_in_them_looks_like_something_else() -> None:
    codes = {new_code() for _ in range(1000)}

    assert len(codes) == 1000
    assert all(is_code(code) for code in codes)
    assert not set("01OI") & set("".join(codes))


async def test_a_code_expires(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)
    late = NOW_MS + MINUTES * MINUTE

    await refused(
        community.identities.confirm(started.code, on_forum(ADA_L), late), "none for this"
    )
    assert not are_one(community, on_discord(ADA), on_forum(ADA_L))


async def test_a_code_works_until_the_last_millisecond(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)

    last = started.expires_ms - 1
    await community.identities.confirm(started.code, on_forum(ADA_L), last)

    assert are_one(community, on_discord(ADA), on_forum(ADA_L))


async def test_a_code_works_once(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)
    await community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS)

    await refused(
        community.identities.confirm(started.code, on_forum(GRACE_F), NOW_MS), "none for this"
    )
    assert not are_one(community, on_discord(ADA), on_forum(GRACE_F))


async def test_only_the_newest_code_of_an_account_works(community: Community) -> None:
    first = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)
    second = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)

    await refused(
        community.identities.confirm(first.code, on_forum(ADA_L), NOW_MS), "none for this"
    )
    await community.identities.confirm(second.code, on_forum(ADA_L), NOW_MS)


async def test_two_who_give_a_code_at_once_are_not_both_linked(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)

    outcomes = await asyncio.gather(
        *(
            community.identities.confirm(started.code, on_forum(one), NOW_MS)
            for one in (ADA_L, GRACE_F, LURKER)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, IdentityRefusedError) for outcome in outcomes) == 2
    assert len(community.identities.accounts(number(community, "discord", ADA))) == 2


async def test_two_codes_given_at_once_by_one_account_link_it_to_one_only(
    community: Community,
) -> None:
    codes = [
        (await community.identities.start(on_discord(one), "forum", None, NOW_MS)).code
        for one in (ADA, GRACE)
    ]

    outcomes = await asyncio.gather(
        *(community.identities.confirm(one, on_forum(ADA_L), NOW_MS) for one in codes),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, IdentityRefusedError) for outcome in outcomes) == 1
    assert not are_one(community, on_discord(ADA), on_discord(GRACE))


async def test_a_code_for_one_account_is_none_for_another(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", "@Ada_L", NOW_MS)

    await refused(
        community.identities.confirm(started.code, on_forum(NAMESAKE), NOW_MS), "none for this"
    )
    await community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS)

    assert are_one(community, on_discord(ADA), on_forum(ADA_L))


async def test_the_account_a_code_is_for_may_be_said_by_id(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", ADA_L, NOW_MS)

    await community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS)


async def test_the_account_a_code_is_for_may_be_said_by_the_name_it_is_known_by(
    community: Community,
) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", "ada_l", NOW_MS)
    renamed = Claim("forum", ADA_L, "countess")

    await community.identities.confirm(started.code, renamed, NOW_MS)

    assert are_one(community, on_discord(ADA), renamed)


async def test_a_code_for_one_platform_is_none_on_another(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)

    await refused(
        community.identities.confirm(started.code, on_discord(GRACE), NOW_MS), "none for this"
    )


async def test_ones_own_code_links_nothing_and_still_works_elsewhere(
    community: Community,
) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)

    await refused(
        community.identities.confirm(started.code, on_discord(ADA), NOW_MS), "other account"
    )
    await community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS)


async def test_looking_at_what_a_code_would_do_does_nothing(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)

    offer = await community.identities.offer(started.code, on_forum(ADA_L), NOW_MS)

    assert offer.other == (number(community, "forum", ADA_L),)
    assert not are_one(community, on_discord(ADA), on_forum(ADA_L))
    await community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS)


async def test_a_code_that_was_voided_is_none(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)
    await community.identities.void(started.code)

    await refused(
        community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS), "none for this"
    )


async def test_accounts_never_heard_of_can_be_linked(community: Community) -> None:
    newcomer, there = Claim("discord", "77", "New"), Claim("forum", "88", "new_here")

    await link(community, newcomer, there)

    assert are_one(community, newcomer, there)
    assert community.directory.account_name(number(community, "forum", "88")) == "new_here"


# Guessing -------------------------------------------------------------------------------------


async def test_who_gave_too_many_wrong_codes_is_not_heard_for_an_hour(
    community: Community,
) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)
    for _ in range(MISSED_AN_HOUR[0]):
        await refused(
            community.identities.confirm(WRONG, on_forum(ADA_L), NOW_MS), "none for this"
        )

    await refused(
        community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS), "Try again in an"
    )
    later = NOW_MS + HOUR
    await link(community, on_discord(ADA), on_forum(ADA_L), later)


async def test_looking_at_a_wrong_code_is_a_guess_too(community: Community) -> None:
    for _ in range(MISSED_AN_HOUR[0]):
        await refused(
            community.identities.offer(WRONG, on_forum(ADA_L), NOW_MS), "none for this"
        )

    await refused(community.identities.offer(WRONG, on_forum(ADA_L), NOW_MS), "by you")


async def test_many_accounts_together_cannot_guess_more(community: Community) -> None:
    guessers = [Claim("forum", f"guesser{one}", "x") for one in range(MISSED_AN_HOUR[1])]
    for claim in guessers:
        await refused(community.identities.confirm(WRONG, claim, NOW_MS), "none for this")

    await refused(
        community.identities.confirm(WRONG, on_forum(ADA_L), NOW_MS), "in this community"
    )


async def test_who_asked_for_too_many_codes_gets_none_for_an_hour(
    community: Community,
) -> None:
    for _ in range(ASKED_AN_HOUR[0]):
        await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)

    await refused(community.identities.start(on_discord(ADA), "forum", None, NOW_MS), "by you")
    await community.identities.start(on_discord(GRACE), "forum", None, NOW_MS)
    await community.identities.start(on_discord(ADA), "forum", None, NOW_MS + HOUR)


# Who may be linked ----------------------------------------------------------------------------


async def test_equal_names_link_nobody(community: Community) -> None:
    assert community.directory.account_name(number(community, "forum", NAMESAKE)) == "Ada"

    assert not are_one(community, on_discord(ADA), on_forum(NAMESAKE))
    found = people.find_by_text(community, "discord", "Ada", asker=GRACE)
    assert isinstance(found, people.AmbiguousMatch)


async def test_an_account_linked_to_somebody_else_must_be_unlinked_first(
    community: Community,
) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    started = await community.identities.start(on_discord(GRACE), "forum", None, NOW_MS)

    await refused(
        community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS), "Un-link it first"
    )
    assert not are_one(community, on_discord(ADA), on_discord(GRACE))
    await community.identities.unlink(number(community, "forum", ADA_L), NOW_MS)
    await community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS)
    assert are_one(community, on_discord(GRACE), on_forum(ADA_L))


async def test_a_second_account_of_a_platform_is_refused_at_once(community: Community) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))

    await refused(
        community.identities.start(on_discord(ADA), "forum", None, NOW_MS), "two forum accounts"
    )


async def test_linking_what_is_linked_is_refused(community: Community) -> None:
    first = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)
    second = await community.identities.start(on_forum(ADA_L), "discord", None, NOW_MS)
    await community.identities.confirm(first.code, on_forum(ADA_L), NOW_MS)

    await refused(community.identities.confirm(second.code, on_discord(ADA), NOW_MS), "already")


async def test_three_platforms_are_one_person_by_two_links(community: Community) -> None:
    there = Claim("elsewhere", "9", "ada")
    await link(community, on_discord(ADA), on_forum(ADA_L))

    await link(community, on_forum(ADA_L), there)

    assert are_one(community, on_discord(ADA), on_forum(ADA_L), there)


async def test_bots_cannot_be_linked(community: Community) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)

    await refused(community.identities.confirm(started.code, on_forum(ROBOT), NOW_MS), "Bots")


@pytest.mark.parametrize("who", [("discord", ADA), ("forum", ADA_L)])
async def test_nothing_is_linked_while_either_is_opted_out(
    community: Community, who: tuple[str, str]
) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)
    await community.identities.set_opted_out(number(community, *who), NOW_MS)

    await refused(
        community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS), "opted out"
    )
    await community.identities.set_opted_out(number(community, *who), None)
    await community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS)
    assert are_one(community, on_discord(ADA), on_forum(ADA_L))


async def test_who_opted_out_is_shown_no_code(community: Community) -> None:
    await community.identities.set_opted_out(number(community, "discord", ADA), NOW_MS)

    await refused(
        community.identities.start(on_discord(ADA), "forum", None, NOW_MS), "opted out"
    )


# Undoing --------------------------------------------------------------------------------------


async def test_an_unlinked_account_is_a_person_of_its_own(community: Community) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))

    others = await community.identities.unlink(number(community, "discord", ADA), NOW_MS)

    assert others == (number(community, "forum", ADA_L),)
    assert not are_one(community, on_discord(ADA), on_forum(ADA_L))
    assert community.identities.at() == {}


async def test_what_is_unlinked_can_be_linked_again_from_either_side(
    community: Community,
) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await community.identities.unlink(number(community, "discord", ADA), NOW_MS)

    await link(community, on_forum(ADA_L), on_discord(ADA))
    assert are_one(community, on_discord(ADA), on_forum(ADA_L))
    await community.identities.unlink(number(community, "forum", ADA_L), NOW_MS)
    assert community.identities.at() == {}


async def test_taking_out_the_middle_of_a_chain_leaves_the_others_together(
    community: Community,
) -> None:
    there = Claim("elsewhere", "9", "ada")
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await link(community, on_forum(ADA_L), there)

    await community.identities.unlink(number(community, "forum", ADA_L), NOW_MS)

    assert are_one(community, on_discord(ADA), there)
    assert not are_one(community, on_discord(ADA), on_forum(ADA_L))


async def test_nothing_can_be_unlinked_that_is_not_linked(community: Community) -> None:
    await refused(
        community.identities.unlink(number(community, "discord", ADA), NOW_MS), "no other"
    )


# Merges ---------------------------------------------------------------------------------------


async def propose(community: Community, by: str = GRACE) -> MergeProposal:
    one, other = number(community, "discord", ADA), number(community, "forum", ADA_L)
    return await community.identities.propose(one, other, on_discord(by), "she said", NOW_MS)


async def test_two_maintainers_merge_and_one_undoes_it(community: Community) -> None:
    merge = await propose(community)
    assert not are_one(community, on_discord(ADA), on_forum(ADA_L))

    await community.identities.approve(merge.number, on_discord(LINUS), NOW_MS)
    assert are_one(community, on_discord(ADA), on_forum(ADA_L))

    others = await community.identities.unmerge(
        number(community, "forum", ADA_L), on_discord(LINUS), NOW_MS
    )
    assert others == (number(community, "discord", ADA),)
    assert community.identities.at() == {}


async def test_nobody_approves_their_own_merge(community: Community) -> None:
    merge = await propose(community)

    await refused(
        community.identities.approve(merge.number, on_discord(GRACE), NOW_MS), "second person"
    )


async def test_another_account_of_the_proposer_is_no_second_person(
    community: Community,
) -> None:
    merge = await propose(community)
    await link(community, on_discord(GRACE), on_forum(GRACE_F))

    await refused(
        community.identities.approve(merge.number, on_forum(GRACE_F), NOW_MS), "second person"
    )


async def test_nobody_merges_themselves_with_anybody(community: Community) -> None:
    await refused(propose(community, by=ADA), "one of the two")
    merge = await propose(community)

    await refused(
        community.identities.approve(merge.number, on_forum(ADA_L), NOW_MS), "one of the two"
    )


async def test_nobody_merges_an_account_of_their_own_by_another_of_theirs(
    community: Community,
) -> None:
    await link(community, on_discord(LINUS), on_forum(LURKER))
    lurker, ada = number(community, "forum", LURKER), number(community, "discord", ADA)

    await refused(
        community.identities.propose(lurker, ada, on_discord(LINUS), "so", NOW_MS),
        "one of the two",
    )


async def test_a_merge_is_decided_once(community: Community) -> None:
    merge = await propose(community)

    outcomes = await asyncio.gather(
        community.identities.approve(merge.number, on_discord(LINUS), NOW_MS),
        community.identities.approve(merge.number, on_discord(SAM), NOW_MS),
        community.identities.reject(merge.number, on_discord(QUIET), NOW_MS),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, IdentityRefusedError) for outcome in outcomes) == 2


async def test_a_decision_stands_in_the_file_too(community: Community) -> None:
    merge = await propose(community)
    await community.identities.reject(merge.number, on_discord(LINUS), NOW_MS)

    with pytest.raises(InvalidRecordError, match="stands"):
        async with community.database.transaction() as connection:
            await connection.execute("UPDATE merge_proposals SET state = 'approved'")


async def test_a_rejected_merge_merges_nothing_and_can_be_proposed_again(
    community: Community,
) -> None:
    merge = await propose(community)
    await refused(propose(community), "proposed already")

    await community.identities.reject(merge.number, on_discord(LINUS), NOW_MS)

    assert not are_one(community, on_discord(ADA), on_forum(ADA_L))
    assert (await propose(community)).number == merge.number + 1


async def test_a_merge_needs_a_reason_and_two_people_who_are_not_one(
    community: Community,
) -> None:
    one, other = number(community, "discord", ADA), number(community, "forum", ADA_L)
    by = on_discord(GRACE)

    await refused(community.identities.propose(one, other, by, "  ", NOW_MS), "Say why")
    await refused(community.identities.propose(one, one, by, "so", NOW_MS), "already")
    bee = number(community, "discord", BEE)
    await refused(community.identities.propose(one, bee, by, "so", NOW_MS), "Bots")
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await refused(community.identities.propose(one, other, by, "so", NOW_MS), "already")


async def test_who_opted_out_since_is_not_merged(community: Community) -> None:
    merge = await propose(community)
    await community.identities.set_opted_out(number(community, "forum", ADA_L), NOW_MS)

    await refused(
        community.identities.approve(merge.number, on_discord(LINUS), NOW_MS), "opted out"
    )


async def test_maintainers_undo_no_link_that_somebody_proved(community: Community) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    ada, sam = number(community, "discord", ADA), number(community, "discord", SAM)
    merge = await community.identities.propose(ada, sam, on_discord(GRACE), "so", NOW_MS)
    await community.identities.approve(merge.number, on_discord(LINUS), NOW_MS)

    others = await community.identities.unmerge(
        number(community, "forum", ADA_L), on_discord(GRACE), NOW_MS
    )

    assert others == (sam,)
    assert are_one(community, on_discord(ADA), on_forum(ADA_L))
    await refused(
        community.identities.unmerge(ada, on_discord(GRACE), NOW_MS), "only they can undo"
    )


async def test_what_a_merge_held_together_counts_as_merged_when_its_middle_is_taken_out(
    community: Community,
) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    ada, sam = number(community, "discord", ADA), number(community, "discord", SAM)
    merge = await community.identities.propose(ada, sam, on_discord(GRACE), "so", NOW_MS)
    await community.identities.approve(merge.number, on_discord(LINUS), NOW_MS)

    await community.identities.unlink(ada, NOW_MS)
    together = are_one(community, on_discord(SAM), on_forum(ADA_L))
    others = await community.identities.unmerge(sam, on_discord(GRACE), NOW_MS)

    assert together
    assert others == (number(community, "forum", ADA_L),)
    assert not are_one(community, on_discord(SAM), on_forum(ADA_L))


async def test_somebody_merged_undoes_it_themselves(community: Community) -> None:
    merge = await propose(community)
    await community.identities.approve(merge.number, on_discord(LINUS), NOW_MS)

    await community.identities.unlink(number(community, "forum", ADA_L), NOW_MS)

    assert community.identities.at() == {}


# Opting out, being forgotten ------------------------------------------------------------------


async def test_opting_out_by_one_account_is_opting_out_with_all(community: Community) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))

    await community.identities.set_opted_out(number(community, "forum", ADA_L), NOW_MS)
    await community.directory.refresh()
    await community.scoring.recompute(NOW_MS)

    ada = number(community, "discord", ADA)
    standing = community.scoring.scores
    assert community.directory.is_opted_out(ada)
    assert standing is not None
    assert standing.index_of(str(ada)) is None
    assert standing.index_of(str(number(community, "forum", ADA_L))) is None


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

    assert community.identities.at() == {}


async def test_an_erased_account_is_unlinked_and_the_others_stay_together(
    community: Community,
) -> None:
    there = Claim("elsewhere", "9", "ada")
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await link(community, on_forum(ADA_L), there)
    ada_l = number(community, "forum", ADA_L)

    await community.identities.erase(ada_l, NOW_MS)
    await community.directory.refresh()

    assert are_one(community, on_discord(ADA), there)
    assert community.identities.accounts(ada_l) == (ada_l,)
    assert (await community.log.verify()) == (await community.log.head())[1]


@pytest.mark.parametrize("who", [("discord", ADA), ("forum", ADA_L)])
async def test_a_merge_is_void_once_either_is_erased(
    community: Community, who: tuple[str, str]
) -> None:
    await propose(community)

    await community.identities.erase(number(community, *who), NOW_MS)

    (kept,) = await community.identities.merges()
    assert (kept.state, kept.reason) == ("void", None)


async def test_what_an_erased_maintainer_wrote_goes_and_their_merge_stays(
    community: Community,
) -> None:
    await propose(community)

    await community.identities.erase(number(community, "discord", GRACE), NOW_MS)

    (kept,) = await community.identities.merges()
    assert (kept.state, kept.reason) == ("open", None)


async def test_codes_and_what_was_said_of_merging_go_with_an_account(
    community: Community,
) -> None:
    started = await community.identities.start(on_discord(ADA), "forum", None, NOW_MS)
    await refused(community.identities.confirm(WRONG, on_discord(ADA), NOW_MS), "none")
    merge = await propose(community)

    await erase_account(community.database, number(community, "discord", ADA), NOW_MS)

    assert await stored(community) == "[]"
    await refused(
        community.identities.confirm(started.code, on_forum(ADA_L), NOW_MS), "none for this"
    )
    (kept,) = await community.identities.merges()
    assert (kept.state, kept.reason) == ("void", None)
    await refused(
        community.identities.approve(merge.number, on_discord(LINUS), NOW_MS), "void already"
    )


# Scores ---------------------------------------------------------------------------------------


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
        assert are_one(again, on_discord(ADA), on_forum(ADA_L))
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


async def take(community: Community, step: tuple[str, int, int]) -> None:
    """Take a step, if it is allowed."""
    what, first, second = step
    one, other = CAST[first], CAST[second]
    identities = community.identities
    number_ = number(community, one.source, one.account)
    try:
        match what:
            case "link":
                await link(community, one, other)
            case "merge":
                to = number(community, other.source, other.account)
                by = on_discord(SAM)
                merge = await identities.propose(number_, to, by, "so", NOW_MS)
                await identities.approve(merge.number, on_discord(QUIET), NOW_MS)
            case "unlink":
                await identities.unlink(number_, NOW_MS)
            case _:
                await identities.unmerge(number_, on_discord(SAM), NOW_MS)
    except IdentityRefusedError:
        pass


async def live_a_life(data_dir: Path, steps: list[tuple[str, int, int]]) -> None:
    async with both_places(data_dir) as community:
        never = community.scoring.scores
        assert never is not None
        for step in steps:
            await take(community, step)
            await community.scoring.recompute_if_due(NOW_MS)
        for claim in CAST:
            await take(community, ("unlink", CAST.index(claim), 0))
        undone = await community.scoring.recompute(NOW_MS)

    assert community.identities.at() == {}
    assert undone is not None
    assert undone.participants == never.participants
    assert np.array_equal(undone.cred, never.cred)


@settings(max_examples=examples(12))
@given(STEPS)
def test_all_links_undone_leave_the_scores_of_never_linked_bit_for_bit(
    steps: list[tuple[str, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live_a_life(Path(folder), steps))


# What to call somebody ------------------------------------------------------------------------


async def test_a_person_is_called_by_their_account_on_the_communitys_platform(
    community: Community,
) -> None:
    ada_l = number(community, "forum", ADA_L)
    assert people.display_name(community, ada_l) == "ada_l (forum)"

    await link(community, on_forum(ADA_L), on_discord(ADA))

    assert people.display_name(community, ada_l) == "Ada"


async def test_a_person_is_called_where_one_asks_what_they_are_called_there(
    community: Community,
) -> None:
    await link(community, on_forum(ADA_L), on_discord(ADA))
    await community.scoring.recompute(NOW_MS)
    scores = community.scoring.scores
    assert scores is not None
    ada = number(community, "discord", ADA)

    assert people.display_name(community, ada, "forum") == "ada_l"
    assert people.participant_name(community, str(ada), scores, "forum") == "ada_l"
    assert people.participant_name(community, str(ada), scores, "discord") == "Ada"
    found = people.find_by_account(community, "forum", ADA_L, asker=ADA_L)
    assert isinstance(found, people.Person)
    assert (found.name, found.title) == ("ada_l", "ada_l")


async def test_a_person_is_called_by_a_name_that_is_not_erased(community: Community) -> None:
    await link(community, on_forum(ADA_L), on_discord(ADA))
    await community.scoring.recompute(NOW_MS)
    scores = community.scoring.scores
    assert scores is not None
    ada, ada_l = number(community, "discord", ADA), number(community, "forum", ADA_L)
    await community.identities.erase(ada, NOW_MS)
    await community.directory.refresh()

    # The scores still know both as one person, whose id is the erased account's number.
    assert people.participant_name(community, str(min(ada, ada_l)), scores) == "ada_l (forum)"


async def test_a_name_of_several_accounts_of_one_person_is_not_ambiguous(
    community: Community,
) -> None:
    await community.log.append(Batch(accounts=(Account("forum", ADA_L, "user", "Grace"),)))
    await community.directory.refresh()
    assert isinstance(
        people.find_by_text(community, "discord", "Grace", asker=ADA), people.AmbiguousMatch
    )

    await link(community, on_discord(GRACE), on_forum(ADA_L))

    found = people.find_by_text(community, "discord", "Grace", asker=ADA)
    assert isinstance(found, people.Person)
    assert found.account == number(community, "discord", GRACE)


async def test_of_one_platform_a_name_is_found_whatever_others_are_called(
    community: Community,
) -> None:
    # Exactly so on Discord, but for capitals on the forum.
    await community.log.append(Batch(accounts=(Account("forum", LURKER, "user", "gRACE"),)))
    await community.directory.refresh()

    found = people.find_by_text(community, "discord", "forum:Grace", asker=ADA)

    assert isinstance(found, people.Person)
    assert found.account == number(community, "forum", LURKER)


async def test_an_account_of_another_platform_is_named_after_its_platform(
    community: Community,
) -> None:
    found = people.find_by_text(community, "discord", "forum:Ada", asker=ADA)

    assert isinstance(found, people.Person)
    assert found.account == number(community, "forum", NAMESAKE)


async def test_somebody_of_whom_one_account_is_a_bot_is_none(community: Community) -> None:
    ada, robot = number(community, "discord", ADA), number(community, "forum", ROBOT)
    # As an import may: no command does.
    await community.database.write(
        lambda plain: LinkStore(plain).link([(ada, robot)], "import", NOW_MS)
    )
    await community.identities.refresh()
    scores = await community.scoring.recompute(NOW_MS)
    assert scores is not None

    assert str(ada) not in people.hidden_participants(community, scores)
    found = people.find_by_account(community, "forum", ROBOT, asker=ADA_L)
    assert isinstance(found, people.Person)
    assert not found.is_bot


async def test_who_opted_out_is_hidden_in_scores_that_do_not_know_a_link_of_theirs_yet(
    community: Community,
) -> None:
    scores = community.scoring.scores
    assert scores is not None
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await set_opted_out(community.database, number(community, "forum", ADA_L), NOW_MS)
    await community.directory.refresh()

    hidden = people.hidden_participants(community, scores)

    assert {str(number(community, "discord", ADA)), str(number(community, "forum", ADA_L))} <= (
        hidden
    )


async def test_a_person_is_a_bot_only_if_all_their_accounts_are(community: Community) -> None:
    scores = community.scoring.scores
    assert scores is not None

    hidden = people.hidden_participants(community, scores)

    assert str(number(community, "forum", ROBOT)) in hidden
    assert str(number(community, "discord", ADA)) not in hidden


async def test_of_a_bot_and_one_person_with_a_name_the_person_is_meant(
    community: Community,
) -> None:
    await community.log.append(Batch(accounts=(Account("discord", "77", "user", "Beech"),)))
    await community.directory.refresh()

    found = people.find_by_text(community, "discord", "be", asker=ADA)
    bot = people.find_by_text(community, "discord", "bee", asker=ADA)

    assert isinstance(found, people.Person)
    assert found.account == number(community, "discord", "77")
    assert isinstance(bot, people.Person)
    assert bot.account == number(community, "discord", BEE)
