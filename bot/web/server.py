"""The HTTP server of the bot.

It speaks plain HTTP; the web server of the community's site stands in front of it and adds TLS
(`deploy/README.md`). A request with too large a body is rejected before a handler reads it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

LARGEST_BODY: Final = 4 * 2**20
"""Largest body of a request, in bytes."""
_SHUTDOWN_SECONDS: Final = 2.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CannotServeError(Exception):
    """The server cannot listen on its address; the message says why, and what to set."""


async def health(_request: web.Request) -> web.Response:
    """Answer that the process is alive, for health checks."""
    return web.Response(text="ok\n")


@asynccontextmanager
async def serve(
    host: str, port: int, routes: Iterable[web.RouteDef] = ()
) -> AsyncIterator[str]:
    """Serve routes until the block ends; yield the address, such as "http://127.0.0.1:8080".

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to listen on; 0 means any that is free.
    routes
        Routes to serve besides `/health`.

    Raises
    ------
    CannotServeError
        If the address is in use, or is not one of this machine.
    """
    application = web.Application(client_max_size=LARGEST_BODY)
    application.add_routes([web.get("/health", health), *routes])
    runner = web.AppRunner(
        application, access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise CannotServeError(
                f"Nothing can listen on {host}, port {port} ({error.strerror}): set "
                "CRED_WEB_HOST and CRED_WEB_PORT to an address that is free."
            ) from error
        address, bound_port = runner.addresses[0][:2]
        yield f"http://{address}:{bound_port}"
    finally:
        await runner.cleanup()
