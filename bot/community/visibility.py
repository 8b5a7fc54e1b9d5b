"""Who may see a place now: as the platforms' permissions say at this moment.

What cannot be known (a channel that was deleted, a platform that is not connected) is seen by
nobody.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from storage.file.database import Database
from storage.place_tree import PlaceStep, PlaceTree

MaySee: TypeAlias = Callable[[str, Sequence[PlaceStep], str | None], bool]
"""Tells of a source, a place with those around it (from the inside out), and an account of that
source, or None for everybody, whether they may see the place."""


def _nobody_may_see(_source: str, _path: Sequence[PlaceStep], _account: str | None) -> bool:
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

    def is_public(self, source: str, place: str) -> bool:
        """Tell whether everybody may see a place."""
        return self.may_see(source, self._tree.path(source, place), None)

    def is_visible_to(self, account: tuple[str, str], source: str, place: str) -> bool:
        """Tell whether an account, given by its source and id, may see a place."""
        path = self._tree.path(source, place)
        own = account[1] if account[0] == source else None
        return self.may_see(source, path, own) or self.may_see(source, path, None)
