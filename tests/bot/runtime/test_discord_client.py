"""The shared Discord client, where Discord cannot be reached."""

import gc
import socket

import pytest
from discord.backoff import ExponentialBackoff
from discord.http import Route

from bot.runtime.discord_client import make_client, run_client
from tests.discord_server import running_discord


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


async def test_a_connection_on_which_nobody_answers_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr("bot.runtime.discord_client._LOGIN_SECONDS", 0.01)
    failures: list[int] = []

    def on_failure(number: int, _reason: str) -> None:
        failures.append(number)
        if number == 3:
            raise EnoughError

    async def sleep(_seconds: float) -> None:
        pass

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        client = make_client(api_url=f"http://127.0.0.1:{port}/api")

        with pytest.raises(EnoughError):
            await run_client(client, "token", sleep=sleep, on_failure=on_failure)
    gc.collect()

    assert failures == [1, 2, 3]
    assert caplog.text.count("Discord is not reached: no answer within 0.01 s") == 3


async def test_a_gateway_that_is_not_reached_is_told_as_that(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(ExponentialBackoff, "delay", lambda _self: 0.0)
    reasons: list[str] = []

    def on_failure(_number: int, reason: str) -> None:
        reasons.append(reason)
        raise EnoughError

    async with running_discord() as server:
        client = make_client(api_url=server.rest_base, gateway_url="ws://127.0.0.1:9/")
        with pytest.raises(EnoughError):
            await run_client(client, server.token, on_failure=on_failure)

    assert reasons[0].startswith("Discord is not reached: Cannot connect to host 127.0.0.1:9")
    assert "AttributeError" not in caplog.text
