"""Changes of weights in words, for whoever reads a reply or an announcement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.commands.kit.errors import UserError
from bot.commands.kit.names import person_name
from bot.commands.kit.parameters.changes import short_key
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.community.errors import SettingMistakeError
from bot.community.settings.definitions import format_value
from bot.community.visibility import Sees
from bot.services.entries.entry_events import PlatformId
from storage.canonical_json import Json
from storage.settings import SettingsVersion

_PLACES: Final = {"weights.channel.": ("discord", ""), "weights.category.": ("discourse", "c")}
"""Families whose keys are places: the source, and what stands before the id."""
_MARKS: Final = {"channel": "#", "category": ""}
"""What stands before the name of a place."""
_OPERATORS: Final = frozenset({"operator", "command line"})
_MOST_KEYS: Final = 3
"""Settings of a version that are named where there is little room."""
HIDDEN: Final = "a place that not everybody sees"


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads an announcement; names the same things as the request that a reply answers."""

    community: Community
    source: str
    """Platform that it is read on."""
    sees: Sees
    """As `Request.sees`."""


Audience: TypeAlias = Request | Readers


def readers_of(community: Community, source: str, place: str) -> Readers:
    """Return those who read what is announced in a place."""
    return Readers(community, source, community.visibility.for_readers(source, place))


def place_of(key: str) -> PlatformId | None:
    """Return the channel or category that a weight is of; None: it is of no single one.

    >>> place_of("weights.category.5"), place_of("weights.channel.default")
    (PlatformId(source='discourse', id='c5'), None)
    """
    for stem, (source, prefix) in _PLACES.items():
        id_ = key.removeprefix(stem)
        if id_ not in {key, "default"}:
            return PlatformId(source, f"{prefix}{id_}")
    return None


def key_words(audience: Audience, key: str) -> str:
    """Return a setting's key as people say it: "channel #general", "emoji 👍".

    What the readers may not see is not named.
    """
    family, _, rest = short_key(key).partition(".")
    place = place_of(key)
    if place is not None:
        if not audience.sees(place.source, place.id):
            return f"{family}: {HIDDEN}"
        name = _place_name(audience, place)
        return f"{family} {_MARKS[family]}{name}" if name else f"{family} {rest}"
    if key.startswith("weights.role.") and rest != "default":
        id_ = key.removeprefix("weights.role.")
        name = audience.community.settings.platform_names().get("role", {}).get(id_, "")
        return f"role {name}" if name else f"role {id_}"
    if rest == "default":
        return f"each {family} without a weight of its own"
    return f"{family} {rest}" if key.startswith("weights.") else key


def typed_key(audience: Audience, key: str) -> str:
    """Return a setting's key as one types it: "emoji.👍", "channel.general".

    Of a channel or category that the readers may not see there is none: "".
    """
    place = place_of(key)
    if place is None:
        return short_key(key)
    if not audience.sees(place.source, place.id):
        return ""
    name = _place_name(audience, place)
    family, _, id_ = short_key(key).partition(".")
    is_simple = name and not set(name) & set(" =.")
    return f"{family}.{name if is_simple else id_}"


def _place_name(audience: Audience, place: PlatformId) -> str:
    directory = audience.community.directory
    number = directory.place_number(place.source, place.id)
    return "" if number is None else directory.place_name(number)


def changed_keys(audience: Audience, version: SettingsVersion) -> str:
    """Return the first few settings that a version changed, and how many more."""
    keys = [key_words(audience, key) for key in version.changes]
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    return f"{', '.join(keys[:_MOST_KEYS])}{more}"


def change_lines(
    audience: Audience,
    changes: Mapping[str, Json],
    before: Callable[[str], Json] | None = None,
) -> tuple[str, ...]:
    """Return each change in words: "emoji 👍: 1 → 3".

    Parameters
    ----------
    changes
        Values by canonical key; None: back to the default.
    before
        Returns the value that a setting had before; by default the one it has now.
    """
    settings = audience.community.settings
    get = settings.get if before is None else before
    return tuple(
        f"{key_words(audience, key)}: {format_value(get(key))} → "
        + (
            f"{format_value(settings.default(key))} (default)"
            if value is None
            else format_value(value)
        )
        for key, value in changes.items()
    )


def author_words(audience: Audience, author: str) -> str:
    """Return who made a version of the settings: a name, a proposal, or the operator."""
    account = author_account(author)
    if account is not None:
        return person_name(audience.community, account, audience.source)
    kind, _, number = author.partition(":")
    if kind == "proposal":
        return f"proposal {number}"
    return "the operator" if author in _OPERATORS else author


def reason_words(version: SettingsVersion) -> str:
    """Return why a version of the settings was made, or where that is told."""
    kind, _, number = version.author.partition(":")
    if kind == "proposal":
        return f"see weights proposals {number}"
    return version.reason or "no reason given"


def author_account(author: str) -> int | None:
    """Return the number of the account that made a version of the settings.

    None if a proposal or the operator did.

    >>> author_account("account:12"), author_account("operator")
    (12, None)
    """
    kind, _, number = author.partition(":")
    return int(number) if kind == "account" and number.isdigit() else None


def mistake(error: SettingMistakeError) -> UserError:
    """Return a mistake in a setting as the asker's error."""
    message = str(error).replace("`settings … list` shows all.", "weights show lists them.")
    message = f"{message[:1].upper()}{message[1:]}".rstrip(".")
    end = "" if message.endswith("?") else "."
    return UserError(message + end, title="Not such a change")
