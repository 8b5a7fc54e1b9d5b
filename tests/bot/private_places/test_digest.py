"""The weekly digest names nobody who gained only in places that its readers do not all see."""

from pathlib import Path

from bot.commands.announcing import build
from bot.commands.kit.reply import Reply
from bot.commands.weights.wording import readers_of
from bot.services.digest import ended_week, week_about
from bot.services.weights.announce import News
from cred.epochs import WEEK_MS
from tests.bot.private_places.scene import BOARDROOM, HIDDEN, Scene, scenes, text_of
from tests.discord_server import DiscordServer


async def digest_in(scene: Scene, place: str) -> Reply:
    """Return the digest of the scene's week, as it is announced in a place."""
    community, later = scene.community, scene.bot.server.clock.now_ms + WEEK_MS
    await community.settings.set(
        {"digest.weekly": "yes"}, author="operator", reason="", now_ms=later
    )
    await community.scoring.recompute(later)
    await community.visibility.refresh()
    readers = readers_of(community, "discord", str(scene.places[place].id))
    reply = await build(readers, News.DIGEST, week_about(ended_week(later)), later)
    assert reply is not None
    return reply


async def test_who_gained_only_in_hidden_places_is_not_named(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        hermit = discord_server.world.member(scene.guild, "hermit")
        message = discord_server.world.post(scene.places["layoffs"], hermit, "all by myself")
        discord_server.world.react(message, scene.insider, "🌱")

        public = await digest_in(scene, "general")
        inside = await digest_in(scene, "layoffs")

        marks = scene.marks(*HIDDEN, BOARDROOM)
        assert [mark for mark in marks if mark in text_of(public)] == []
        assert "hermit" not in text_of(public)
        assert "erin" in text_of(public)
        assert "hermit" in text_of(inside)
