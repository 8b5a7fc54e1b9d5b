"""What of a source runs beside the log: listens or polls, and records what it hears.

A source that hears of its platform by itself returns *runners* from `SOURCE.runners()`, one per
connection that its own settings name (a forum, an account). The app finds the community of
each, gives it an inlet, adds its routes to the web server, and keeps it going: a runner that
fails is logged and begun again, and nothing else notices.

Discord has none: chat and source share its one connection, so the app runs both.
"""

from collections.abc import Sequence
from typing import Protocol

from aiohttp import web

from bot.sources.inlet import Inlet


class CannotRunError(Exception):
    """Something in the settings must be changed first; says what, for operators."""


class Runner(Protocol):
    """One connection of a source. Attributes may be read at any time."""

    @property
    def name(self) -> str:
        """What people know it by: "forum.example.org"."""
        ...

    @property
    def community(self) -> str | None:
        """Slug of the community that it belongs to, where the settings say so."""
        ...

    @property
    def state(self) -> str:
        """How it is, in words: "listening, last heard 2 minutes ago"."""
        ...

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what it answers on the web server; none is fine."""
        ...

    async def settled(self) -> bool:
        """Return once all there was to read is recorded; False if some could not be read."""
        ...

    async def run(self, inlet: Inlet) -> None:
        """Listen until cancelled. May raise whatever went wrong: it is begun again, later.

        Raises
        ------
        CannotRunError
            If the settings are why; its sentence is all that is logged.
        """
        ...
