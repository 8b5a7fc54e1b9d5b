"""What scoring needs of a source: its declaration, and how its events become structure."""

from collections.abc import Callable, Hashable
from typing import Protocol

from bot.community.settings.definitions import Definition
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.graph.structure import Structure
from cred.graph.weights import Declaration
from storage.canonical_json import Json

GetSetting = Callable[[str], Json]
"""Reads one community setting by its key."""


class GraphSource(Protocol):
    """The pure half of a source; all of it runs in a worker thread."""

    @property
    def name(self) -> str:
        """The source's name, as in its events."""
        ...

    @property
    def declaration(self) -> Declaration:
        """Kinds and factors it emits, with default weights."""
        ...

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Community settings it adds."""
        ...

    def rules(self, read: GetSetting) -> Hashable:
        """Return those settings that shape its structure, as one comparable value."""
        ...

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        """Return its part of the contribution graph."""
        ...
