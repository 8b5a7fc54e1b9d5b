"""The weekly digest, by the real discord.py client against the in-process Discord."""

import pytest

from bot.services.digest import set_muted
from storage.log.batch import Account, Batch
from tests.bot.app.test_announcing import announcer_of, texts_in
from tests.bot.app.test_announcing import scene as announcing_scene
from tests.bot.chat.discord.scene import Scene
from tests.bot.commands.garden import LINUS, NOW_MS, QUIET, post

__all__ = ["announcing_scene"]
DAY_MS = 86_400_000
NASTY = "@everyone <@&1> **bold** [x](https://evil.example)"


@pytest.fixture
async def scene(announcing_scene: Scene) -> Scene:
    community = announcing_scene.community
    community.visibility.may_see = lambda *_: True
    events = [*post(900, QUIET, 9, [LINUS]), *post(901, QUIET, 10, [LINUS])]
    await community.log.append(
        Batch(tuple(events), (Account("discord", QUIET, "user", NASTY),))
    )
    await community.directory.refresh()
    await community.settings.set(
        {"digest.weekly": "yes"}, author="operator", reason="", now_ms=NOW_MS
    )
    await community.scoring.recompute(NOW_MS)
    return announcing_scene


async def test_each_week_has_a_digest_with_a_picture_and_without_a_ping(scene: Scene) -> None:
    async with scene.bot() as client:
        announcer = announcer_of(scene, client)
        for _ in range(3):
            await announcer.tick(scene.community.slug)
    scene.now_ms[0] += 7 * DAY_MS
    async with scene.bot() as client:
        await announcer_of(scene, client).tick(scene.community.slug)

    first, second = texts_in(scene.general)
    assert "Digest of the week 8–14 Nov 2026" in first
    assert "Digest of the week 15–21 Nov 2026" in second
    assert "New here" in first
    assert "New here" not in second
    assert "ada" in first.casefold()
    assert not scene.guild.threads
    for message in scene.general.messages.values():
        assert not message.mentions
        assert not message.mention_everyone
        assert not message.mention_roles
        assert "@everyone" not in message.content
        assert len(message.attachments) == 1
        assert not message.components


async def test_who_is_muted_is_not_named_in_the_channel(scene: Scene) -> None:
    account = scene.community.directory.account_number("discord", str(scene.ada.id))
    assert account is not None
    await set_muted(scene.community, account, muted=True, now_ms=NOW_MS)

    async with scene.bot() as client:
        await announcer_of(scene, client).tick(scene.community.slug)

    (digest,) = texts_in(scene.general)
    assert "Ada" not in digest
    assert "Grace" in digest


async def test_after_months_without_the_bot_only_the_latest_week_is_told_of(
    scene: Scene,
) -> None:
    scene.now_ms[0] += 8 * 7 * DAY_MS
    events = [
        event for week in (12, 16, 17) for event in post(950 + week, QUIET, week, [LINUS])
    ]
    await scene.community.log.append(Batch(tuple(events)))
    await scene.community.scoring.recompute(scene.now_ms[0])

    async with scene.bot() as client:
        await announcer_of(scene, client).tick(scene.community.slug)

    (digest,) = texts_in(scene.general)
    assert "Digest of the week 3–9 Jan 2027" in digest
