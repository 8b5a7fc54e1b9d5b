"""Reads `sourcecred.json`: which plugins an instance uses, and what else it computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.folder.files import Folder, in_file
from cred.files.json_values import JsonReader

FILE = "sourcecred.json"
_CREDEQUATE = "credEquatePlugins"


@dataclass(frozen=True, slots=True)
class Plugins:
    """The plugins of an instance."""

    in_use: tuple[str, ...]
    """Ids of the plugins that make graphs, such as "sourcecred/discord"."""
    credequate: tuple[str, ...]
    """Ids of the plugins whose contributions CredEquate scores."""
    unknown_keys: tuple[str, ...]
    """Keys of the file that SourceCred does not know."""


def read_plugins(folder: Folder) -> Plugins:
    """Return the plugins that an instance names; one that is named twice is used once.

    Raises
    ------
    InstanceError
        If the file cannot be read, or a plugin's name is no plugin's name.
    """
    content = folder.reader(FILE)
    with in_file(FILE):
        names = content.list("bundledPlugins")
    for at, plugin in enumerate(names):
        if not isinstance(plugin, str) or plugin.count("/") != 1 or ".." in plugin:
            raise InstanceError(
                f'{FILE}: bundledPlugins[{at}] must be "owner/plugin", not {plugin!r:.60}.'
            )
    known = ("bundledPlugins", _CREDEQUATE)
    return Plugins(
        in_use=tuple(dict.fromkeys(names)),
        credequate=_credequate(content),
        unknown_keys=tuple(key for key in content.fields() if key not in known),
    )


def _credequate(content: JsonReader) -> tuple[str, ...]:
    """Return CredEquate's plugins, each `{"id": …, "configsByTarget": …}` or only an id."""
    listed: Any = content.raw(_CREDEQUATE) if _CREDEQUATE in content else []
    entries = listed if isinstance(listed, list) else [listed]
    names = (entry.get("id") if isinstance(entry, Mapping) else entry for entry in entries)
    return tuple(name if isinstance(name, str) else f"{name!r:.60}" for name in names)
