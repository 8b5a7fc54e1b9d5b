"""Which imported archives stand in for sources: the setting, and how it is read.

A plugin listed here contributes the graph of its archive, and the source of the same name
contributes nothing, so nothing counts twice. This is how a community that ran SourceCred keeps
its old cred and goes over to live events, one platform after the other.
"""

from typing import Final

from bot.community.settings.definitions import Definition
from storage.canonical_json import Json

ARCHIVE_SETTING: Final = "sourcecred.archive"
IDENTITIES_ARCHIVE: Final = "identities"
"""The archive of the nodes of people themselves; used along with any other."""


def parse_plugins(value: Json) -> Json:
    """Parse names of plugins: JSON, or typed with commas between; "off" or nothing is none."""
    items = value if isinstance(value, list) else str(value or "").replace(",", " ").split()
    names = [str(item).lower().removeprefix("sourcecred/") for item in items]
    if names in ([], ["off"], ["none"]):
        return []
    if not all(
        name.replace("-", "").replace("/", "").replace("_", "").isalnum() for name in names
    ):
        raise ValueError('plugins with commas between, such as "discord, github", or "off"')
    return [*sorted(set(names) - {IDENTITIES_ARCHIVE})]


DEFINITIONS: Final = (
    Definition(
        ARCHIVE_SETTING,
        [],
        "Plugins whose graph is the one imported from SourceCred, in place of the one that "
        "events of the platform make.",
        "discord, github",
        parse_plugins,
    ),
)
