"""What a community has heard of: what its settings can name."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cred.addresses import Address, is_prefix
from cred.facts.events import Kind
from cred.graph.archive import Archive
from storage.canonical_json import Json
from storage.people.directory import CachedDirectory

PlatformNames = Callable[[], Mapping[str, Mapping[str, str]]]
"""Returns the names that a platform tells now, by id, of each sort: "role", "emoji"."""


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place as settings name it."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a community; of none, nothing."""

    directory: CachedDirectory | None = None
    setting: Callable[[str], Json] = lambda _key: None
    """Returns the value of a setting."""
    names: PlatformNames = dict
    events: Mapping[tuple[str, Kind], Collection[str]] | None = None
    """Texts of events, by source and kind; None: they were not asked."""
    archives: Mapping[str, Archive | None] = field(default_factory=dict)
    """The imported graphs by name; None where one is not loaded."""
    sees: Callable[[str, str], bool] = lambda _source, _place: True
    """Tells of a source and the id of one of its places whether it may be named."""

    def places(self, source: str) -> Sequence[NamedPlace]:
        """Return the places of a source that may be named."""
        if self.directory is None:
            return ()
        number = self.directory.source_number(source)
        return [
            NamedPlace(place.id, place.name or place.id, place.kind or "")
            for place in self.directory.all_places()
            if place.source == number and self.sees(source, place.id)
        ]

    def texts(self, kind: Kind, source: str | None = None) -> Collection[str]:
        """Return the texts of a kind of event: emoji, roles with commas between, and the like.

        As long as the events were not asked (`events`), every text of the log is returned.
        """
        if self.events is not None:
            return {
                text
                for (of_source, of_kind), texts in self.events.items()
                if of_kind is kind and source in {of_source, None}
                for text in texts
            }
        return () if self.directory is None else self.directory.all_texts()

    def has_contribution(self, source: str, contribution: str) -> bool:
        """Tell whether a contribution was recorded, by its id with or without its type."""
        return self.directory is not None and self.directory.has_contribution(
            source, contribution
        )

    def has_recorded(self, source: str) -> bool:
        """Tell whether a contribution of a source was ever recorded."""
        return self.directory is not None and self.directory.has_contributions(source)

    def accounts(self, text: str) -> Sequence[tuple[int, str]]:
        """Return the accounts that a text may mean, as (number, name and source).

        Whoever opted out is not found by name, so that an answer does not tell that they are
        here.
        """
        directory = self.directory
        if directory is None:
            return ()
        return [
            (number, f"{directory.account_name(number)} on {directory.account_source(number)}")
            for number in directory.find_account(text)
            if not directory.is_opted_out(number)
        ]

    def has_account(self, number: int) -> bool:
        """Tell whether there is an account with a number."""
        return self.directory is not None and self.directory.has_account(number)

    def has_account_id(self, source: str, account: str) -> bool:
        """Tell whether a source knows an account by its id."""
        directory = self.directory
        return directory is not None and directory.account_number(source, account) is not None

    def platform_names(self, sort: str) -> Mapping[str, str]:
        """Return the names that the platform tells now, by id; none while nobody asks it."""
        return self.names().get(sort, {})

    def is_archived(self, element: str, prefix: Address) -> bool:
        """Tell whether an imported graph has a "node" or an "edge" under a prefix."""
        for archive in self.archives.values():
            if archive is not None:
                column = archive.nodes if element == "node" else archive.edges
                rows = range(len(column))
                if any(is_prefix(prefix, column.at(row, archive.texts)) for row in rows):
                    return True
        return False


ASKED_FOR: Final = (Kind.REACTED, Kind.ROLES_CHANGED, Kind.PLACE_CHANGED)
"""Kinds of events whose texts settings name."""

NOTHING_KNOWN: Final = Known()
