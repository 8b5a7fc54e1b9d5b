"""Archives that a community draws from in place of sources, as it chose.

A plugin that the setting lists is drawn from its archive, and the source of the same name is
not: so nothing counts twice. That is how a community that ran SourceCred sees its old cred, and
goes over to what is heard now, one platform after the other.
"""

from collections.abc import Mapping
from typing import Final

from bot.community.settings.definitions import Definition
from cred.graph.archive import Archive
from storage.archives import Archives
from storage.canonical_json import Json

CHOSEN: Final = "sourcecred.archive"
IDENTITIES: Final = "identities"
"""The archive of the nodes of people themselves; drawn with any other."""


def plugins(value: Json) -> Json:
    """Read names of plugins: JSON, or typed with commas between; "off" (or nothing) is none."""
    items = value if isinstance(value, list) else str(value or "").replace(",", " ").split()
    names = [str(item).lower().removeprefix("sourcecred/") for item in items]
    if names in ([], ["off"], ["none"]):
        return []
    if not all(
        name.replace("-", "").replace("/", "").replace("_", "").isalnum() for name in names
    ):
        raise ValueError('plugins with commas between, such as "discord, github", or "off"')
    return [*sorted(set(names) - {IDENTITIES})]


DEFINITIONS: Final = (
    Definition(
        CHOSEN,
        [],
        "Plugins whose graph is drawn from what was imported from SourceCred, in place of what "
        "is heard of the platform.",
        "discord, github",
        plugins,
    ),
)


class Archived:
    """The archives that a community chose, in memory.

    Parameters
    ----------
    archives
        All that are kept.
    """

    def __init__(self, archives: Archives) -> None:
        self._archives = archives
        self._known: dict[str, tuple[bytes, Archive]] = {}

    async def refresh(self, chosen: Json) -> None:
        """Read those chosen that are new or changed; forget the others.

        Raises
        ------
        CorruptError
            If one is damaged.
        """
        names = [str(name) for name in chosen] if isinstance(chosen, list) else []
        digests = await self._archives.digests() if names else {}
        wanted = [name for name in names if name in digests]
        if wanted and IDENTITIES in digests:
            wanted.append(IDENTITIES)
        known: dict[str, tuple[bytes, Archive]] = {}
        for name in wanted:
            before = self._known.get(name)
            if before is None or before[0] != digests[name]:
                before = digests[name], await self._archives.load(name)
            known[name] = before
        self._known = known

    @property
    def drawn(self) -> tuple[Archive, ...]:
        """Those that are drawn, always the same objects while they are the same."""
        return tuple(archive for _, archive in self._known.values())

    @property
    def versions(self) -> Mapping[str, Json]:
        """What tells, in a snapshot, which were drawn; empty where none is."""
        digests: dict[str, Json] = {
            name: digest.hex() for name, (digest, _) in self._known.items()
        }
        return {"archives": digests} if digests else {}
