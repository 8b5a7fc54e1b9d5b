"""The files of communities in the data folder: which there are, and which are none."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.community.errors import UnknownCommunityError

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def is_slug(text: str) -> bool:
    """Tell whether a text can be the name of a community's file."""
    return _SLUG.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class CommunityFiles:
    """The files of a data folder. A file of 0 bytes is no community."""

    data_dir: Path

    def slugs(self, open_now: Collection[str] = ()) -> Sequence[str]:
        """Return the slugs of all communities that have a file, sorted.

        Parameters
        ----------
        open_now
            Slugs of those whose files are being written, whatever is in them.
        """
        return [
            slug
            for slug in self._possible_slugs()
            if slug in open_now or not self._is_empty(slug)
        ]

    def empty(self) -> Sequence[Path]:
        """Return the files that have a community's name and nothing in them."""
        return [self.path(slug) for slug in self._possible_slugs() if self._is_empty(slug)]

    def path(self, slug: str) -> Path:
        """Return the path of a community's file."""
        return self.data_dir / f"{slug}.db"

    def require(self, slug: str) -> None:
        """Return if a community has a file.

        Raises
        ------
        UnknownCommunityError
            If it has none; the message names those that have one.
        """
        known = self.slugs()
        if slug in known:
            return
        existing = ", ".join(known) or "none yet"
        if self.path(slug) in self.empty():
            raise UnknownCommunityError(
                f"{self.path(slug)} is a file of 0 bytes, so it is no community: delete it, or "
                f"put a backup in its place (there are: {existing})."
            )
        raise UnknownCommunityError(
            f'there is no community "{slug[:80]}" in {self.data_dir} (there are: {existing}).'
        )

    def _possible_slugs(self) -> Sequence[str]:
        if not self.data_dir.is_dir():
            return []
        return sorted(path.stem for path in self.data_dir.glob("*.db") if is_slug(path.stem))

    def _is_empty(self, slug: str) -> bool:
        """Tell whether there is nothing in a file, nor in its write-ahead log."""
        log = self.data_dir / f"{slug}.db-wal"
        return self.path(slug).stat().st_size == 0 and not (log.exists() and log.stat().st_size)
