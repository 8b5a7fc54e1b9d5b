"""What is offered while somebody types a weight: keys by the names that the asker may see."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from bot.commands.weights.wording import Readers, typed_key
from bot.community.communities import Community
from bot.community.settings.community_settings import Setting
from bot.community.settings.definitions import format_value
from bot.community.settings.voting_settings import is_weight
from bot.community.visibility import Sees

_MOST: Final = 25
"""As many as Discord shows."""
_NO_CHANNELS: Final = frozenset({"server", "topic"})
"""Sorts of places that have no weight of their own worth offering."""


def suggest_keys(community: Community, sees: Sees, typed: str) -> Sequence[str]:
    """Return keys of weights that contain what is typed, those that begin so first."""
    return list(islice(_matching(_typed_keys(community, sees), typed.strip()), _MOST))


def suggest_changes(community: Community, sees: Sees, typed: str) -> Sequence[str]:
    """Return what is typed with its last word made a key, and the value that it has now."""
    before, _, last = typed.rpartition(" ")
    if "=" in last:
        return ()
    readers = Readers(community, "", sees)
    values = {typed_key(readers, setting.key): setting.value for setting in _weights(community)}
    found = []
    for key in suggest_keys(community, sees, last):
        value = format_value(values[key]) if key in values else "1"
        found.append(f"{before} {key}={value}".strip())
    return found


def suggest_settings(community: Community, sees: Sees, typed: str) -> Sequence[str]:
    """Return settings that are no weights and contain what is typed."""
    del sees
    keys = [setting.key for setting in community.settings.list() if not is_weight(setting.key)]
    return list(islice(_matching(keys, typed.strip()), _MOST))


def _typed_keys(community: Community, sees: Sees) -> Iterator[str]:
    """Yield every weight that can be named, each as one types it."""
    readers = Readers(community, "", sees)
    for setting in _weights(community):
        if key := typed_key(readers, setting.key):
            yield key
    for place in community.directory.all_places():
        if place.kind in _NO_CHANNELS or not place.name:
            continue
        family = "category" if place.id.startswith("c") else "channel"
        if key := typed_key(readers, f"weights.{family}.{place.id.removeprefix('c')}"):
            yield key
    roles = community.settings.platform_names().get("role", {})
    for name in roles.values():
        yield f"role.{name}"


def _weights(community: Community) -> Sequence[Setting]:
    settings = community.settings
    listed = (*settings.list(), *settings.kinds())
    return [setting for setting in listed if is_weight(setting.key)]


def _matching(keys: Iterable[str], typed: str) -> Iterator[str]:
    wanted = typed.casefold()
    unique = list(dict.fromkeys(keys))
    first = [key for key in unique if key.casefold().startswith(wanted)]
    yield from first
    yield from (key for key in unique if wanted in key.casefold() and key not in first)
