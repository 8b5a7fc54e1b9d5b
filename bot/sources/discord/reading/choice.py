"""Which places of a server a community has read."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.community.settings.configured_source import GetSetting
from bot.sources.discord.settings import EXCLUDED, NSFW, id_set


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """Which places are read: all but those left out."""

    takes_nsfw: bool
    excluded: frozenset[str]
    """Ids of channels or categories."""

    @classmethod
    def read(cls, read: GetSetting) -> "PlaceChoice":
        """Return what a community chose."""
        return cls(bool(read(NSFW)), id_set(read(EXCLUDED)))

    def leaves_out(self, path: Iterable[str]) -> bool:
        """Tell whether a place, or one around it, is among those left out by id."""
        return not self.excluded.isdisjoint(path)

    def takes(self, path: Iterable[str], *, nsfw: bool) -> bool:
        """Tell whether a place is read.

        Parameters
        ----------
        path
            Its id, and those of the places around it.
        nsfw
            Whether one of these is marked as not safe for work.
        """
        return (self.takes_nsfw or not nsfw) and not self.leaves_out(path)
