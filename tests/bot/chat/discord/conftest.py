"""The scene that tests of the Discord chat share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.chat.discord.scene import Scene
from tests.bot.commands.garden import ADA, GRACE, communities, garden
from tests.discord_server import running_discord


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_discord() as server, communities(tmp_path) as opened:
        world = server.world
        guild = world.guild("Garden")
        ada, grace = world.member(guild, "ada"), world.member(guild, "grace")
        community = await garden(
            opened,
            fill=20,
            guild=guild.id,
            real={ADA: str(ada.id), GRACE: str(grace.id)},
        )
        community.visibility.may_see = lambda *_: True
        general = world.channel(guild, "general")
        scene = Scene(server, opened, community, guild, general, ada, grace)
        yield scene
        pinging = [request for request in server.requests if not _pings_nobody(request.body)]
        assert not pinging


def _pings_nobody(body: object) -> bool:
    """Tell whether a request's body, where it is a message, allows no mention at all."""
    if not isinstance(body, dict):
        return True
    data = body.get("data", body)
    if not isinstance(data, dict) or not {"embeds", "content"} & set(data):
        return True
    allowed = data.get("allowed_mentions")
    return (
        allowed is not None and allowed.get("parse") == [] and not allowed.get("replied_user")
    )
