"""What a community needs of a source: its settings, and its part of the graph."""

from collections.abc import Hashable
from typing import Protocol

from bot.community.settings.configured_source import ConfiguredSource
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.graph.structure import Structure


class GraphSource(ConfiguredSource, Protocol):
    """The pure half of a source; `build_structure` runs in a worker thread."""

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        """Return the source's part of the contribution graph, without weights."""
        ...
