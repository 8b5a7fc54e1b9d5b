"""What settings need of a source: what it declares, what it adds, and how it reads them."""

from collections.abc import Callable, Hashable, Mapping
from typing import Protocol

from bot.community.settings.definitions import Definition
from bot.community.settings.references import Reader
from cred.graph.weights import Declaration
from storage.canonical_json import Json

GetSetting = Callable[[str], Json]
"""Returns the value of a community setting by its key."""


class ConfiguredSource(Protocol):
    """A source as far as settings are concerned."""

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

    @property
    def key_readers(self) -> Mapping[str, Reader]:
        """How the keys of its factors are read; any name is a key of a factor without one."""
        ...

    def rules(self, get: GetSetting) -> Hashable:
        """Return the settings that shape its structure, as one value that can be compared."""
        ...
