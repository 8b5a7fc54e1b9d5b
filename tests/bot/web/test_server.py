"""The web server: its routes, its limits, and an address that is in use."""

import asyncio
import io

import aiohttp
import pytest
from aiohttp import web

from bot.web.server import LARGEST_BODY, CannotServeError, serve


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def test_a_route_answers_and_others_are_not_found() -> None:
    async with (
        serve("127.0.0.1", 0, [web.post("/hooks/echo", echo)]) as address,
        aiohttp.ClientSession(address) as session,
    ):
        answer = await session.post("/hooks/echo", data=b"hello")
        elsewhere = await session.get("/hooks/other")
        alive = await session.get("/health")

        assert await answer.read() == b"hello"
        assert (elsewhere.status, alive.status) == (404, 200)


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with (
        serve("127.0.0.1", 0, [web.post("/hooks/echo", echo)]) as address,
        aiohttp.ClientSession(address) as session,
    ):
        answer = await session.post("/hooks/echo", data=io.BytesIO(b"x" * (LARGEST_BODY + 1)))

        assert answer.status == 413


async def test_an_address_that_is_taken_is_one_sentence() -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(CannotServeError, match="CRED_WEB_PORT"):
            async with serve("127.0.0.1", port):
                pytest.fail("it must not listen")
