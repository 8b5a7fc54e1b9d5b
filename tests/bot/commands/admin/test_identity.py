"""`admin identity …`: merges by maintainers, and what they see of cred."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Mention
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.community.identities.transactions import ActingAccount
from tests.bot.commands.garden import ADA, GRACE, LINUS, NOW_MS
from tests.bot.commands.me.requests import ask, facts, link, shown_cred
from tests.bot.forum import ADA_L, GRACE_F, both_places
from tests.storage.builders import set_opted_out


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


async def propose(community: Community) -> Reply:
    return await ask(
        community,
        "admin identity propose",
        actor=GRACE,
        is_admin=True,
        one=Mention("discord", ADA),
        other="forum:ada_l",
        reason="she said so before she left",
    )


async def test_a_merge_is_proposed_listed_approved_and_undone(community: Community) -> None:
    alone = await shown_cred(community, actor=LINUS, person="forum:ada_l")
    proposed = await propose(community)
    assert proposed.title == "Merge 1 is proposed"
    assert "!admin identity approve 1" in proposed.text

    listed = await ask(community, "admin identity list", is_admin=True)
    assert listed.text == "1 merge to be approved, of 1 in all."
    assert "she said so before she left (proposed by Grace" in str(listed.tables[0].rows)

    own = await ask(community, "admin identity approve", actor=GRACE, is_admin=True, number=1)
    assert "second person" in own.text
    done = await ask(community, "admin identity approve", actor=LINUS, is_admin=True, number=1)
    assert done.title == "Merge 1 is done"
    assert "not quite the sum of the two" in done.text
    assert set(facts(done)) == {"Ada (discord)", "ada_l (forum)", "Together now"}
    mine = (await ask(community, "me accounts")).tables[0].rows
    assert mine[1] == ("forum", "ada_l", "maintainers (merge 1)")

    undone = await ask(
        community, "admin identity unmerge", actor=GRACE, is_admin=True, account="forum:ada_l"
    )
    assert undone.title == "Un-merged"
    assert await shown_cred(community, actor=LINUS, person="forum:ada_l") == alone


async def test_a_merge_is_rejected(community: Community) -> None:
    await propose(community)

    reply = await ask(community, "admin identity reject", actor=LINUS, is_admin=True, number=1)

    assert reply.text == "Ada (discord) and ada_l (forum) stay two people."


async def test_a_merge_with_somebody_who_opted_out_can_be_undone_without_naming_them(
    community: Community,
) -> None:
    await propose(community)
    await ask(community, "admin identity approve", actor=LINUS, is_admin=True, number=1)
    ada_l = community.directory.account_number("forum", ADA_L)
    assert ada_l is not None
    await set_opted_out(community.database, ada_l, NOW_MS)

    reply = await ask(
        community,
        "admin identity unmerge",
        actor=LINUS,
        is_admin=True,
        account=Mention("discord", ADA),
    )

    assert reply.title == "Un-merged"
    assert "somebody who opted out" in reply.text
    assert "ada_l" not in str(reply)
    assert (await shown_cred(community)).startswith("Ada: ")


@pytest.mark.parametrize(
    "line",
    [
        command.line
        for command in build_registry().commands
        if command.group == "admin identity"
    ],
)
async def test_merging_is_for_maintainers(community: Community, line: str) -> None:
    assert (await ask(community, line)).title == "For server admins"


@pytest.mark.parametrize("line", ["propose", "approve", "reject", "unmerge"])
async def test_what_is_missing_is_asked_for(community: Community, line: str) -> None:
    reply = await ask(community, f"admin identity {line}", is_admin=True)

    assert reply.title.startswith("Which")


async def test_health_counts_linked_people_and_merges_that_wait(community: Community) -> None:
    before = facts(await ask(community, "admin health", is_admin=True))
    await link(community)
    graces = community.directory.account_number("discord", GRACE)
    theirs = community.directory.account_number("forum", GRACE_F)
    assert graces is not None
    assert theirs is not None
    await community.identities.merges.propose(
        graces, theirs, ActingAccount("discord", LINUS, "Linus"), "so", NOW_MS
    )

    after = facts(await ask(community, "admin health", is_admin=True))

    assert "Linked" not in before
    assert after["Linked"] == "2 accounts of 1 person"
    assert after["Merges to approve"] == "1 (admin identity list)"
