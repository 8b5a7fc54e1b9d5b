"""Fixtures of the chat on a forum."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.chat.discourse.scene import Scene, scenes


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scenes(tmp_path) as opened:
        yield opened
