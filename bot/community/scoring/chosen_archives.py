"""The archives that a community chose, loaded from its file and kept in memory."""

from collections.abc import Mapping, Sequence

from bot.community.settings.archive_setting import IDENTITIES_ARCHIVE
from cred.graph.archive import Archive
from storage.archives import Archives
from storage.canonical_json import Json


class ChosenArchives:
    """The archives in use; empty until the first `refresh`.

    Parameters
    ----------
    archives
        All that are kept.
    """

    def __init__(self, archives: Archives) -> None:
        self._archives = archives
        self._loaded: dict[str, tuple[bytes, Archive]] = {}

    async def refresh(self, chosen: Sequence[str]) -> None:
        """Load the chosen archives that are new or changed; drop all others.

        Parameters
        ----------
        chosen
            Names; those of which nothing was imported are skipped.

        Raises
        ------
        CorruptError
            If an archive is damaged.
        """
        digests = await self._archives.digests() if chosen else {}
        wanted = [name for name in chosen if name in digests]
        if wanted and IDENTITIES_ARCHIVE in digests:
            wanted.append(IDENTITIES_ARCHIVE)
        loaded: dict[str, tuple[bytes, Archive]] = {}
        for name in wanted:
            known = self._loaded.get(name)
            if known is None or known[0] != digests[name]:
                known = digests[name], await self._archives.load(name)
            loaded[name] = known
        self._loaded = loaded

    @property
    def archives(self) -> tuple[Archive, ...]:
        """The archives in use; the same objects as long as they do not change."""
        return tuple(archive for _, archive in self._loaded.values())

    @property
    def snapshot_parameters(self) -> Mapping[str, Json]:
        """What a snapshot keeps to tell which archives it used; empty where none is."""
        digests: dict[str, Json] = {
            name: digest.hex() for name, (digest, _) in self._loaded.items()
        }
        return {"archives": digests} if digests else {}
