"""Reads and checks a SourceCred instance as a whole, before anything is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final

from bot.importers.sourcecred import config
from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.folder.files import GRAPH, MAX_BYTES, Folder, output_names
from bot.importers.sourcecred.folder.leftovers import TIMELINE_FILES, unused_files
from bot.importers.sourcecred.folder.plugins import Plugins, read_plugins
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


@dataclass(frozen=True, slots=True)
class Instance:
    """The contents of an instance's folder."""

    plugins: Plugins
    ledger: Ledger
    addresses: tuple[Address, ...]
    """Every address in the ledger; `archives` number them from 1 as accounts."""
    archives: tuple[Archive, ...]
    without_graph: Mapping[str, str]
    """Plugins in use that have no graph, and why."""
    overrides: Weights
    plugin_configs: Mapping[str, Any]
    """JSON configuration by plugin."""
    initiatives: tuple[InitiativeFile, ...]
    budgets: tuple[Budget, ...]
    dependencies: tuple[Dependency, ...]
    attributions: tuple[Attribution, ...]
    rules_left_out: Mapping[str, Sequence[str]]
    """What is left out of budgets, dependencies and attributions, by file, and why."""
    effective_rules_left_out: tuple[str, ...]
    """Those rules among them that SourceCred would have given cred for."""
    zone: tzinfo
    """Time zone of the machine that SourceCred ran on, for dates that name none."""
    local_dates: tuple[str, ...]
    """Dates that depended on the time zone."""
    published: PublishedScores | None
    scoring_run: ScoringRun | None
    timeline_files: tuple[str, ...]
    """Files that only an instance has which TimelineCred scored, CredRank's predecessor."""
    unused_files: Mapping[str, str]
    """Files that are not read, and why."""


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
    plugins = read_plugins(folder)
    if not folder.exists(_LEDGER):
        raise InstanceError(
            f"{_LEDGER} is missing: check the instance out whole. The branch gh-pages may hold "
            "the outputs only; config and data are in the main branch then."
        )
    ledger = read_ledger(folder.text(_LEDGER) if folder.has(_LEDGER) else "", _LEDGER)
    addresses = tuple(
        address for participant in ledger.participants for address in participant.addresses
    )
    builder = ArchiveBuilder({address: number for number, address in enumerate(addresses, 1)})
    archives, without_graph = [], {}
    for plugin in plugins.in_use:
        name = folder.find_output(GRAPH.format(plugin))
        if name is not None:
            archives.append(builder.add(plugin, folder.json(name), name))
        else:
            without_graph[plugin] = _why_no_graph(folder, plugin)
    archives += builder.remaining_archives()
    dates, left_out = config.DateReader(zone), config.LeftOut()
    return Instance(
        plugins=plugins,
        ledger=ledger,
        addresses=addresses,
        archives=tuple(archives),
        without_graph=without_graph,
        overrides=parse_weights(folder.json(_WEIGHTS), _WEIGHTS)
        if folder.has(_WEIGHTS)
        else Weights(),
        plugin_configs={
            plugin: folder.json(name)
            for plugin in plugins.in_use
            if folder.has(name := f"config/plugins/{plugin}/config.json")
        },
        initiatives=tuple(
            read_initiative(folder.json(name), name)
            for name in folder.names("config/plugins/*/initiatives/initiatives/**/*.json")
        ),
        budgets=config.read_budgets(folder, dates, left_out),
        dependencies=config.read_dependencies(folder, ledger, dates, left_out),
        attributions=config.read_attributions(folder, ledger, dates, left_out),
        rules_left_out=left_out.by_file,
        effective_rules_left_out=tuple(left_out.effective),
        zone=zone,
        local_dates=tuple(dates.local),
        published=read_published(folder),
        scoring_run=read_scoring_run(folder),
        timeline_files=tuple(name for name in TIMELINE_FILES if folder.exists(name)),
        unused_files=unused_files(folder, plugins.in_use),
    )


def _why_no_graph(folder: Folder, plugin: str) -> str:
    """Return why a plugin has no graph, and what to do."""
    empty = [name for name in output_names(GRAPH.format(plugin)) if folder.is_empty(name)]
    if empty:
        folder.used.update(empty)
        return f"{empty[0]} is empty (0 bytes): let SourceCred write it again"
    hint = "the branch gh-pages often holds the outputs: copy its folder output into this one"
    if not folder.exists("output"):
        return f"there is no folder output; {hint}"
    if not folder.exists("output/graphs"):
        return f"there is no folder output/graphs; {hint}"
    others = folder.files_in(f"output/graphs/{plugin}")
    if others:
        return f"{others[0]} has no name that SourceCred gives a graph: rename it to graph"
    return "there is none in output/graphs"
