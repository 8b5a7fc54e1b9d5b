"""Who may see a place now: as the platforms' permissions say at this moment.

What cannot be known (a channel that was deleted, a platform that is not connected) is seen by
nobody.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

from storage.file.database import Database
from storage.place_tree import PlaceStep, PlaceTree

MaySee: TypeAlias = Callable[[str, Sequence[PlaceStep], str | None, Sequence[PlaceStep]], bool]
"""Tells of a source, a place with those around it (from the inside out), and an account of that
source whether it may see the place; of None, whether all may who read another place of it, or
everybody if that has no steps."""

Sees: TypeAlias = Callable[[str, str], bool]
"""Tells of a source and the id of one of its places whether all who read a reply may see it. It
remembers what the platforms said, so each reply needs one of its own."""


def _nobody_may_see(
    _source: str,
    _path: Sequence[PlaceStep],
    _account: str | None,
    _here: Sequence[PlaceStep],
) -> bool:
    return False


class Visibility:
    """Which places may be seen by whom, in one community.

    Parameters
    ----------
    database
        The community's file.

    Attributes
    ----------
    may_see
        Asks the platforms; whoever runs their connections sets it.
    """

    def __init__(self, database: Database) -> None:
        self._tree = PlaceTree(database)
        self.may_see: MaySee = _nobody_may_see

    async def refresh(self) -> None:
        """Read what is new of which place is in which."""
        await self._tree.refresh()

    def for_account(self, source: str, account: str) -> Sees:
        """Return who reads a private reply to an account."""

        @cache
        def sees(of: str, place: str) -> bool:
            path = self._tree.path(of, place)
            own = account if of == source else None
            return self.may_see(of, path, own, ()) or self.may_see(of, path, None, ())

        return sees

    def for_readers(self, source: str, here: str) -> Sees:
        """Return who reads a reply in a place: all who see that place.

        Those who see a thread or topic also see the channel or category that it is in. Of
        another platform, they see what everybody sees.
        """

        @cache
        def sees(of: str, place: str) -> bool:
            if of != source:
                return self.may_see(of, self._tree.path(of, place), None, ())
            path_here = self._tree.path(source, here)
            is_here = any(step.id == place for step in path_here[:2])
            return is_here or self.may_see(of, self._tree.path(of, place), None, path_here)

        return sees
