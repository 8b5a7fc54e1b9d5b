"""Thanks, manual work and initiatives: entries made by hand, because no platform saw them."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final

from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import Definition
from bot.community.settings.references import Reader
from bot.settings import Settings
from bot.sources.manual import settings
from bot.sources.manual.declaration import DECLARATION, NAME
from bot.sources.manual.parse import parse
from bot.sources.manual.settings import Rules
from bot.sources.port import Runner
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import Event
from cred.graph.structure import Structure
from cred.graph.weights import Declaration


class Manual:
    """The source of entries. What people can do with them is in `bot.services.entries`."""

    name: str = NAME
    declaration: Declaration = DECLARATION
    definitions: tuple[Definition, ...] = settings.DEFINITIONS
    key_readers: Mapping[str, Reader] = settings.KEY_READERS

    def rules(self, read: GetSetting) -> Hashable:
        """Return the rules that the graph is built by."""
        return settings.read_rules(read)

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        """Return the part of the contribution graph that was entered by hand."""
        if not isinstance(rules, Rules):
            raise TypeError(f"these are not the rules of manual work: {rules!r:.80}")
        # Settings do not need it, and are to be answered at once.
        from bot.sources.manual import graph  # noqa: PLC0415

        return graph.build_structure(activity, directory, rules)

    def runners(self, settings: Settings) -> tuple[Runner, ...]:
        """Return no runners: entries are made by commands."""
        del settings
        return ()

    def parse(self, payload: Mapping[str, Any]) -> Iterable[Event]:
        """Return the events of an entry written as JSON; see `parse.py`."""
        return parse(payload)


SOURCE: Final = Manual()
