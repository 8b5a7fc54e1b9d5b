"""`me accounts` and `me unlink`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.kit.arguments import Mention
from bot.community.communities import Community
from storage.log.batch import Account, Batch
from tests.bot.commands.garden import ADA, GRACE, NOW_MS
from tests.bot.commands.me.requests import ask, facts, link, shown_cred
from tests.bot.forum import ADA_L, both_places
from tests.storage.builders import set_opted_out


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


async def test_ones_accounts_are_listed_with_how_they_were_linked(
    community: Community,
) -> None:
    await link(community)

    reply = await ask(community, "me accounts")

    assert reply.tables[0].rows == (
        ("discord", "Ada", "a code"),
        ("forum", "ada_l", "a code"),
    )
    assert reply.private


@pytest.mark.parametrize(
    "which", ["forum", "ada_l", "FORUM:Ada_L", f"forum:{ADA_L}", "@ada l.", "forum:Ada L."]
)
async def test_an_account_is_taken_out_by_platform_name_or_id(
    community: Community, which: str
) -> None:
    other = Account("forum", ADA_L, other_names=("Ada L.",))
    await community.log.append(Batch(accounts=(other,)))
    alone = await shown_cred(community)
    await link(community)

    reply = await ask(community, "me unlink", account=which)

    assert reply.title == "Un-linked"
    assert "ada_l (forum) is a person of its own again" in reply.text
    assert set(facts(reply)) == {"Together before", "Ada (discord)", "ada_l (forum)"}
    assert await shown_cred(community) == alone
    assert len((await ask(community, "me accounts")).tables[0].rows) == 1


async def test_which_account_to_take_out_must_be_said(community: Community) -> None:
    assert (await ask(community, "me unlink")).title == "Nothing to undo"
    await link(community)

    reply = await ask(community, "me unlink")

    assert reply.title == "Which account?"
    assert f"me unlink forum:{ADA_L}" in reply.text


async def test_who_opted_out_by_one_account_is_told_that_all_are(community: Community) -> None:
    await link(community)
    number = community.directory.account_number("forum", ADA_L)
    assert number is not None
    await set_opted_out(community.database, number, NOW_MS)

    mine = await ask(community, "me accounts")
    asked = await ask(community, "cred show", actor=GRACE, person=Mention("discord", ADA))
    explained = await ask(community, "cred explain", actor=GRACE)

    assert "You opted out, with every account that is linked" in mine.text
    assert mine.facts == ()
    assert asked.title == "Opted out"
    assert "reactions of Ada" not in str(explained.tables)
    assert "somebody who opted out" in str(explained.tables)


async def test_who_was_never_heard_of_can_link_and_list(community: Community) -> None:
    assert (await ask(community, "me accounts", actor="4711")).title == "No account yet"

    reply = await ask(community, "me link", actor="4711", platform="forum")

    assert reply.title.startswith("Your code: ")
    assert (await ask(community, "me accounts", actor="4711")).title == "Your account"
