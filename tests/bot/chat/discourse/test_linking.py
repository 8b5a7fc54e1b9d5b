"""People link their accounts on Discord and the forum, starting from either."""

import re

from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Argument
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from tests.bot.chat.discourse.scene import Scene
from tests.bot.commands.garden import GRACE, NOW_MS


async def on_discord(scene: Scene, line: str, **arguments: Argument) -> Reply:
    """Ask as the garden's Grace, where only she sees the answer."""
    command = build_registry().find(line)
    assert command is not None
    return await dispatch(
        command,
        Request(
            community=scene.community,
            source="discord",
            actor=GRACE,
            actor_name="Grace",
            is_admin=False,
            arguments=arguments,
            now_ms=NOW_MS,
            sees=lambda *_: True,
            is_private=True,
        ),
    )


def are_one(scene: Scene) -> bool:
    names, person = scene.community.directory, scene.community.identities.person
    there = names.account_number("discourse", str(scene.grace.id))
    here = names.account_number("discord", GRACE)
    assert there is not None
    assert here is not None
    return person(there) == person(here)


async def test_a_code_from_discord_posted_on_the_forum_links_both(scene: Scene) -> None:
    code = (await on_discord(scene, "me link", platform="discourse")).title.split()[-1]

    async with scene.running():
        replies = await scene.asks(scene.grace, f"@credbot me confirm {code}")

    assert are_one(scene)
    (reply,) = [post for post in replies if scene.is_private(post)]
    assert scene.grace.id in scene.readers(reply)
    assert "Linked" in reply.raw
    assert "Linked" not in "".join(post.raw for post in replies if post is not reply)


async def test_a_code_from_the_forum_given_on_discord_links_both(scene: Scene) -> None:
    message = scene.writes(scene.grace, "me link discord")

    async with scene.running():
        await scene.notify(scene.server.forum.posts[message.posts[0]])
    (answer,) = scene.answers()
    code = re.search(r"Your code: ([\w-]+)", answer.raw.replace("\\", "").replace("\u2060", ""))
    assert code is not None
    reply = await on_discord(scene, "me confirm", code=code[1])

    assert scene.is_private(answer)
    assert reply.title == "Linked"
    assert are_one(scene)


async def test_a_code_that_a_whole_topic_read_is_void_unless_it_was_given(
    scene: Scene,
) -> None:
    code = (await on_discord(scene, "me link", platform="discourse")).title.split()[-1]

    async with scene.running():
        await scene.asks(scene.grace, f"@credbot me link {code}")
        replies = await scene.asks(scene.ada, f"@credbot me confirm {code}")

    assert not are_one(scene)
    assert "none for this account" in replies[-1].raw
