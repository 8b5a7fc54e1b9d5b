"""Contributions at a made-up place where changes are proposed and approved."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final

from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import Definition
from bot.community.settings.references import Reader, contribution_reader
from bot.settings import Settings
from bot.sources.port import Runner
from bot.sources.reviews import graph, parse
from bot.sources.reviews.declaration import DECLARATION, NAME
from bot.sources.reviews.runner import ReviewsRunner, ReviewsSettings
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import Event
from cred.graph.structure import Structure
from cred.graph.weights import Declaration


class Reviews:
    """The source."""

    name: str = NAME
    declaration: Declaration = DECLARATION
    definitions: tuple[Definition, ...] = ()
    key_readers: Mapping[str, Reader] = {"change": contribution_reader(NAME, "change")}

    def rules(self, read: GetSetting) -> Hashable:
        """Return that there is nothing to choose."""
        del read
        return ()

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        """Return its part of the contribution graph."""
        del rules
        return graph.build_structure(activity, directory)

    def parse(self, payload: Mapping[str, object]) -> Iterable[Event]:
        """Return the events that a list of changes tells of."""
        return parse.events(payload)

    def runners(self, settings: Settings) -> Sequence[Runner]:
        """Return one if there is an address."""
        del settings
        url = ReviewsSettings().url
        return (ReviewsRunner(url),) if url else ()


SOURCE: Final = Reviews()
