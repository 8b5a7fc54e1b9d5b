"""Whom a typed name means: the longest that is known; if others may be meant, it is asked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.community.communities import Community
from bot.services.entries.entries import read_entries
from bot.services.entries.entry_types import EntryType
from storage.log.batch import Account, Batch
from storage.people.erasure import erase_accounts
from tests.bot.commands.entries.lines import say
from tests.bot.commands.garden import BEE, LINUS, NOW_MS, communities, garden
from tests.storage.builders import set_opted_out

NAMES = {
    "71": "Bruno Castellan",
    "72": "Chidi Varga",
    "73": "Hana Oyelaran",
    "74": "Smith, John",
    "75": "Jess \N{HERB} O\N{RIGHT SINGLE QUOTATION MARK}Hara",
    "76": "山田 太郎",
    "77": "Bob “the builder” Brown",
    "78": "Salt and Pepper",
    "79": "April May",
    "80": "محمد علي",
}
ELSEWHERE = {"1": "Bruno", "2": "chidi"}
THREE = "Bruno Castellan, Chidi Varga and Hana Oyelaran"


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await call(
            await garden(opened),
            *(Account("discord", id_, "user", name) for id_, name in NAMES.items()),
            *(Account("discourse", id_, "user", name) for id_, name in ELSEWHERE.items()),
        )


async def call(community: Community, *accounts: Account) -> Community:
    """Have people be called something."""
    await community.log.append(Batch(accounts=accounts))
    await community.directory.refresh()
    return community


async def list_thanked(community: Community) -> list[str]:
    """Return who was thanked."""
    directory = community.directory
    return [
        directory.account_name(account)
        for entry in (await read_entries(community)).of_type(EntryType.THANKS)
        for account in entry.shares
    ]


@pytest.mark.parametrize(
    "people",
    [
        f"@{THREE}",
        THREE,
        f"@{THREE.replace(', ', ' and ')}",
        f"@{THREE.replace(', ', ' & ')}",
        f"@{THREE.upper()}",
        "@Bruno Castellan @Chidi Varga @Hana Oyelaran",
        "@Bruno Castellan, @Chidi Varga, @Hana Oyelaran,",
        "@Bruno Castellan, Chidi Varga, and Hana Oyelaran",
        "<@71>, Chidi Varga and @“Hana Oyelaran”",
        "<@71> and <@72>, Hana Oyelaran",
        "@“Bruno Castellan”, “Chidi Varga” and “Hana Oyelaran”",
        "@Bruno\N{NO-BREAK SPACE}Castellan, Chidi  Varga and Hana\N{ZERO WIDTH SPACE} Oyelaran",
        f"@{THREE} + Bruno Castellan",
    ],
)
async def test_each_name_of_a_list_is_as_long_as_the_longest_that_is_known(
    community: Community, people: str
) -> None:
    reply = await say(community, f"thanks {people} for the harvest, and for lunch")

    assert await list_thanked(community) == ["Bruno Castellan", "Chidi Varga", "Hana Oyelaran"]
    assert reply.text == "For the harvest, and for lunch"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("@Smith, John", "Smith, John"),
        ("@Jess \N{HERB}\N{VARIATION SELECTOR-16} O'Hara", NAMES["75"]),
        ("@山田 太郎", "山田 太郎"),
        ("@“山田 太郎”", "山田 太郎"),
        ("@bob the builder brown", NAMES["77"]),
        ("@Bob “the builder” Brown", NAMES["77"]),
        ("@Salt and Pepper", "Salt and Pepper"),
        ("@April May", "April May"),
        ("@محمد علي", "محمد علي"),
        ("@\uff22runo  CASTELLAN", "Bruno Castellan"),
        ("@Hana Oye", "Hana Oyelaran"),
        ("@hana", "Hana Oyelaran"),
        ("@discourse:Bruno", "Bruno"),
        ("@discourse:bruno,", "Bruno"),
        ("@72", "Chidi Varga"),
    ],
)
async def test_a_name_is_read_whatever_it_is_made_of(
    community: Community, typed: str, name: str
) -> None:
    reply = await say(community, f"thanks {typed} for the harvest")

    assert await list_thanked(community) == [name], reply
    assert reply.text == "For the harvest"


@pytest.mark.parametrize(
    "line",
    [
        "@Bruno Castelan for the harvest",
        "@Bruno C for the harvest",
        "@Bruno Cast for the harvest",
        "@Bruno Castellani, Chidi Varga and Hana Oyelaran for the harvest",
        "@Bruno Nobody for the harvest",
        "@Bruno van der Nobody because of the harvest",
        "@Bruno Nobody, Chidi Varga for the harvest",
        "@Bruno Castellan, Chidi Vagra and Hana Oyelaran for the harvest",
        "@Bruno Castellan and everybody for the harvest",
        "@Bruno Castellan and the harvest",
        "@Bruno Castellan, what a harvest",
        "@Bruno Castellan, chidi varga are great",
        "<@71> Nobody for the harvest",
        "@Bruno castellan's great harvest",
        "Bruno Castelan for the harvest",
        "ada grace for the harvest",
        "bruno castelllan, chidi for the harvest",
        "@ada nobody, chidi varga for the harvest",
        "@grace @linus ada for the harvest",
        "Bruno Castellan, Chidi Vagra for the harvest",
    ],
)
async def test_what_goes_on_like_a_name_is_asked_about(community: Community, line: str) -> None:
    reply = await say(community, f"thanks {line}")

    assert reply.is_error
    assert reply.title in {"Which people?", "Who is that?"}, reply
    assert await list_thanked(community) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("@Bruno Castellan so much for the harvest", "so much for the harvest"),
        ("@Bruno Castellan: what a harvest", "what a harvest"),
        ("<@71> what a harvest", "what a harvest"),
        ("so much to Bruno Castellan! for the harvest", "the harvest"),
        ("to @Bruno Castellan! For the harvest", "the harvest"),
        ("<@71>, for the harvest", "the harvest"),
        ("<@71> it was great, we ate for days", "it was great, we ate for days"),
        ("@Bruno Castellan because the harvest was good", "the harvest was good"),
        ("@Bruno Castellan what a harvest, and lunch", "what a harvest, and lunch"),
    ],
)
async def test_what_does_not_go_on_like_a_name_is_what_one_thanks_for(
    community: Community, line: str, reason: str
) -> None:
    reply = await say(community, f"thanks {line}")

    assert await list_thanked(community) == ["Bruno Castellan"]
    assert reply.text == f"For {reason}"


@pytest.mark.parametrize("name", ["Hana Oyelaran for the", "Hana Oyelaran and Chidi Varga"])
async def test_nobody_is_thanked_in_place_of_somebody_by_a_name_that_goes_on(
    community: Community, name: str
) -> None:
    await call(community, Account("discord", "99", "user", name))

    reply = await say(community, f"thanks @{name} harvest for all")

    assert reply.title == "Which people?"
    assert f"Hana Oyelaran (73), {name} (99)" in reply.text
    assert await list_thanked(community) == []


async def test_a_nickname_that_is_somebodys_user_name_is_asked_about(
    community: Community,
) -> None:
    await call(
        community,
        Account("discord", "73", "user", "Hana Oyelaran", other_names=("hana_o",)),
        Account("discord", "99", "user", "hana_o", other_names=("mallory",)),
    )

    reply = await say(community, "thanks @hana_o for the harvest")

    assert "Hana Oyelaran (73)" in reply.text
    assert "hana_o (99)" in reply.text
    assert await list_thanked(community) == []


async def test_people_are_thanked_by_their_user_names(community: Community) -> None:
    others = ("Hana", "hana.the.third")
    await call(community, Account("discord", "73", other_names=others))

    await say(community, "thanks @hana.the.third, for the harvest")

    assert await list_thanked(community) == ["Hana Oyelaran"]


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("Brnuo", "Bruno Castellan (71)"),
        ("Bruno Castelan", "Bruno Castellan (71)"),
        ("Hanna", "Hana Oyelaran (73)"),
        ("Oyelaren", "Hana Oyelaran (73)"),
        ("山田 次郎", "山田 太郎 (76)"),
        ("salt an pepper", "Salt and Pepper (78)"),
    ],
)
@pytest.mark.parametrize("line", ["cred @{}", "thanks @“{}” for x", "contrib add Gate @“{}”"])
async def test_a_misspelt_name_is_answered_with_the_one_that_is_meant(
    community: Community, typed: str, suggestion: str, line: str
) -> None:
    reply = await say(community, line.format(typed))

    assert f"“{typed}” here. Did you mean " in reply.text
    assert suggestion in reply.text
    assert reply.private


@pytest.mark.parametrize("typed", ['"Hanna Oyelarn"', "Hanna Oyelarn"])
async def test_who_did_work_is_asked_with_the_name_that_is_meant(
    community: Community, typed: str
) -> None:
    misspelt = await say(community, f"contrib add Docs {typed} 2")
    plain = await say(community, "contrib add Fixed the door handle")

    assert misspelt.text.startswith("Is “Hanna Oyelarn” Hana Oyelaran")
    assert plain.text.startswith("Say who did it")


async def test_names_are_suggested_of_nobody_who_is_hidden_and_of_no_bot(
    community: Community,
) -> None:
    number = community.directory.account_number("discord", "73")
    assert number is not None
    await set_opted_out(community.database, number, NOW_MS)
    await call(community, Account("discord", BEE, "bot", "Beehive"))

    replies = [await say(community, f"cred @{name}") for name in ("Hanna", "Beehvie", "xyzzy")]
    own = await say(community, "cred Hanna", actor="73")

    assert [reply.text for reply in replies] == [
        f"I know nobody called “{name}” here. Mention them (@…), or type how their name begins."
        for name in ("Hanna", "Beehvie", "xyzzy")
    ]
    assert "Did you mean Hana Oyelaran (73)?" in own.text


async def test_somebody_who_opted_out_does_not_make_names_longer(community: Community) -> None:
    number = community.directory.account_number("discord", "71")
    assert number is not None
    await set_opted_out(community.database, number, NOW_MS)

    gone = await say(community, "thanks @Bruno Castellan for the harvest")
    never = await say(community, "thanks @Bruno Castellum for the harvest")

    assert gone.text.replace("Castellan", "Castellum") == never.text
    assert await list_thanked(community) == []


@pytest.mark.parametrize(
    "line",
    [
        "contrib add Dug the bed @Bruno Castellan 2, @Chidi Varga 1",
        "contrib add @Bruno Castellan 2 and Chidi Varga Dug the bed",
        "contrib add @Bruno Castellan 2 @Chidi Varga “Dug the bed”",
        "contrib add “Dug the bed” @Bruno Castellan 2 and Chidi Varga on 2026-10-03 kind code",
    ],
)
async def test_work_is_credited_to_names_of_several_words(
    community: Community, line: str
) -> None:
    reply = await say(community, line)

    assert reply.title == "Contribution 1: Dug the bed"
    assert reply.facts[0].value == "Bruno Castellan 2, Chidi Varga 1"


async def test_a_name_that_is_a_period_is_a_name(community: Community) -> None:
    reply = await say(community, "cred @April May last week")

    assert reply.text.startswith("April May has no cred")


async def test_an_initiative_is_championed_by_names_of_several_words(
    community: Community,
) -> None:
    await say(community, "initiative open Soup week", actor=LINUS)

    reply = await say(community, "initiative champion 1 @Bruno Castellan and Hana Oyelaran")

    assert reply.text == "Bruno Castellan and Hana Oyelaran will see it through."


async def test_somebody_named_twice_is_thanked_once(community: Community) -> None:
    reply = await say(community, "thanks <@71>, Bruno Castellan and @71 for the harvest")

    assert reply.title == "Ada thanks Bruno Castellan"


async def test_whoever_is_among_those_they_thank_thanks_nobody(community: Community) -> None:
    reply = await say(community, "thanks @Bruno Castellan, Ada and Chidi Varga for lunch")

    assert reply.text == "You can't thank yourself."
    assert await list_thanked(community) == []


async def test_nobody_of_a_list_is_thanked_if_somebody_in_it_cannot_be(
    community: Community,
) -> None:
    gone, quiet = (community.directory.account_number("discord", id_) for id_ in ("72", "73"))
    assert gone is not None
    assert quiet is not None
    await erase_accounts(community.database, [gone], NOW_MS)
    await set_opted_out(community.database, quiet, NOW_MS)

    for other in ("<@72>", "Chidi Varga", "<@73>", "Hana Oyelaran", f"<@{BEE}>", "Bee", "Ada"):
        reply = await say(community, f"thanks <@71> and {other} for the harvest")

        assert reply.is_error, other
    assert await list_thanked(community) == []
