"""Maps the configuration of an instance to community settings.

Every file gets a line in the report: what was imported from it, what was not, and reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.commands.kit.wording import pluralize
from bot.importers.sourcecred.dates import parse_date
from bot.importers.sourcecred.files import finite_number, in_file, object_reader, object_readers
from bot.importers.sourcecred.graphs import archive_name
from bot.importers.sourcecred.instance import Instance
from bot.sources.discord.emoji import normal_emoji
from cred.addresses import Address, format_address
from cred.chain.parameters import Parameters
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader
from cred.graph.weights import Weights
from storage.canonical_json import Json

_DISCORD_KEYS: Final = frozenset(
    {
        "guildId",
        "reactionWeightConfig",
        "roleWeightConfig",
        "channelWeightConfig",
        "propsChannels",
        "includeNsfwChannels",
        "simplifyGraph",
        "beginningDate",
    }
)
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One part of the instance, and what became of it."""

    part: str
    imported: str
    """What was imported; "" if nothing was."""
    skipped: str = ""
    """What was not imported, and reason; "" if nothing was left out."""


@dataclass(slots=True)
class MappedConfig:
    """The settings that a configuration maps to, and the report about it."""

    settings: dict[str, Json] = field(default_factory=dict)
    archive_weights: dict[Address, float] = field(default_factory=dict)
    """Node weights that no setting can name; they go into the archives."""
    report: list[ReportLine] = field(default_factory=list)
    server_ids: list[str] = field(default_factory=list)
    """Ids of the Discord servers."""


def map_config(instance: Instance) -> MappedConfig:
    """Map the configuration of an instance to settings.

    Raises
    ------
    InstanceError
        If a plugin's configuration is malformed.
    """
    mapped = MappedConfig()
    _map_weights(instance.overrides, mapped)
    for plugin, value in instance.plugin_configs.items():
        name = f"config/plugins/{plugin}/config.json"
        if plugin == "sourcecred/discord":
            _map_discord(object_readers(value, name), name, mapped)
        elif plugin == "sourcecred/discourse":
            _map_discourse(object_reader(value, name), name, mapped)
        elif plugin != "sourcecred/initiatives":
            reason = (
                f"there is no source of {archive_name(plugin)} yet: its graph is kept as it is"
            )
            mapped.report.append(ReportLine(name, "", reason))
    if instance.scoring_run and instance.scoring_run.parameters != Parameters():
        parameters = instance.scoring_run.parameters
        mapped.settings |= {
            "scoring.seed_return": parameters.seed_return,
            "scoring.accrual": parameters.accrual,
            "scoring.webbing_forward": parameters.webbing_forward,
            "scoring.webbing_backward": parameters.webbing_backward,
        }
        mapped.report.append(ReportLine(instance.scoring_run.file, "CredRank's parameters"))
    return mapped


def _map_weights(overrides: Weights, mapped: MappedConfig) -> None:
    for prefix, weight in overrides.nodes.items():
        if all("/" not in _without_scheme(part) for part in prefix) and prefix:
            mapped.settings[f"weights.node.{_setting_path(prefix)}"] = weight
        else:
            mapped.archive_weights[prefix] = weight
    skipped = []
    for prefix, weights in overrides.edges.items():
        if min(weights) < 0.0 or not prefix:
            skipped.append(format_address(prefix) or "every edge")
        else:
            mapped.settings[f"weights.edge.{_setting_path(prefix)}"] = [*map(float, weights)]
    count = len(overrides.nodes) + len(overrides.edges) - len(skipped)
    if count or skipped:
        imported = f"{pluralize(count, 'weight')} of nodes and edges"
        if mapped.archive_weights:
            imported += (
                f" ({len(mapped.archive_weights)} of them in the archives: no setting can name "
                "them)"
            )
        reason = (
            f"{', '.join(skipped)}: a weight must be at least 0, and have a prefix"
            if skipped
            else ""
        )
        mapped.report.append(
            ReportLine("config/weights.json", imported if count else "", reason)
        )


def _setting_path(prefix: Address) -> str:
    return "/".join(prefix) + ("/" if len(prefix) == 1 else "")


def _without_scheme(part: str) -> str:
    return part.removeprefix("https://").removeprefix("http://")


def _map_discord(servers: list[JsonReader], name: str, mapped: MappedConfig) -> None:
    settings: dict[str, Json] = {}
    skipped: list[str] = []
    for server in servers:
        with in_file(name):
            mapped.server_ids.append(_without_comment(server.text("guildId")))
            _merge(settings, dict(_discord_settings(server, skipped)), skipped)
        skipped += [f"{key} (not known)" for key in server.fields() if key not in _DISCORD_KEYS]
    if len(servers) > 1:
        skipped.append("where servers differ, the settings of all but the first")
    mapped.settings |= settings
    imported = (
        f"{pluralize(len(settings), 'setting')} of {pluralize(len(servers), 'Discord server')}"
    )
    mapped.report.append(ReportLine(name, imported, "; ".join(skipped)))


def _discord_settings(server: JsonReader, skipped: list[str]) -> Iterator[tuple[str, Json]]:
    for factor, key in (
        ("emoji", "reactionWeightConfig"),
        ("role", "roleWeightConfig"),
        ("channel", "channelWeightConfig"),
    ):
        if key in server:
            yield from _factor_settings(factor, server.object(key))
    if "propsChannels" in server:
        channels = [_without_comment(str(channel)) for channel in server.list("propsChannels")]
        odd = [channel for channel in channels if not channel.isdigit()]
        if odd:
            skipped.append(f"propsChannels {', '.join(odd)}: not the id of a Discord channel")
        yield "discord.props-channels", [channel for channel in channels if channel.isdigit()]
    if _is_on(server, "includeNsfwChannels"):
        yield "discord.nsfw", True
    if _is_on(server, "simplifyGraph"):
        yield "discord.simplify", True
    if "beginningDate" in server:
        begin_ms, _ = _date(server, "beginningDate")
        if begin_ms % _DAY_MS:
            skipped.append("the time of day of beginningDate: here the whole day counts")
        yield "history.start", _format_day(begin_ms)


def _factor_settings(factor: str, config: JsonReader) -> Iterator[tuple[str, Json]]:
    if "defaultWeight" in config:
        default = finite_number(config.raw("defaultWeight"), f"{config.where}.defaultWeight")
        yield f"weights.{factor}.default", default
    for name, weight in _table(config, "weights"):
        key = normal_emoji(name) if factor == "emoji" else _without_comment(name)
        yield (
            f"weights.{factor}.{key}",
            finite_number(weight, f"{config.where}.weights.{name}"),
        )
    if factor == "emoji" and _is_on(config, "applyAveraging"):
        has_dampener = "confidenceDampener" in config
        yield (
            "scoring.averaging",
            config.number("confidenceDampener") if has_dampener else 0.0,
        )


def _map_discourse(config: JsonReader, name: str, mapped: MappedConfig) -> None:
    settings: dict[str, Json] = {}
    with in_file(name):
        if "serverUrl" in config:
            settings["discourse.url"] = config.text("serverUrl")
        if "weights" in config:
            weights = config.object("weights")
            for factor, default, table in (
                ("category", "defaultCategoryWeight", "categoryWeights"),
                ("tag", "defaultTagWeight", "tagWeights"),
            ):
                if default in weights:
                    where = f"{weights.where}.{default}"
                    settings[f"weights.{factor}.default"] = finite_number(
                        weights.raw(default), where
                    )
                for key, weight in _table(weights, table):
                    where = f"{weights.where}.{table}.{key}"
                    settings[f"weights.{factor}.{key}"] = finite_number(weight, where)
    skipped = (
        "mirrorOptions: the source itself decides what to read again"
        if "mirrorOptions" in config
        else ""
    )
    mapped.settings |= settings
    mapped.report.append(
        ReportLine(name, f"{pluralize(len(settings), 'setting')} of the forum", skipped)
    )


def _is_on(config: JsonReader, key: str) -> bool:
    """Return whether an option is switched on; one that is missing is off.

    Raises
    ------
    InvalidInputError
        If its value is not a boolean.
    """
    if key not in config:
        return False
    value = config.raw(key)
    if not isinstance(value, bool):
        raise InvalidInputError(f"{config.where}.{key} must be true or false.")
    return value


def _date(config: JsonReader, key: str) -> tuple[int, bool]:
    try:
        return parse_date(config.text(key), UTC)
    except ValueError as error:
        raise InvalidInputError(f"{config.where}.{key} must be {error}.") from None


def _format_day(at_ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).date().isoformat()


def _without_comment(key: str) -> str:
    """Return an id without the comment that may follow it."""
    return key.partition("//")[0].strip()


def _table(config: JsonReader, key: str) -> Iterator[tuple[str, Any]]:
    if key not in config:
        return
    table = config.raw(key)
    if not isinstance(table, Mapping):
        raise InvalidInputError(f"{config.where}.{key} must be an object.")
    yield from table.items()


def _merge(settings: dict[str, Json], more: dict[str, Json], skipped: list[str]) -> None:
    for key, value in more.items():
        if settings.setdefault(key, value) != value:
            skipped.append(f"{key} of another server")
