"""Commands across people and platforms, asked on a forum."""

import re

import pytest

from bot.chat.discourse.forum import SOURCE
from bot.chat.line.parse import Invocation, parse
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.services.entries.entries import read_entries
from bot.services.entries.entry_types import EntryType
from storage.log.batch import Account, Batch
from tests.bot.chat.discourse.scene import Scene
from tests.bot.commands.garden import ADA, NOW_MS


async def on_discord(scene: Scene, line: str) -> Reply:
    """Ask privately on Discord, as Ada."""
    called = parse(line, scene.registry, "discord")
    assert isinstance(called, Invocation)
    return await dispatch(
        called.command,
        Request(
            community=scene.community,
            source="discord",
            actor=ADA,
            actor_name="Ada",
            is_admin=False,
            arguments=called.arguments,
            now_ms=NOW_MS,
            sees=lambda *_: True,
            is_private=True,
        ),
    )


def code_in(text: str) -> str:
    (code, *_) = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", text)
    return str(code)


def is_one_person(scene: Scene) -> bool:
    names, identities = scene.community.directory, scene.community.identities
    first = names.account_number("discord", ADA)
    other = names.account_number("discourse", str(scene.ada.id))
    assert first is not None
    assert other is not None
    return identities.person(first) == identities.person(other)


async def test_a_code_of_discord_is_confirmed_by_private_message(scene: Scene) -> None:
    code = code_in((await on_discord(scene, "me link discourse adele")).title)

    async with scene.running():
        (reply,) = await scene.asks(
            scene.ada, f"me confirm {code}", topic=scene.writes(scene.ada, "hello")
        )

    assert "**Linked**" in reply.raw
    assert is_one_person(scene)


async def test_a_code_of_the_forum_comes_privately_and_is_confirmed_on_discord(
    scene: Scene,
) -> None:
    async with scene.running():
        (shown,) = await scene.asks(scene.ada, "@credbot me link discord")
    confirmed = await on_discord(scene, f"me confirm {code_in(shown.raw)}")

    assert scene.readers(shown) == {scene.ada.id, scene.bot.id}
    assert confirmed.title == "Linked"
    assert is_one_person(scene)


async def test_a_code_that_others_could_read_links_nobody(scene: Scene) -> None:
    code = code_in((await on_discord(scene, "me link discourse adele")).title)

    async with scene.running():
        (shown,) = await scene.asks(scene.ada, f"@credbot me link {code}")
        (late,) = await scene.asks(
            scene.ada, f"me confirm {code}", topic=scene.writes(scene.ada, "hello")
        )

    assert scene.is_private(shown)
    assert "Linked" not in late.raw
    assert not is_one_person(scene)


async def test_thanks_are_given_to_whom_a_post_mentions_and_ping_nobody(scene: Scene) -> None:
    async with scene.running():
        (reply,) = await scene.asks(
            scene.ada, "@credbot thanks @greta for helping @Adele with the @gate"
        )

    assert reply.raw.replace(" (discourse)", "").startswith("**adele thanks greta**")
    assert "For helping @\u2060Adele with the @\u2060gate" in reply.raw
    assert not re.search(r"@\w", re.sub(r"`[^`]*`", "", reply.raw))


@pytest.mark.parametrize(
    ("people", "names"),
    [
        ("@greta Castellan, chidi_v and @wilma", ["greta", "chidi_v", "wilma"]),
        ("@greta, Chidi Varga and @wilma", ["greta", "chidi_v", "wilma"]),
        ("@greta and “Chidi Varga”", ["greta", "chidi_v"]),
        ("@greta Nobody, Chidi Varga", []),
        ("@greta varga", []),
        ("@greta, Chidi Vagra", []),
        ("@greta, and everybody", []),
    ],
)
async def test_on_a_forum_people_are_thanked_by_their_full_names_too(
    scene: Scene, people: str, names: list[str]
) -> None:
    greta = Account(SOURCE, str(scene.grace.id), other_names=("Greta Castellan",))
    chidi = Account(SOURCE, "72", name="chidi_v", other_names=("Chidi Varga",))
    wilma = Account(SOURCE, "73", name="wilma")
    other = Account(SOURCE, "74", name="gv", other_names=("Greta Varga",))
    await scene.community.log.append(Batch(accounts=(greta, chidi, wilma, other)))

    async with scene.running():
        (reply,) = await scene.asks(scene.ada, f"@credbot thanks {people} for the tour")

    entries = await read_entries(scene.community)
    directory = scene.community.directory
    assert [
        directory.account_name(account)
        for entry in entries.of_type(EntryType.THANKS)
        for account in entry.shares
    ] == names, reply.raw
    assert scene.is_private(reply) == (not names)


async def test_thanks_for_the_post_that_one_replies_to_go_to_its_author(scene: Scene) -> None:
    first = scene.server.forum.posts[scene.topic.posts[0]]

    async with scene.running():
        (reply,) = await scene.asks(scene.grace, "@credbot thanks", reply_to=first)

    assert "greta thanks adele" in reply.raw.replace(" (discourse)", "")


async def test_a_line_full_of_names_does_not_use_up_what_may_be_asked_of_the_forum(
    scene: Scene,
) -> None:
    crowd = " ".join(["@adele"] * 20 + [f"@nobody{number}" for number in range(30)])

    async with scene.running():
        await scene.asks(scene.ada, f"@credbot thanks {crowd} for all")

    assert len(scene.server.requests_for("/u/*.json")) <= 1 + 10
