"""One HTTP server for everything that is asked over the web.

It speaks plain HTTP: in front of it stands whatever serves the community's site over TLS
(`deploy/README.md`). Who reads too slowly or sends too much is cut off before any handler
sees a byte of it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

LARGEST_BODY: Final = 4 * 2**20
"""Bytes of a request; no route may want more."""
_STOP_SECONDS: Final = 2.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CannotServeError(Exception):
    """The address cannot be listened on; says which, why and what to set."""


async def health(_request: web.Request) -> web.Response:
    """Answer that the process is there, for whoever watches over it."""
    return web.Response(text="ok\n")


@asynccontextmanager
async def serving(
    host: str, port: int, routes: Iterable[web.RouteDef] = ()
) -> AsyncIterator[str]:
    """Serve routes until the block is left; yields the address: "http://127.0.0.1:8080".

    Parameters
    ----------
    host
        Address to listen on.
    port
        0: any that is free.

    Raises
    ------
    CannotServeError
        If the address is taken or not ours.
    """
    application = web.Application(client_max_size=LARGEST_BODY)
    application.add_routes([web.get("/health", health), *routes])
    runner = web.AppRunner(
        application, access_log=None, handle_signals=False, shutdown_timeout=_STOP_SECONDS
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
        name, bound = runner.addresses[0][:2]
        yield f"http://{name}:{bound}"
    finally:
        await runner.cleanup()
