"""`me visibility`: whether one is named in the weekly digest."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.community.communities import Community
from storage.digest_mutes import DigestMutes
from tests.bot.commands.garden import ADA, GRACE
from tests.bot.commands.me.requests import ask, facts, link
from tests.bot.community.identities.linking import number
from tests.bot.forum import ADA_L, both_places


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


async def test_one_is_named_until_one_says_no_and_again_after_yes(community: Community) -> None:
    async def state(digest: str = "") -> str:
        given = {"digest": digest} if digest else {}
        reply = await ask(community, "me visibility", **given)  # type: ignore[arg-type]
        return facts(reply)["Weekly digest"]

    states = [
        await state(),
        await state("off"),
        await state(),
        await state("On"),
        await state(),
    ]

    may, never = "you may be named", "you are never named"
    assert states == [may, never, never, may, may]


async def test_it_concerns_all_accounts_of_the_person_and_nobody_else(
    community: Community,
) -> None:
    await link(community)

    await ask(community, "me visibility", source="forum", actor=ADA_L, digest="off")

    told = [
        facts(await ask(community, "me visibility", actor=who))["Weekly digest"]
        for who in (ADA, GRACE)
    ]
    assert told == ["you are never named", "you may be named"]
    assert await DigestMutes(community.database).accounts() == {
        number(community, "discord", ADA),
        number(community, "forum", ADA_L),
    }


async def test_only_on_and_off_are_understood_and_only_in_private(community: Community) -> None:
    odd = await ask(community, "me visibility", digest="perhaps")
    public = await ask(community, "me visibility", is_private=False, digest="off")

    assert odd.is_error
    assert "“on” or “off”, not “perhaps”" in odd.text
    assert public.title == "Not in public"
    assert await DigestMutes(community.database).accounts() == frozenset()


async def test_it_is_in_ones_data_and_gone_with_an_erasure(community: Community) -> None:
    await ask(community, "me visibility", digest="off")

    told = await ask(community, "me data")
    assert told.attachment is not None
    await ask(community, "me erase")
    await ask(community, "me erase", step="confirm")

    assert '"digest mutes": [' in told.attachment.content
    assert await DigestMutes(community.database).accounts() == frozenset()
