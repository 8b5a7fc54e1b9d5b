"""Where contributions come from: one folder per platform, each exporting `SOURCE`.

A folder holds `__init__.py` (exports `SOURCE`), `declaration.py` (kinds and default weights),
`parse.py` (payload → events, pure), `graph.py` (activity → structure, pure), whatever talks
to the platform, `examples/*.json` and a README. `SOURCE.runners()` is what
listens or polls. Copying a folder gives a new source and its tests.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from bot.community.scoring.graph_source import GraphSource
from bot.sources.runner import Runner
from cred.facts.events import Event

Payload: TypeAlias = Mapping[str, object]
"""One JSON object as a platform sends it, wrapped as the source's README says."""


class Source(GraphSource, Protocol):
    """What every source exports."""

    def parse(self, payload: Payload) -> Iterable[Event]:
        """Return the events that a recorded payload tells of; pure, so examples are tests."""
        ...

    def runners(self) -> Sequence[Runner]:
        """Return what listens to its platform, as its own settings say; often none.

        Raises
        ------
        SettingsError
            If its settings cannot be used.
        """
        ...


def discover() -> Mapping[str, Source]:
    """Return the `SOURCE` of every folder here, by name."""
    modules = {
        found.name: importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
        if found.ispkg
    }
    return {
        name: module.SOURCE for name, module in modules.items() if hasattr(module, "SOURCE")
    }
