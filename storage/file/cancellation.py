"""Cancelling what a thread is doing: the thread goes on, so what it got must be given back."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def acquire_or_release(
    acquire: Coroutine[Any, Any, T], give_back: Callable[[T], Awaitable[object]]
) -> T:
    """Return what `acquire` gets; if cancelled meanwhile, wait for it and give it back.

    Without this, what a thread opens after its caller was cancelled stays open for good.
    """
    acquiring = asyncio.ensure_future(acquire)
    try:
        return await asyncio.shield(acquiring)
    except asyncio.CancelledError:
        with suppress(Exception):
            await give_back(await acquiring)
        raise
