"""Which place is in which: threads in channels, channels in categories; kept in memory."""

from typing import Final, NamedTuple

from cred.facts.events import Kind
from storage.file.database import Database

_DEEPEST: Final = 4
"""Most places followed (thread, channel, category): malformed data could loop for ever."""


class PlaceStep(NamedTuple):
    """A place on the way from a contribution to the whole server or forum."""

    id: str
    type: str
    """As its source calls it, such as "thread"; "" if nothing is known of the place."""


class PlaceTree:
    """Places by what they are in, as they were last heard of.

    Parameters
    ----------
    database
        The community's file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._position = 0
        self._places: dict[tuple[str, str], tuple[str | None, str]] = {}

    async def refresh(self) -> None:
        """Read what is new in the log."""
        after = self._position
        rows = await self._database.read(
            lambda plain: plain.execute(
                "SELECT seq, sources.ref, places.ref, parents.ref, coalesce(texts.ref, '') "
                "FROM events JOIN sources ON sources.number = events.source "
                "JOIN places ON places.number = place "
                "LEFT JOIN places AS parents ON parents.number = object "
                "LEFT JOIN texts ON texts.number = text "
                f"WHERE events.kind = {int(Kind.PLACE_CHANGED)} AND seq > ? ORDER BY seq",
                (after,),
            ).fetchall()
        )
        for seq, source, place, parent, type_ in rows:
            if seq > self._position:  # another task may have read it meanwhile
                self._places[source, place] = (parent, type_)
                self._position = seq

    def path(self, source: str, place: str) -> tuple[PlaceStep, ...]:
        """Return a place and those around it, from the inside out; it may be unknown."""
        path: list[PlaceStep] = []
        step: str | None = place
        while step is not None and len(path) < _DEEPEST:
            parent, type_ = self._places.get((source, step), (None, ""))
            path.append(PlaceStep(step, type_))
            step = parent
        return tuple(path)
