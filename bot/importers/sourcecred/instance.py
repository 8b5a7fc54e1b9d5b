"""Reads and checks a SourceCred instance as a whole, before anything is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final

from bot.importers.sourcecred import config
from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.files import MAX_BYTES, Folder, in_file
from bot.importers.sourcecred.graphs import ArchiveBuilder, parse_weights
from bot.importers.sourcecred.initiatives import InitiativeFile, read_initiative
from bot.importers.sourcecred.ledger import Ledger, read_ledger
from bot.importers.sourcecred.published import (
    PublishedScores,
    ScoringRun,
    read_published,
    read_scoring_run,
)
from cred.addresses import Address
from cred.chain.attributions import Attribution
from cred.graph.archive import Archive
from cred.graph.weights import Weights
from cred.minting.budgets import Budget
from cred.minting.dependencies import Dependency

_LEDGER: Final = "data/ledger.json"
_WEIGHTS: Final = "config/weights.json"
_GRAPH: Final = "output/graphs/{}/graph"


@dataclass(frozen=True, slots=True)
class Instance:
    """The contents of an instance's folder."""

    plugins: tuple[str, ...]
    """Ids of the plugins in use, such as "sourcecred/discord"."""
    ledger: Ledger
    addresses: tuple[Address, ...]
    """Every address in the ledger; `archives` number them from 1 as accounts."""
    archives: tuple[Archive, ...]
    without_graph: tuple[str, ...]
    """Plugins in use that have no graph."""
    overrides: Weights
    plugin_configs: Mapping[str, Any]
    """JSON configuration by plugin."""
    initiatives: tuple[InitiativeFile, ...]
    budgets: tuple[Budget, ...]
    dependencies: tuple[Dependency, ...]
    attributions: tuple[Attribution, ...]
    local_dates: tuple[str, ...]
    """Dates that depended on the time zone."""
    published: PublishedScores | None
    scoring_run: ScoringRun | None
    unused_files: tuple[str, ...]
    """Files that are not read, although one could expect it."""


def read_instance(
    root: Path,
    zone: tzinfo,
    on_read: Callable[[int], None] = lambda _bytes: None,
    *,
    max_bytes: int = MAX_BYTES,
) -> Instance:
    """Read an instance.

    Parameters
    ----------
    root
        The instance's folder.
    zone
        Time zone of the machine that SourceCred ran on, for dates that name none.
    on_read
        Called with the number of bytes after each read.
    max_bytes
        Longest text of a file that is read, after decompression.

    Raises
    ------
    InstanceError
        If a file is missing or malformed; the message names the file and the place in it.
    """
    folder = Folder(root, on_read, max_bytes=max_bytes)
    plugins = _plugins(folder)
    ledger = read_ledger(folder.text(_LEDGER), _LEDGER)
    addresses = tuple(
        address for participant in ledger.participants for address in participant.addresses
    )
    builder = ArchiveBuilder({address: number for number, address in enumerate(addresses, 1)})
    archives, without_graph = [], []
    for plugin in plugins:
        name = _GRAPH.format(plugin)
        if folder.has(name):
            archives.append(builder.add(plugin, folder.json(name), name))
        else:
            without_graph.append(plugin)
    archives += builder.remaining_archives()
    dates = config.DateReader(zone)
    return Instance(
        plugins=plugins,
        ledger=ledger,
        addresses=addresses,
        archives=tuple(archives),
        without_graph=tuple(without_graph),
        overrides=parse_weights(folder.json(_WEIGHTS), _WEIGHTS)
        if folder.has(_WEIGHTS)
        else Weights(),
        plugin_configs={
            plugin: folder.json(name)
            for plugin in plugins
            if folder.has(name := f"config/plugins/{plugin}/config.json")
        },
        initiatives=tuple(
            read_initiative(folder.json(name), name)
            for name in folder.names("config/plugins/*/initiatives/initiatives/**/*.json")
        ),
        budgets=config.read_budgets(folder, dates),
        dependencies=config.read_dependencies(folder, ledger, dates),
        attributions=config.read_attributions(folder, ledger, dates),
        local_dates=tuple(dates.local),
        published=read_published(folder),
        scoring_run=read_scoring_run(folder),
        unused_files=_unused_files(folder, plugins),
    )


def _plugins(folder: Folder) -> tuple[str, ...]:
    name = "sourcecred.json"
    content = folder.reader(name)
    with in_file(name):
        names = content.list("bundledPlugins")
    plugins = []
    for at, plugin in enumerate(names):
        if not isinstance(plugin, str) or plugin.count("/") != 1 or ".." in plugin:
            raise InstanceError(
                f'{name}: bundledPlugins[{at}] must be "owner/plugin", not {plugin!r:.60}.'
            )
        plugins.append(plugin)
    if len(set(plugins)) != len(plugins):
        raise InstanceError(f"{name}: bundledPlugins names a plugin twice.")
    return tuple(plugins)


def _unused_files(folder: Folder, plugins: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files that are not read, although one could expect it."""
    unused = [
        name
        for name in ("config/grain.json", "config/currencyDetails.json")
        if folder.has(name)
    ]
    unused += [
        name
        for name in folder.names("config/plugins/*/*/config.json")
        if "/".join(name.split("/")[2:4]) not in plugins
    ]
    return tuple(unused)
