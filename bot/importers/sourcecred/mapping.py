"""What of an instance's configuration becomes community settings, what is left, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.commands.kit.wording import pluralize
from bot.importers.sourcecred.dates import parse_date
from bot.importers.sourcecred.files import finite_number, in_file, object_readers
from bot.importers.sourcecred.graphs import archive_name
from bot.importers.sourcecred.instance import Instance, object_reader
from cred.addresses import Address, format_address
from cred.chain.parameters import Parameters
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader
from cred.graph.weights import Weights
from storage.canonical_json import Json

_MAIN_KEYS: Final = frozenset(
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
    """One thing that the instance holds, and what becomes of it."""

    what: str
    taken: str
    """What was taken; "" where nothing was."""
    left: str = ""
    """What was left, and why; "" where nothing was."""


@dataclass(slots=True)
class MappedConfig:
    """Settings to be made, and notes for people."""

    settings: dict[str, Json] = field(default_factory=dict)
    baked: dict[Address, float] = field(default_factory=dict)
    """Weights of nodes that no setting can name; they go into the archives."""
    notes: list[ReportLine] = field(default_factory=list)
    servers: list[str] = field(default_factory=list)
    """Ids of the Discord servers."""


def map_config(instance: Instance) -> MappedConfig:
    """Return what becomes of an instance's configuration.

    Raises
    ------
    InstanceError
        If a plugin's configuration is not as it must be.
    """
    taken = MappedConfig()
    _weights(instance.overrides, taken)
    for plugin, value in instance.configured.items():
        name = f"config/plugins/{plugin}/config.json"
        if plugin == "sourcecred/discord":
            _discord(object_readers(value, name), name, taken)
        elif plugin == "sourcecred/discourse":
            _discourse(object_reader(value, name), name, taken)
        elif plugin != "sourcecred/initiatives":
            left = (
                f"there is no source of {archive_name(plugin)} yet: its graph is kept as it is"
            )
            taken.notes.append(ReportLine(name, "", left))
    if instance.computed and instance.computed.parameters != Parameters():
        given = instance.computed.parameters
        taken.settings |= {
            "scoring.seed_return": given.seed_return,
            "scoring.accrual": given.accrual,
            "scoring.webbing_forward": given.webbing_forward,
            "scoring.webbing_backward": given.webbing_backward,
        }
        taken.notes.append(ReportLine("output/credGraph", "CredRank's parameters"))
    return taken


def _weights(overrides: Weights, taken: MappedConfig) -> None:
    for prefix, weight in overrides.nodes.items():
        if all("/" not in _without_scheme(part) for part in prefix) and prefix:
            taken.settings[f"weights.node.{_setting_path(prefix)}"] = weight
        else:
            taken.baked[prefix] = weight
    left = []
    for prefix, both in overrides.edges.items():
        if min(both) < 0.0 or not prefix:
            left.append(format_address(prefix) or "every edge")
        else:
            taken.settings[f"weights.edge.{_setting_path(prefix)}"] = [*map(float, both)]
    count = len(overrides.nodes) + len(overrides.edges) - len(left)
    if count or left:
        told = f"{pluralize(count, 'weight')} of nodes and edges"
        if taken.baked:
            told += f" ({len(taken.baked)} of them in the archives: no setting can name them)"
        why = f"{', '.join(left)}: a weight must be from 0 up, of a prefix" if left else ""
        taken.notes.append(ReportLine("config/weights.json", told if count else "", why))


def _setting_path(prefix: Address) -> str:
    return "/".join(prefix) + ("/" if len(prefix) == 1 else "")


def _without_scheme(part: str) -> str:
    return part.removeprefix("https://").removeprefix("http://")


def _discord(servers: list[JsonReader], name: str, taken: MappedConfig) -> None:
    settings: dict[str, Json] = {}
    left: list[str] = []
    for server in servers:
        with in_file(name):
            taken.servers.append(_without_comment(server.text("guildId")))
            _merge(settings, dict(_discord_settings(server, left)), left)
        left += [f"{key} (not known)" for key in server.fields() if key not in _MAIN_KEYS]
    if len(servers) > 1:
        left.append("one server's choice, where several differ")
    taken.settings |= settings
    told = (
        f"{pluralize(len(settings), 'setting')} of {pluralize(len(servers), 'Discord server')}"
    )
    taken.notes.append(ReportLine(name, told, "; ".join(left)))


def _discord_settings(server: JsonReader, left: list[str]) -> Iterator[tuple[str, Json]]:
    for factor, key in (
        ("emoji", "reactionWeightConfig"),
        ("role", "roleWeightConfig"),
        ("channel", "channelWeightConfig"),
    ):
        if key in server:
            yield from _factor(factor, server.object(key))
    if "propsChannels" in server:
        channels = [_without_comment(str(one)) for one in server.list("propsChannels")]
        odd = [channel for channel in channels if not channel.isdigit()]
        if odd:
            left.append(f"propsChannels {', '.join(odd)}: no id of a Discord channel")
        yield "discord.props-channels", [channel for channel in channels if channel.isdigit()]
    if _is_on(server, "includeNsfwChannels"):
        yield "discord.nsfw", True
    if _is_on(server, "simplifyGraph"):
        yield "discord.simplify", True
    if "beginningDate" in server:
        begin_ms, _ = _date(server, "beginningDate")
        if begin_ms % _DAY_MS:
            left.append("beginningDate's time of day: the whole day counts here")
        yield "history.start", _day(begin_ms)


def _factor(factor: str, config: JsonReader) -> Iterator[tuple[str, Json]]:
    if "defaultWeight" in config:
        default = finite_number(config.raw("defaultWeight"), f"{config.where}.defaultWeight")
        yield f"weights.{factor}.default", default
    for name, weight in _table(config, "weights"):
        plain = name if factor == "emoji" else _without_comment(name)
        yield (
            f"weights.{factor}.{plain}",
            finite_number(weight, f"{config.where}.weights.{name}"),
        )
    if factor == "emoji" and _is_on(config, "applyAveraging"):
        known = "confidenceDampener" in config
        yield "scoring.averaging", config.number("confidenceDampener") if known else 0.0


def _discourse(config: JsonReader, name: str, taken: MappedConfig) -> None:
    settings: dict[str, Json] = {}
    with in_file(name):
        if "serverUrl" in config:
            settings["discourse.url"] = config.text("serverUrl")
        if "weights" in config:
            given = config.object("weights")
            for factor, default, table in (
                ("category", "defaultCategoryWeight", "categoryWeights"),
                ("tag", "defaultTagWeight", "tagWeights"),
            ):
                if default in given:
                    where = f"{given.where}.{default}"
                    settings[f"weights.{factor}.default"] = finite_number(
                        given.raw(default), where
                    )
                for key, weight in _table(given, table):
                    where = f"{given.where}.{table}.{key}"
                    settings[f"weights.{factor}.{key}"] = finite_number(weight, where)
    left = (
        "mirrorOptions: what is read again is decided here" if "mirrorOptions" in config else ""
    )
    taken.settings |= settings
    taken.notes.append(
        ReportLine(name, f"{pluralize(len(settings), 'setting')} of the forum", left)
    )


def _is_on(config: JsonReader, key: str) -> bool:
    """Tell whether something is switched on.

    Raises
    ------
    InvalidInputError
        If it is neither on nor off.
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


def _day(at_ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).date().isoformat()


def _without_comment(key: str) -> str:
    """Return an id without the comment that may be behind it."""
    return key.partition("//")[0].strip()


def _table(config: JsonReader, key: str) -> Iterator[tuple[str, Any]]:
    if key not in config:
        return
    table = config.raw(key)
    if not isinstance(table, Mapping):
        raise InvalidInputError(f"{config.where}.{key} must be an object.")
    yield from table.items()


def _merge(settings: dict[str, Json], more: dict[str, Json], left: list[str]) -> None:
    for key, value in more.items():
        if settings.setdefault(key, value) != value:
            left.append(f"{key} of another server")
