"""Keeps live scores going: asks for what is new to be followed, one community at a time each.

Like the scheduler it only *asks*; what there is to follow is decided from the database. News
that comes while a community is being followed is followed next, all of it at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

Follow = Callable[[str], Awaitable[None]]
"""Follows what is new in one community, by slug. Deals with its own errors."""


class Follower:
    """One task per community that has news.

    Parameters
    ----------
    follow
        Called in the event loop, never twice at a time for the same community.
    """

    def __init__(self, follow: Follow) -> None:
        self._follow = follow
        self._news: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_stopping = False

    async def __aenter__(self) -> Self:
        """Wait for news."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what was not followed, or comes still, is in the next recompute."""
        self._is_stopping = True
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def nudge(self, slug: str) -> None:
        """Say that a community has new events."""
        self._news.add(slug)
        if slug not in self._tasks and not self._is_stopping:
            self._tasks[slug] = asyncio.create_task(self._run(slug), name=f"follow {slug}")

    async def settled(self) -> None:
        """Wait until all news there is by now was followed."""
        await asyncio.gather(*self._tasks.values())

    async def _run(self, slug: str) -> None:
        try:
            while slug in self._news:
                self._news.discard(slug)
                await self._follow(slug)
        finally:
            del self._tasks[slug]
