"""A SourceCred instance, read as a whole and checked before anything is done with it."""

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
from cred.files.json_values import JsonReader
from cred.graph.archive import Archive
from cred.graph.weights import Weights
from cred.minting.budgets import Budget
from cred.minting.dependencies import Dependency

_LEDGER: Final = "data/ledger.json"
_WEIGHTS: Final = "config/weights.json"
_GRAPH: Final = "output/graphs/{}/graph"


@dataclass(frozen=True, slots=True)
class Instance:
    """What the folder of an instance holds."""

    plugins: tuple[str, ...]
    """Ids of the plugins in use: "sourcecred/discord"."""
    ledger: Ledger
    addresses: tuple[Address, ...]
    """All that the ledger says is somebody's; `archives` number them from 1 as accounts."""
    archives: tuple[Archive, ...]
    without_graph: tuple[str, ...]
    """Plugins in use of which there is no graph."""
    overrides: Weights
    configured: Mapping[str, Any]
    """JSON of plugins' own configuration, by plugin."""
    initiatives: tuple[InitiativeFile, ...]
    budgets: tuple[Budget, ...]
    dependencies: tuple[Dependency, ...]
    attributions: tuple[Attribution, ...]
    local_dates: tuple[str, ...]
    """Dates that the time zone decided."""
    published: PublishedScores | None
    computed: ScoringRun | None
    others: tuple[str, ...]
    """Files that are there and say nothing that is taken."""


def read_instance(
    root: Path,
    zone: tzinfo,
    on_read: Callable[[int], None] = lambda _bytes: None,
    *,
    most_bytes: int = MAX_BYTES,
) -> Instance:
    """Read an instance.

    Parameters
    ----------
    root
        Its folder.
    zone
        Time zone of the machine that it ran on, for dates that name none.
    on_read
        Told how many bytes of a file were read.
    most_bytes
        Longest text of a file that is read, unpacked.

    Raises
    ------
    InstanceError
        If something in it is not as it must be; names file and place.
    """
    folder = Folder(root, on_read, most_bytes=most_bytes)
    plugins = _plugins(folder)
    ledger = read_ledger(folder.text(_LEDGER), _LEDGER)
    addresses = tuple(one for person in ledger.people for one in person.addresses)
    graphs = ArchiveBuilder({address: number for number, address in enumerate(addresses, 1)})
    archives, without = [], []
    for plugin in plugins:
        name = _GRAPH.format(plugin)
        if folder.has(name):
            archives.append(graphs.add(plugin, folder.json(name), name))
        else:
            without.append(plugin)
    archives += graphs.rest()
    dates = config.DateReader(zone)
    return Instance(
        plugins=plugins,
        ledger=ledger,
        addresses=addresses,
        archives=tuple(archives),
        without_graph=tuple(without),
        overrides=parse_weights(folder.json(_WEIGHTS), _WEIGHTS)
        if folder.has(_WEIGHTS)
        else Weights(),
        configured={
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
        computed=read_scoring_run(folder),
        others=_others(folder, plugins),
    )


def _plugins(folder: Folder) -> tuple[str, ...]:
    name = "sourcecred.json"
    content = folder.reader(name)
    with in_file(name):
        listed = content.list("bundledPlugins")
    plugins = []
    for at, plugin in enumerate(listed):
        if not isinstance(plugin, str) or plugin.count("/") != 1 or ".." in plugin:
            raise InstanceError(
                f'{name}: bundledPlugins[{at}] must be "owner/plugin", not {plugin!r:.60}.'
            )
        plugins.append(plugin)
    if len(set(plugins)) != len(plugins):
        raise InstanceError(f"{name}: bundledPlugins names a plugin twice.")
    return tuple(plugins)


def _others(folder: Folder, plugins: tuple[str, ...]) -> tuple[str, ...]:
    """Return files that something could be expected of, and that are not read."""
    left = [
        name
        for name in ("config/grain.json", "config/currencyDetails.json")
        if folder.has(name)
    ]
    left += [
        name
        for name in folder.names("config/plugins/*/*/config.json")
        if "/".join(name.split("/")[2:4]) not in plugins
    ]
    return tuple(left)


def object_reader(value: object, name: str) -> JsonReader:
    """Return a plugin's configuration that is one object.

    Raises
    ------
    InstanceError
        If it is none.
    """
    with in_file(name):
        return JsonReader(value, f"{name}: it")
