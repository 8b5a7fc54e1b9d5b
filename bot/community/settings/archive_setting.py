"""Which imported archives stand in for sources: the setting, and how it is read.

A plugin listed here contributes the graph of its archive, and the source of the same name
contributes nothing, so nothing counts twice. This is how a community that ran SourceCred keeps
its old cred and goes over to live events, one platform after the other.
"""

from typing import Final

from bot.community.settings.definitions import Definition
from bot.community.settings.known import Known
from bot.community.settings.references import Reference, split_list, suggestion
from storage.canonical_json import Json

ARCHIVE_SETTING: Final = "sourcecred.archive"
IDENTITIES_ARCHIVE: Final = "identities"
"""The archive of the nodes of people themselves; used along with any other."""


def read_plugin(typed: str, known: Known) -> Reference:
    """Read the name of a plugin, with or without "sourcecred/" before it."""
    name = typed.lower().removeprefix("sourcecred/")
    if not name.replace("-", "").replace("/", "").replace("_", "").isalnum():
        raise ValueError(f'"{typed[:80]}" is no plugin: name it as in "discord, github".')
    plugins = [plugin for plugin in known.archives if plugin != IDENTITIES_ARCHIVE]
    if name in plugins:
        return Reference(name)
    return Reference(
        name,
        f"no graph of {name} was imported{suggestion(name, plugins)}, so nothing of it is "
        "used; it counts once there is one.",
    )


def parse_plugins(value: Json) -> Json:
    """Parse names of plugins: JSON, or typed with commas between; "off" or nothing is none."""
    return [name for name in split_list(value) if name != IDENTITIES_ARCHIVE]


DEFINITIONS: Final = (
    Definition(
        ARCHIVE_SETTING,
        [],
        "Plugins whose graph is the one imported from SourceCred, in place of the one that "
        "events of the platform make.",
        "discord, github",
        parse_plugins,
        read_item=read_plugin,
    ),
)
