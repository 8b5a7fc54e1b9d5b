"""Contributions by their rules, on a real file."""

import asyncio
from typing import Any

import pytest

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services.entries import contributions, initiatives
from bot.services.entries.entries import Entry
from bot.services.entries.entry_types import EntryStatus, EntryType
from cred.epochs import DAY_MS
from storage.log.batch import Account, Batch
from storage.people.erasure import erase_accounts
from tests.bot.community.scoring.liked_messages import NOW, cred_of
from tests.bot.services.entries.entering import (
    add,
    add_approved,
    entries_of,
    link,
    number,
    thank,
)


async def test_work_waits_for_a_second_person_and_then_mints_for_its_people_by_shares(
    community: Community,
) -> None:
    shares = {number(community, "bob"): 3, number(community, "eve"): 1}
    made = await add(community, shares=shares, kind="Docs", link="https://example.org/1")
    await community.scoring.recompute(NOW)
    waiting = community.scoring.scores
    done = await contributions.approve(community, 1, number(community, "cyd"), NOW)
    await community.scoring.recompute(NOW)

    assert waiting is not None
    assert waiting.snapshot.total_mint == 1  # the reaction's
    assert (made.id, made.status, made.details.kind) == (
        "contribution:1",
        EntryStatus.WAITING,
        "docs",
    )
    assert (made.title, made.link) == ("Fixed it", "https://example.org/1")
    assert (done.status, done.decided_by) == (EntryStatus.APPROVED, number(community, "cyd"))
    assert cred_of(community, "bob") > 2 * cred_of(community, "eve") > 0


async def test_the_weights_of_a_kind_of_work_and_of_one_contribution_multiply(
    community: Community,
) -> None:
    await add_approved(community, kind="docs")
    await community.settings.set(
        {"weights.work.docs": 3, "weights.contribution.1": 2}, author="", reason="", now_ms=NOW
    )

    await community.scoring.recompute(NOW)

    scores = community.scoring.scores
    assert scores is not None
    assert scores.snapshot.total_mint == 1 + 6


@pytest.mark.parametrize("who", ["ada", "bob", "dan", "eve"])
async def test_whoever_entered_it_or_has_a_share_approves_nothing_by_any_account(
    community: Community, who: str
) -> None:
    await add(community)
    await link(community, "ada", "dan")
    await link(community, "bob", "eve")

    with pytest.raises(NotAllowedError, match=r"second person|somebody else"):
        await contributions.approve(community, 1, number(community, who), NOW)


async def test_rejected_work_says_why_and_changes_no_number(community: Community) -> None:
    await thank(community, "ada", "bob")
    await community.scoring.recompute(NOW)
    before = community.scoring.scores
    await add(community, shares={number(community, "eve"): 2})
    await contributions.reject(community, 1, number(community, "cyd"), "not done", NOW)
    await community.scoring.recompute(NOW)

    (listed,) = await contributions.list_all(community)
    after = community.scoring.scores
    assert (listed.work.status, listed.reason) == (EntryStatus.REJECTED, "not done")
    assert before is not None
    assert after is not None
    assert after.participants == before.participants
    assert after.cred.tobytes() == before.cred.tobytes()
    with pytest.raises(NotAllowedError, match="rejected already"):
        await contributions.approve(community, 1, number(community, "dan"), NOW)
    with pytest.raises(NotAllowedError, match="rejected already"):
        await contributions.reject(community, 1, number(community, "dan"), "again", NOW)


async def test_approved_work_is_not_rejected(community: Community) -> None:
    made = await add_approved(community)

    with pytest.raises(NotAllowedError, match="approved already"):
        await contributions.reject(community, 1, number(community, "dan"), "no", NOW)

    (listed,) = await contributions.list_all(community)
    assert (listed.work.status, listed.reason) == (made.status, "")


async def test_work_is_withdrawn_by_any_account_of_who_entered_it(community: Community) -> None:
    await add(community)
    await link(community, "ada", "eve")

    made = await contributions.withdraw(community, 1, number(community, "eve"), NOW)

    assert made.status is EntryStatus.WITHDRAWN


async def test_of_several_who_decide_at_once_one_does(community: Community) -> None:
    await add(community)
    cyd, dan = number(community, "cyd"), number(community, "dan")

    outcomes = await asyncio.gather(
        contributions.approve(community, 1, cyd, NOW),
        contributions.approve(community, 1, dan, NOW),
        contributions.reject(community, 1, dan, "no", NOW),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, NotAllowedError) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, Entry) for outcome in outcomes) == 1


async def test_a_few_people_are_thanked_at_once_and_shares_go_to_a_few_more(
    community: Community,
) -> None:
    crowd = [f"guest{n}" for n in range(26)]
    await community.log.append(
        Batch(accounts=tuple(Account("discord", name, "user", name) for name in crowd))
    )
    await community.directory.refresh()

    with pytest.raises(NotAllowedError, match="at most 10 people at once; these are 11"):
        await thank(community, "ada", *crowd[:11])
    assert len((await thank(community, "ada", *crowd[:10])).receivers) == 10
    shares = {number(community, name): 1 for name in crowd}
    with pytest.raises(NotAllowedError, match="At most 25 people"):
        await add(community, shares=shares)
    del shares[number(community, "guest25")]
    assert len((await add(community, shares=shares)).shares) == 25


async def test_withdrawing_approved_work_restores_the_numbers_bit_for_bit(
    community: Community,
) -> None:
    await thank(community, "ada", "bob")
    await community.scoring.recompute(NOW)
    before = community.scoring.scores
    await add_approved(community, at_ms=NOW - 30 * DAY_MS)
    await community.scoring.recompute(NOW)
    between = community.scoring.scores

    withdrawn = await contributions.withdraw(community, 1, number(community, "ada"), NOW)

    await community.scoring.recompute(NOW)
    after = community.scoring.scores
    assert before is not None
    assert between is not None
    assert after is not None
    assert withdrawn.status is EntryStatus.WITHDRAWN
    assert len(between.starts_ms) > len(before.starts_ms)
    assert after.starts_ms.tobytes() == before.starts_ms.tobytes()
    assert after.participants == before.participants
    assert after.cred.tobytes() == before.cred.tobytes()


async def test_only_its_author_withdraws_work_and_only_once(community: Community) -> None:
    await add(community)

    with pytest.raises(NotAllowedError, match="Only whoever entered it"):
        await contributions.withdraw(community, 1, number(community, "bob"), NOW)
    with pytest.raises(NotAllowedError, match="withdraw it instead"):
        await contributions.reject(community, 1, number(community, "ada"), "no", NOW)
    await contributions.withdraw(community, 1, number(community, "ada"), NOW)
    with pytest.raises(NotAllowedError, match="withdrawn already"):
        await contributions.withdraw(community, 1, number(community, "ada"), NOW)


async def test_the_reason_of_a_rejection_is_erased_with_whoever_gave_it(
    community: Community,
) -> None:
    await add(community)
    await contributions.reject(community, 1, number(community, "cyd"), "not done", NOW)
    await erase_accounts(community.database, [number(community, "cyd")], NOW)

    (listed,) = await contributions.list_all(community)

    assert (listed.work.title, listed.work.status) == ("Fixed it", EntryStatus.REJECTED)
    assert listed.reason == ""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"title": "  "}, "a title"),
        ({"title": "“ ”"}, "a title"),
        ({"link": "https://"}, "begins with https"),
        ({"link": "https:///x"}, "begins with https"),
        ({"shares": {}}, "who did it"),
        ({"kind": "magic"}, "no kind of work “magic”; this community has code, design"),
        ({"link": "ftp://x"}, "begins with https"),
        ({"link": "https://a.example/x y"}, "no blanks"),
        ({"link": "https://" + "x" * 400}, "at most 400"),
        ({"at_ms": NOW + 1}, "yet to come"),
        ({"at_ms": NOW - 400 * DAY_MS}, "before the day"),
    ],
)
async def test_work_that_lacks_something_is_refused_in_a_sentence(
    community: Community, more: dict[str, Any], words: str
) -> None:
    await community.settings.set(
        {"history.start": "2025-06-01"}, author="", reason="", now_ms=NOW
    )

    with pytest.raises(NotAllowedError, match=words):
        await add(community, **more)

    assert await entries_of(community, EntryType.CONTRIBUTION) == ()


async def test_neither_work_nor_initiatives_are_dated_where_they_would_cost_many_weeks(
    community: Community,
) -> None:
    with pytest.raises(NotAllowedError, match="more than 5 years ago"):
        await add(community, at_ms=NOW - 6 * 366 * DAY_MS)
    with pytest.raises(NotAllowedError, match="more than 5 years ago"):
        await initiatives.open_initiative(community, number(community, "ada"), "Old", 0, NOW)
    with pytest.raises(NotAllowedError, match="yet to come"):
        await initiatives.open_initiative(
            community, number(community, "ada"), "New", NOW + 1, NOW
        )

    assert (await add(community, at_ms=NOW - 4 * 366 * DAY_MS)).id == "contribution:1"


@pytest.mark.parametrize("share", [0, -1, 10**6 + 1])
async def test_a_share_is_a_whole_number_from_one_up(community: Community, share: int) -> None:
    with pytest.raises(NotAllowedError, match="A share"):
        await add(community, shares={number(community, "bob"): share})


async def test_shares_of_one_person_s_accounts_are_added_up(community: Community) -> None:
    await link(community, "bob", "eve")

    made = await add(
        community, shares={number(community, "bob"): 2, number(community, "eve"): 1}
    )

    assert made.shares == {number(community, "bob"): 3}


async def test_the_same_work_is_entered_once_unless_the_first_was_withdrawn(
    community: Community,
) -> None:
    await add(community)
    with pytest.raises(NotAllowedError, match="contribution 1 already"):
        await add(community, author="eve", title="fixed IT")
    await contributions.withdraw(community, 1, number(community, "ada"), NOW)

    assert (await add(community)).id == "contribution:2"


async def test_the_community_s_list_has_the_kinds(community: Community) -> None:
    await community.settings.set(
        {"contributions.kinds": "garden, kitchen"}, author="", reason="", now_ms=NOW
    )

    with pytest.raises(NotAllowedError, match="this community has garden, kitchen"):
        await add(community)
    assert (await add(community, kind="Kitchen")).details.kind == "kitchen"
