"""Maps the configuration of the Discord plugin, of 0.9 and later or earlier, to settings.

Since version 0.9 it is a list with an object for each server. Before, it was the object of one
server, and the weights of reactions stood in it directly.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from bot.importers.sourcecred.dates import parse_date
from bot.importers.sourcecred.plugin_configs.config_object import ConfigObject, quote
from bot.sources.discord.emoji import normal_emoji
from storage.canonical_json import Json

_REACTIONS: Final = "reactionWeightConfig"
_WEIGHT_KEYS: Final = ("defaultWeight", "weights")
_REACTION_KEYS: Final = (*_WEIGHT_KEYS, "applyAveraging", "confidenceDampener")
_OLD_REACTION_KEYS: Final = (
    "defaultReactionWeight",
    "reactionWeights",
    "applyAveragingToReactions",
)
"""What stood in place of the first of `_REACTION_KEYS` before version 0.9."""
_KEYS: Final = {
    "guildId",
    _REACTIONS,
    "roleWeightConfig",
    "channelWeightConfig",
    "propsChannels",
    "includeNsfwChannels",
    "simplifyGraph",
    "beginningDate",
}
_EMOJI: Final = re.compile(r"\w+:[0-9]+|[0-9]{15,20}|.*[^\x00-\x7f].*", re.DOTALL)
"""name:id or the id of a custom emoji, or something that is no mere ASCII text."""
_ID: Final = re.compile(r"[0-9]+")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


def map_servers(
    value: object, zone: tzinfo, skipped: list[str]
) -> tuple[list[str], dict[str, Json]]:
    """Return the ids of the servers, and the settings that their configuration maps to.

    Parameters
    ----------
    value
        The JSON value of the configuration.
    zone
        Time zone of dates that name none.
    skipped
        Gets a phrase for everything that is left out.
    """
    servers = value if isinstance(value, list) else [value]
    ids: list[str] = []
    settings: dict[str, Json] = {}
    for at, given in enumerate(servers):
        server = ConfigObject(given, f"[{at}]" if len(servers) > 1 else "", skipped)
        id_ = _without_comment(server.text("guildId") or "")
        if "guildId" not in server:
            server.note("guildId", "the server's id is missing")
        elif id_ and not _ID.fullmatch(id_):
            server.note("guildId", f"{quote(id_)} is not the id of a Discord server")
        elif id_ and id_ not in ids:
            ids.append(id_)
        for key, chosen in _server_settings(server, zone):
            if settings.setdefault(key, chosen) != chosen:
                skipped.append(f"{key} of another server")
    if len(servers) > 1:
        skipped.append("where servers differ, the settings of all but the first")
    return ids, settings


def _server_settings(server: ConfigObject, zone: tzinfo) -> Iterator[tuple[str, Json]]:
    is_old = _REACTIONS not in server
    reactions = server if is_old else server.inside(_REACTIONS)
    keys = _OLD_REACTION_KEYS if is_old else _REACTION_KEYS
    yield from _weight_settings("emoji", reactions, keys)
    if reactions.is_on(keys[2]):
        yield "scoring.averaging", reactions.number("confidenceDampener") or 0.0
    if not is_old:
        reactions.note_unknown(keys)
    for factor, key in (("role", "roleWeightConfig"), ("channel", "channelWeightConfig")):
        weights = server.inside(key)
        # Before it was released, `weights` was called `roleWeights` and `channelWeights`.
        is_oldest = "weights" not in weights and f"{factor}Weights" in weights
        own_keys = ("defaultWeight", f"{factor}Weights") if is_oldest else _WEIGHT_KEYS
        yield from _weight_settings(factor, weights, own_keys)
        weights.note_unknown(own_keys)
    if "propsChannels" in server:
        channels = [_without_comment(str(channel)) for channel in server.items("propsChannels")]
        for odd in (channel for channel in channels if not _ID.fullmatch(channel)):
            server.note("propsChannels", f"{quote(odd)} is not the id of a Discord channel")
        yield "discord.props-channels", [id_ for id_ in channels if _ID.fullmatch(id_)]
    if server.is_on("includeNsfwChannels"):
        yield "discord.nsfw", True
    if server.is_on("simplifyGraph"):
        yield "discord.simplify", True
    begin = _beginning(server, zone)
    if begin is not None:
        yield "history.start", begin.date().isoformat()
    server.note_unknown(_KEYS | {*keys} if is_old else _KEYS)


def _weight_settings(
    factor: str, config: ConfigObject, keys: Sequence[str]
) -> Iterator[tuple[str, Json]]:
    """Yield a factor's default and its single weights; their keys in the file come first."""
    default = config.number(keys[0])
    if default is not None:
        yield f"weights.{factor}.default", default
    weights = config.inside(keys[1])
    for name, weight in weights.numbers():
        is_emoji = factor == "emoji"
        key = normal_emoji(name) if is_emoji else _without_comment(name)
        if (_EMOJI if is_emoji else _ID).fullmatch(key):
            yield f"weights.{factor}.{key}", weight
        else:
            wanted = "neither an emoji nor name:id" if is_emoji else f"not the id of a {factor}"
            weights.note_one_unknown(name, wanted)


def _beginning(server: ConfigObject, zone: tzinfo) -> datetime | None:
    value = server.raw("beginningDate")
    if value is None:
        return None
    try:
        begin = _EPOCH + timedelta(milliseconds=_milliseconds(value, zone))
    except (ValueError, OverflowError):
        server.note("beginningDate", f"{quote(value)} is not a date that JavaScript reads")
        return None
    if (begin - _EPOCH) % _DAY:
        server.note(
            "beginningDate",
            f"the time of day of {begin:%Y-%m-%d %H:%M} UTC: here the whole day counts",
        )
    return begin


def _milliseconds(value: object, zone: tzinfo) -> float:
    if isinstance(value, str):
        return parse_date(value, zone)[0]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError(value)


def _without_comment(key: str) -> str:
    """Return an id without the comment that may follow it."""
    return key.partition("//")[0].strip()
