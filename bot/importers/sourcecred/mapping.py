"""Maps the configuration of an instance to community settings.

Every file gets a line in the report: what was imported from it, what was not, and reason.
"""

from dataclasses import dataclass, field
from datetime import tzinfo

from bot.commands.kit.wording import pluralize
from bot.importers.sourcecred.graphs import archive_name
from bot.importers.sourcecred.instance import Instance
from bot.importers.sourcecred.plugin_configs.config_object import ConfigObject
from bot.importers.sourcecred.plugin_configs.discord import map_servers
from bot.importers.sourcecred.plugin_configs.discourse import forum_settings
from cred.addresses import Address, format_address
from cred.chain.parameters import Parameters
from cred.graph.weights import Weights
from storage.canonical_json import Json


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
    """Map the configuration of an instance to settings; what has no meaning here is told."""
    mapped = MappedConfig()
    _map_weights(instance.overrides, mapped)
    for plugin, value in instance.plugin_configs.items():
        name = f"config/plugins/{plugin}/config.json"
        if plugin == "sourcecred/discord":
            _map_discord(value, name, instance.zone, mapped)
        elif plugin == "sourcecred/discourse":
            _map_discourse(value, name, mapped)
        elif plugin == "sourcecred/initiatives":
            reason = "the address of the initiatives' files: they are read from the folder"
            mapped.report.append(ReportLine(name, "", reason))
        else:
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


def _map_discord(value: object, name: str, zone: tzinfo, mapped: MappedConfig) -> None:
    skipped: list[str] = []
    ids, settings = map_servers(value, zone, skipped)
    mapped.server_ids += ids
    mapped.settings |= settings
    imported = (
        f"{pluralize(len(settings), 'setting')} of {pluralize(len(ids), 'Discord server')}"
    )
    mapped.report.append(ReportLine(name, imported, "; ".join(skipped)))


def _map_discourse(value: object, name: str, mapped: MappedConfig) -> None:
    skipped: list[str] = []
    settings = dict(forum_settings(ConfigObject(value, "", skipped)))
    mapped.settings |= settings
    imported = f"{pluralize(len(settings), 'setting')} of the forum"
    mapped.report.append(ReportLine(name, imported, "; ".join(skipped)))
