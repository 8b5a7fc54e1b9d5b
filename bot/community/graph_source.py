"""What a community needs of a source: its declaration, its settings and its graph."""

from collections.abc import Callable, Hashable
from typing import Protocol

from bot.community.settings.definitions import Definition
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.graph.structure import Structure
from cred.graph.weights import Declaration
from storage.canonical_json import Json

GetSetting = Callable[[str], Json]
"""Returns the value of a community setting by its key."""


class GraphSource(Protocol):
    """The pure half of a source; `build_structure` runs in a worker thread."""

    @property
    def name(self) -> str:
        """Name of the source, as in its events."""
        ...

    @property
    def declaration(self) -> Declaration:
        """The kinds and factors that it emits, with default weights."""
        ...

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The community settings that it adds."""
        ...

    def rules(self, get: GetSetting) -> Hashable:
        """Return the settings that shape its structure, as one value that can be compared."""
        ...

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        """Return the source's part of the contribution graph, without weights."""
        ...
