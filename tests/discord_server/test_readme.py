"""The README's example runs with the real bot."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.bot.app.test_app import serving, settings_for, wait_until_scored
from tests.discord_server import DiscordServer, running_discord

README = Path(__file__).with_name("README.md")


def example(**names: object) -> Callable[[], Awaitable[None]]:
    """Return the README's test, with `names` defined besides what it imports."""
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    space: dict[str, Any] = {}
    exec(block, space)  # noqa: S102 - our own
    space.update(names)
    test: Callable[[], Awaitable[None]] = space["test_the_bot_answers_cred"]
    return test


async def test_the_example_is_true(tmp_path: Path) -> None:
    @asynccontextmanager
    async def a_bot(
        server: DiscordServer, rest_base: str, gateway: str, token: str
    ) -> AsyncIterator[None]:
        assert (rest_base, gateway, token) == (
            server.rest_base,
            server.gateway_url,
            server.token,
        )
        async with serving(settings_for(server, tmp_path), server) as app:
            (slug,) = app.communities.slugs()
            await wait_until_scored(await app.communities.get_existing(slug))
            yield

    async with running_discord() as server:

        @asynccontextmanager
        async def the_same() -> AsyncIterator[DiscordServer]:
            yield server

        await example(a_bot=partial(a_bot, server), running_discord=the_same)()
