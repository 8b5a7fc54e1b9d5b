"""Cancelling work in a thread: the thread goes on, so what it acquires must be given back."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def acquire_or_release(
    acquire: Coroutine[Any, Any, T], release: Callable[[T], Awaitable[object]]
) -> T:
    """Return what `acquire` returns. If cancelled meanwhile, wait for it and release it.

    Otherwise, what a thread opens after its caller was cancelled would stay open for good.
    """
    acquiring = asyncio.ensure_future(acquire)
    try:
        return await asyncio.shield(acquiring)
    except asyncio.CancelledError:
        with suppress(Exception):
            await release(await acquiring)
        raise
