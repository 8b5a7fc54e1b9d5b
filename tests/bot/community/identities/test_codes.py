"""Codes: who can be linked by one, and who can guess one."""

import asyncio

import pytest

from bot.community.communities import Community
from bot.community.errors import IdentityRefusedError
from bot.community.identities.codes import CODE_MINUTES, is_code, new_code
from bot.community.identities.rules import CODES_PER_HOUR, WRONG_CODES_PER_HOUR
from bot.community.identities.transactions import ActingAccount
from bot.services import people
from tests.bot.commands.garden import ADA, GRACE, NOW_MS
from tests.bot.community.identities.linking import (
    HOUR,
    MINUTE,
    WRONG,
    expect_refusal,
    is_one_person,
    link,
    number,
    on_discord,
    on_forum,
    stored_codes,
)
from tests.bot.forum import ADA_L, GRACE_F, LURKER, NAMESAKE, ROBOT


async def test_a_code_shown_on_one_side_and_given_on_the_other_links_both(
    community: Community,
) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)
    parties = await community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS)

    ada, ada_l = number(community, "discord", ADA), number(community, "forum", ADA_L)
    assert (parties.asker, parties.giver) == ((ada,), (ada_l,))
    assert community.identities.accounts(ada_l) == (ada, ada_l)
    assert community.identities.person(ada_l) == min(ada, ada_l)


async def test_it_works_the_other_way_round_alike(community: Community) -> None:
    await link(community, on_forum(ADA_L), on_discord(ADA))

    assert is_one_person(community, on_discord(ADA), on_forum(ADA_L))


async def test_a_code_is_typed_as_one_likes(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)

    typed = issued.code.lower().replace("-", " ")
    await community.identities.codes.redeem(typed, on_forum(ADA_L), NOW_MS)

    assert is_one_person(community, on_discord(ADA), on_forum(ADA_L))


async def test_no_code_and_no_name_that_it_is_for_is_kept_in_the_file(
    community: Community,
) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", "ada_l", NOW_MS)
    await community.database.shrink_log()

    letters = issued.code.replace("-", "")
    kept = await stored_codes(community)
    octets = community.database.path.read_bytes()
    assert letters not in kept
    assert "ada_l" not in kept
    assert letters.encode() not in octets
    assert issued.code.encode() not in octets


def test_codes_differ_and_nothing_in_them_looks_like_something_else() -> None:
    codes = {new_code() for _ in range(1000)}

    assert len(codes) == 1000
    assert all(is_code(code) for code in codes)
    assert not set("01OI") & set("".join(codes))


async def test_a_code_expires(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)
    late = NOW_MS + CODE_MINUTES * MINUTE

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_forum(ADA_L), late), "none for this"
    )
    assert not is_one_person(community, on_discord(ADA), on_forum(ADA_L))


async def test_a_code_works_until_the_last_millisecond(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)

    last = issued.expires_ms - 1
    await community.identities.codes.redeem(issued.code, on_forum(ADA_L), last)

    assert is_one_person(community, on_discord(ADA), on_forum(ADA_L))


async def test_a_code_works_once(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)
    await community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_forum(GRACE_F), NOW_MS),
        "none for this",
    )
    assert not is_one_person(community, on_discord(ADA), on_forum(GRACE_F))


async def test_only_the_newest_code_of_an_account_works(community: Community) -> None:
    first = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)
    second = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(first.code, on_forum(ADA_L), NOW_MS), "none for this"
    )
    await community.identities.codes.redeem(second.code, on_forum(ADA_L), NOW_MS)


async def test_two_who_give_a_code_at_once_are_not_both_linked(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)

    outcomes = await asyncio.gather(
        *(
            community.identities.codes.redeem(issued.code, on_forum(giver), NOW_MS)
            for giver in (ADA_L, GRACE_F, LURKER)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, IdentityRefusedError) for outcome in outcomes) == 2
    assert len(community.identities.accounts(number(community, "discord", ADA))) == 2


async def test_two_codes_given_at_once_by_one_account_link_it_to_one_only(
    community: Community,
) -> None:
    codes = [
        (await community.identities.codes.issue(on_discord(asker), "forum", None, NOW_MS)).code
        for asker in (ADA, GRACE)
    ]

    outcomes = await asyncio.gather(
        *(community.identities.codes.redeem(code, on_forum(ADA_L), NOW_MS) for code in codes),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, IdentityRefusedError) for outcome in outcomes) == 1
    assert not is_one_person(community, on_discord(ADA), on_discord(GRACE))


async def test_a_code_for_one_account_is_none_for_another(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", "@Ada_L", NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_forum(NAMESAKE), NOW_MS),
        "none for this",
    )
    await community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS)

    assert is_one_person(community, on_discord(ADA), on_forum(ADA_L))


async def test_the_account_a_code_is_for_may_be_said_by_id(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", ADA_L, NOW_MS)

    await community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS)


async def test_the_account_a_code_is_for_may_be_said_by_the_name_it_is_known_by(
    community: Community,
) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", "ada_l", NOW_MS)
    renamed = ActingAccount("forum", ADA_L, "countess")

    await community.identities.codes.redeem(issued.code, renamed, NOW_MS)

    assert is_one_person(community, on_discord(ADA), renamed)


async def test_a_code_for_one_platform_is_none_on_another(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_discord(GRACE), NOW_MS),
        "none for this",
    )


async def test_ones_own_code_links_nothing_and_still_works_elsewhere(
    community: Community,
) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_discord(ADA), NOW_MS), "other account"
    )
    await community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS)


async def test_looking_at_what_a_code_would_do_does_nothing(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)

    parties = await community.identities.codes.preview(issued.code, on_forum(ADA_L), NOW_MS)

    assert parties.giver == (number(community, "forum", ADA_L),)
    assert not is_one_person(community, on_discord(ADA), on_forum(ADA_L))
    await community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS)


async def test_a_code_that_was_voided_is_none(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)
    await community.identities.codes.revoke(issued.code, NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS), "none for this"
    )


async def test_accounts_never_heard_of_can_be_linked(community: Community) -> None:
    newcomer, there = (
        ActingAccount("discord", "77", "New"),
        ActingAccount("forum", "88", "new_here"),
    )

    await link(community, newcomer, there)

    assert is_one_person(community, newcomer, there)
    assert community.directory.account_name(number(community, "forum", "88")) == "new_here"


async def test_who_gave_too_many_wrong_codes_is_not_heard_for_an_hour(
    community: Community,
) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)
    for _ in range(WRONG_CODES_PER_HOUR[0]):
        await expect_refusal(
            community.identities.codes.redeem(WRONG, on_forum(ADA_L), NOW_MS), "none for this"
        )

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS),
        "Try again in an",
    )
    later = NOW_MS + HOUR
    await link(community, on_discord(ADA), on_forum(ADA_L), later)


async def test_looking_at_a_wrong_code_is_a_guess_too(community: Community) -> None:
    for _ in range(WRONG_CODES_PER_HOUR[0]):
        await expect_refusal(
            community.identities.codes.preview(WRONG, on_forum(ADA_L), NOW_MS), "none for this"
        )

    await expect_refusal(
        community.identities.codes.preview(WRONG, on_forum(ADA_L), NOW_MS), "by you"
    )


async def test_many_accounts_together_cannot_guess_more(community: Community) -> None:
    guessers = [
        ActingAccount("forum", f"guesser{index}", "x")
        for index in range(WRONG_CODES_PER_HOUR[1])
    ]
    for account in guessers:
        await expect_refusal(
            community.identities.codes.redeem(WRONG, account, NOW_MS), "none for this"
        )

    await expect_refusal(
        community.identities.codes.redeem(WRONG, on_forum(ADA_L), NOW_MS), "in this community"
    )


async def test_who_asked_for_too_many_codes_gets_none_for_an_hour(
    community: Community,
) -> None:
    for _ in range(CODES_PER_HOUR[0]):
        await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)

    await expect_refusal(
        community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS), "by you"
    )
    await community.identities.codes.issue(on_discord(GRACE), "forum", None, NOW_MS)
    await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS + HOUR)


async def test_equal_names_link_nobody(community: Community) -> None:
    assert community.directory.account_name(number(community, "forum", NAMESAKE)) == "Ada"

    assert not is_one_person(community, on_discord(ADA), on_forum(NAMESAKE))
    found = people.find_by_text(community, "discord", "Ada", asker=GRACE)
    assert isinstance(found, people.Person)
    assert found.account == number(community, "discord", ADA)


async def test_an_account_linked_to_somebody_else_must_be_unlinked_first(
    community: Community,
) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    issued = await community.identities.codes.issue(on_discord(GRACE), "forum", None, NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS),
        "Un-link it first",
    )
    assert not is_one_person(community, on_discord(ADA), on_discord(GRACE))
    await community.identities.unlink(number(community, "forum", ADA_L), NOW_MS)
    await community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS)
    assert is_one_person(community, on_discord(GRACE), on_forum(ADA_L))


async def test_a_second_account_of_a_platform_is_refused_at_once(community: Community) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))

    await expect_refusal(
        community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS),
        "two forum accounts",
    )


async def test_linking_what_is_linked_is_refused(community: Community) -> None:
    first = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)
    second = await community.identities.codes.issue(on_forum(ADA_L), "discord", None, NOW_MS)
    await community.identities.codes.redeem(first.code, on_forum(ADA_L), NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(second.code, on_discord(ADA), NOW_MS), "already"
    )


async def test_three_platforms_are_one_person_by_two_links(community: Community) -> None:
    there = ActingAccount("elsewhere", "9", "ada")
    await link(community, on_discord(ADA), on_forum(ADA_L))

    await link(community, on_forum(ADA_L), there)

    assert is_one_person(community, on_discord(ADA), on_forum(ADA_L), there)


async def test_bots_cannot_be_linked(community: Community) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_forum(ROBOT), NOW_MS), "Bots"
    )


@pytest.mark.parametrize("who", [("discord", ADA), ("forum", ADA_L)])
async def test_nothing_is_linked_while_either_is_opted_out(
    community: Community, who: tuple[str, str]
) -> None:
    issued = await community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS)
    await community.identities.set_opted_out(number(community, *who), NOW_MS)

    await expect_refusal(
        community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS), "opted out"
    )
    await community.identities.set_opted_out(number(community, *who), None)
    await community.identities.codes.redeem(issued.code, on_forum(ADA_L), NOW_MS)
    assert is_one_person(community, on_discord(ADA), on_forum(ADA_L))


async def test_who_opted_out_is_shown_no_code(community: Community) -> None:
    await community.identities.set_opted_out(number(community, "discord", ADA), NOW_MS)

    await expect_refusal(
        community.identities.codes.issue(on_discord(ADA), "forum", None, NOW_MS), "opted out"
    )
