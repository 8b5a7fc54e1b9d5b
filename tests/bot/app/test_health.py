"""The health check of the container: it can fail."""

import asyncio
from pathlib import Path

import pytest

from bot.app import health
from bot.app.app import running_app
from bot.app.health import fault
from bot.settings import Settings


async def test_a_bot_that_runs_and_answers_is_well(tmp_path: Path) -> None:
    async with running_app(Settings.model_validate({"data_dir": tmp_path})) as app:
        assert fault(tmp_path) is None  # there is no community yet

        await app.communities.get_or_create("discord-1", "Garden", "discord", "1")
        assert await asyncio.to_thread(fault, tmp_path) is None


async def test_a_bot_whose_event_loop_hangs_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_PATIENCE_SECONDS", 0.05)
    async with running_app(Settings.model_validate({"data_dir": tmp_path})) as app:
        await app.communities.get_or_create("discord-1", "Garden", "discord", "1")

        # Asked from the loop itself, which therefore cannot answer.
        assert fault(tmp_path) == "There is no answer from discord-1."


def test_where_no_bot_runs_there_is_none(tmp_path: Path) -> None:
    assert "No credbot runs" in str(fault(tmp_path))
    assert "cannot be opened" in str(fault(tmp_path / "none"))
