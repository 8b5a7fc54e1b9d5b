"""Names the files of an instance that are not read, each with the reason."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from bot.importers.sourcecred.folder.files import (
    ACCOUNTS,
    CRED_GRAPH,
    FOLDERS,
    GRAPH,
    VIEW,
    Folder,
    output_names,
)

_MANY: Final = 5
"""From so many files of a folder on, the folder is named instead, if the reason is the same."""

_NO_GRAIN: Final = "credbot does not pay out grain yet"
_TIMELINE: Final = (
    "TimelineCred, with which SourceCred scored before version 0.9: credbot computes CredRank, "
    "so other scores are right"
)
_REASONS: Final = (
    ("config/grain.json", _NO_GRAIN),
    ("config/currencyDetails.json", _NO_GRAIN),
    ("config/params.json", f"parameters of {_TIMELINE}"),
    ("data/updater.txt", "SourceCred's note of the version that wrote the instance"),
    ("output/credResult*", f"scores of {_TIMELINE}"),
    ("output/contributions/*", "CredEquate's contributions: credbot computes CredRank"),
    ("output/neo4j/*", "a copy of the graph for the database Neo4j"),
    ("output/grainIntegration/*", "lists of payments that were made"),
    (
        "config/plugins/external/*",
        "an external plugin's own: what SourceCred made of it is in output/graphs",
    ),
    ("config/*", "not a file that SourceCred reads"),
    ("data/*", "not a file that SourceCred reads"),
    ("output/*", "not an output of SourceCred that credbot knows"),
)
TIMELINE_FILES: Final = (*output_names("output/credResult"), "config/params.json")
"""Files that only an instance has which was scored by TimelineCred."""


def unused_files(folder: Folder, plugins: Sequence[str]) -> Mapping[str, str]:
    """Return the reason for each file of an instance that was not read, sorted by name.

    Where many files of one folder have the same reason, the folder stands for them.

    Parameters
    ----------
    folder
        The folder, after all was read that is used.
    plugins
        The plugins in use.
    """
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    for top in FOLDERS:
        for name in folder.files_in(top):
            if name not in folder.used:
                by_place[name.rpartition("/")[0], _reason(folder, name, plugins)].append(name)
    reasons: dict[str, str] = {}
    for (place, reason), names in by_place.items():
        if len(names) < _MANY:
            reasons |= dict.fromkeys(names, reason)
        else:
            reasons[f"{place}/ ({len(names):,} files)"] = reason
    return {
        name.encode(errors="replace").decode(): reason
        for name, reason in sorted(reasons.items())
    }


def _reason(folder: Folder, name: str, plugins: Sequence[str]) -> str:
    if folder.is_empty(name):
        return "it is empty (0 bytes)"
    plugin = _plugin_of(name)
    if plugin is not None and plugin not in plugins:
        return "of a plugin that is not in use"
    if name == folder.find_output(CRED_GRAPH):
        return "it does not name CredRank's parameters: the usual ones are used"
    for output in [GRAPH.format(plugin)] if plugin else [VIEW, CRED_GRAPH, ACCOUNTS]:
        if name in output_names(output):
            read = folder.find_output(VIEW if output == ACCOUNTS else output)
            return f"{read} is read instead"
    return next(reason for pattern, reason in _REASONS if fnmatchcase(name, pattern))


def _plugin_of(name: str) -> str | None:
    parts = name.split("/")
    in_plugin = parts[:2] in (["config", "plugins"], ["output", "graphs"]) and len(parts) > 4
    return "/".join(parts[2:4]) if in_plugin else None
