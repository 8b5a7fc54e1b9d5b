"""The shared Discord client, where Discord cannot be reached."""

import gc
import socket

import pytest
from discord.http import Route

from bot.runtime.discord_client import make_client, run_client


class EnoughError(Exception):
    """Ends the test."""


async def test_logging_in_is_tried_again_and_each_try_closes_what_it_opened(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise EnoughError

    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        client = make_client(api_url=f"http://127.0.0.1:{port}/api")

        with pytest.raises(EnoughError):
            await run_client(client, "token", sleep=sleep)
    gc.collect()

    assert pauses == [1, 2, 4]
    assert caplog.text.count("Discord is not reached: Cannot connect to host 127.0.0.1") == 3
    assert "Traceback" not in caplog.text
    assert "Unclosed" not in caplog.text
