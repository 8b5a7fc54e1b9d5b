"""`settings show`, `settings set`, `admin roles` and `admin announce`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from storage.announcements import Announcements
from tests.bot.commands.garden import GENERAL, NOW_MS, communities, garden, run

KEEPER = "900000000000901"


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def ask(community: Community, line: str, **arguments: object) -> Reply:
    return await run(community, line, is_admin=True, **arguments)


async def test_a_setting_is_set_with_a_reason_and_shown_with_its_meaning(
    community: Community,
) -> None:
    done = await ask(
        community, "settings set", setting="votes.veto-hours", value="48 because we want time"
    )
    shown = await ask(community, "settings show", which="votes.veto-hours")

    assert done.title == "Kept as version 1"
    assert ("Now", "48") in [(fact.name, fact.value) for fact in shown.facts]
    (version,) = await community.settings.history()
    assert version.reason == "we want time"
    assert version.author.startswith("account:")


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("votes.veto-hours", "soon", "must be a whole number from 0 to 720"),
        ("votes.vetohours", "1", 'did you mean "votes.veto-hours"'),
        ("weights.emoji.👍", "2", "weights propose"),
        ("scoring.accrual", "0.1", "weights propose"),
        ("votes.veto-hours", "", "Say which setting"),
    ],
)
async def test_what_cannot_be_set_is_told_in_a_sentence_and_changes_nothing(
    community: Community, setting: str, value: str, words: str
) -> None:
    reply = await ask(community, "settings set", setting=setting, value=value)

    assert reply.is_error
    assert words in reply.text
    assert await community.settings.history() == []


async def test_what_somebody_set_is_listed_first_and_no_weight_at_all(
    community: Community,
) -> None:
    await ask(community, "settings set", setting="votes.recusal", value="yes")

    reply = await ask(community, "settings show")

    rows = reply.tables[0].rows
    assert rows[0] == ("votes.recusal", "yes", "set")
    assert not any(str(row[0]).startswith(("weights.", "scoring.")) for row in rows)


async def test_roles_are_named_set_and_taken_back(community: Community) -> None:
    community.settings.platform_names = lambda: {"role": {KEEPER: "Keepers"}}

    before = await ask(community, "admin roles")
    named = await ask(community, "admin roles", which="maintainers", roles="@Keepers")
    unknown = await ask(community, "admin roles", which="maintainers", roles="Keppers")
    after = await ask(community, "admin roles", which="maintainers", roles="off")

    facts = [
        {fact.name: fact.value for fact in reply.facts} for reply in (before, named, after)
    ]
    assert [each["Maintainers"] for each in facts] == [
        "server admins alone",
        "role Keepers",
        "server admins alone",
    ]
    assert unknown.is_error
    assert "Keepers" in unknown.text


async def test_a_channel_for_announcements_is_named_checked_and_given_up(
    community: Community,
) -> None:
    before = await ask(community, "admin announce")
    named = await ask(community, "admin announce", place="#general")
    await Announcements(community.database).add(
        "proposal", "proposal:1", "discord", GENERAL, NOW_MS
    )
    waiting = await ask(community, "admin announce")
    await ask(community, "admin announce", place="off")

    assert "Nothing is announced" in before.text
    assert named.facts[0].value.startswith("general")
    assert "nothing is connected here" in named.facts[0].value
    assert waiting.tables[0].rows[0][0] == "proposal 1"
    assert community.settings.get("discord.announcements-channel") == []
