"""Initiatives of an instance: read from their files, and told as if entered by hand.

What an initiative gathers is written as addresses of web pages; SourceCred found out what they
are, and its graph has it (`contributesTo`, `dependsOn`, `references`), so that is where it is
read from. An initiative and what its file lists keep their numbers: cursors remember them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from bot.importers.sourcecred.dates import parse_date
from bot.importers.sourcecred.files import finite_number, in_file, unwrap_compat
from bot.importers.sourcecred.ledger import Person
from bot.services.entries.entry_events import (
    EventStamp,
    PlatformId,
    champion_event,
    entry_event,
    reference_event,
    status_event,
    work_events,
)
from bot.services.entries.entry_types import (
    MANUAL,
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
    entry_id,
)
from cred.addresses import Address, is_prefix
from cred.errors import InvalidInputError
from cred.facts.events import Event
from cred.facts.events import Provenance as HowKnown
from cred.files.json_values import JsonReader
from cred.graph.archive import BEYOND, Archive
from storage.log.batch import Description

NAME: Final = "initiatives"
"""Of the plugin, and of its archive."""

_PREFIX: Final[Address] = ("sourcecred", "initiatives")
_LISTS: Final = {
    "contributions": (EntryType.CONTRIBUTION, ReferenceKind.CONTRIBUTES),
    "dependencies": (EntryType.DEPENDENCY, ReferenceKind.DEPENDS_ON),
    "references": (EntryType.REFERENCE, ReferenceKind.REFERS_TO),
}
_EDGES: Final = {
    "contributesTo": ReferenceKind.CONTRIBUTES,
    "dependsOn": ReferenceKind.DEPENDS_ON,
    "references": ReferenceKind.REFERS_TO,
}


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Work that an initiative's file lists itself."""

    type: EntryType
    provenance: ReferenceKind
    key: str
    title: str
    at_ms: int
    weight: float | None
    contributors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InitiativeFile:
    """An initiative's file."""

    file: str
    """Its own name: "guide.json"."""
    title: str
    at_ms: int
    weight: tuple[float, float] | None
    """While it goes on, and once it is complete."""
    completed: bool
    champions: tuple[str, ...]
    entries: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class ManualInitiatives:
    """Initiatives as what somebody could have entered."""

    events: tuple[Event, ...]
    descriptions: tuple[Description, ...]
    cursors: Mapping[str, str]
    """Which number a file, or an entry of one, has."""
    left: tuple[str, ...]
    """What could not be told, and why."""


def read_initiative(value: object, name: str) -> InitiativeFile:
    """Return what an initiative's file holds.

    Raises
    ------
    InstanceError
        If it is not as it must be.
    """
    body = unwrap_compat(value, name, "sourcecred/initiativeFile", ("0.1.0", "0.2.0"))
    with in_file(name):
        content = JsonReader(body, f"{name}: it")
        at_ms = _date(content)
        weight = None
        if "weight" in content:
            given = content.object("weight")
            weight = (_weight(given, "incomplete"), _weight(given, "complete"))
        completed = content.raw("completed")
        if not isinstance(completed, bool):
            raise InvalidInputError(f"{content.where}.completed must be true or false.")
        return InitiativeFile(
            file=name.rpartition("/initiatives/")[2],
            title=content.text("title"),
            at_ms=at_ms,
            weight=weight,
            completed=completed,
            champions=_texts(content, "champions"),
            entries=tuple(_entries(content, at_ms)),
        )


def enter_initiatives(
    initiatives: Sequence[InitiativeFile],
    people: Sequence[Person],
    archive: Archive | None,
    known: Mapping[str, str],
    free: Mapping[EntryType, Iterator[int]],
) -> ManualInitiatives:
    """Return initiatives as events of what is entered by hand.

    Parameters
    ----------
    initiatives
        What files say.
    people
        The ledger's, for names such as "@ada".
    archive
        The plugin's graph, for what is gathered; None where there is none.
    known
        Numbers given before: `ManualInitiatives.cursors`.
    free
        Numbers that are not taken yet.
    """
    teller = _EntryWriter(initiatives, people, known, free)
    for initiative in initiatives:
        teller.tell(initiative)
    if archive is not None:
        teller.tell_gathered(archive)
    elif initiatives:
        teller.left.append("what initiatives gather: there is no graph that tells what it is")
    return ManualInitiatives(
        tuple(teller.events),
        tuple(teller.descriptions),
        teller.numbers,
        tuple(dict.fromkeys(teller.left)),
    )


class _EntryWriter:
    """Gathers what `enter_initiatives` returns."""

    def __init__(
        self,
        initiatives: Sequence[InitiativeFile],
        people: Sequence[Person],
        known: Mapping[str, str],
        free: Mapping[EntryType, Iterator[int]],
    ) -> None:
        self.numbers = dict(known)
        self.events: list[Event] = []
        self.descriptions: list[Description] = []
        self.left: list[str] = []
        self._accounts = {
            f"@{person.name.lower()}": PlatformId("sourcecred", person.id) for person in people
        }
        self._dates = {initiative.file: initiative.at_ms for initiative in initiatives}
        wanted = [(EntryType.INITIATIVE, initiative.file) for initiative in initiatives]
        wanted += [
            (entry.type, f"{initiative.file} {entry.key}")
            for initiative in initiatives
            for entry in initiative.entries
        ]
        for what, key in wanted:
            if key not in self.numbers:
                self.numbers[key] = entry_id(what, next(free[what]))

    def tell(self, one: InitiativeFile) -> None:
        """Tell of an initiative and what its file lists."""
        own, told = self.numbers[one.file], EventStamp(one.at_ms, one.at_ms, HowKnown.IMPORT)
        before, after = one.weight if one.weight is not None else (None, None)
        sort = EntryDetails(EntryType.INITIATIVE, weight=after, incomplete=before)
        self.events.append(entry_event(own, sort, None, told))
        self.events += [champion_event(own, who, None, told) for who in self._of(one.champions)]
        self.descriptions.append(Description(MANUAL, own, one.title))
        for entry in one.entries:
            id_ = self.numbers[f"{one.file} {entry.key}"]
            when = EventStamp(entry.at_ms, entry.at_ms, HowKnown.IMPORT)
            shares = dict.fromkeys(self._of(entry.contributors), 1)
            entry_sort = EntryDetails(entry.type, weight=entry.weight)
            self.events += work_events(id_, entry_sort, None, shares, when)
            self.events.append(status_event(id_, EntryStatus.APPROVED, None, when))
            self.events.append(
                reference_event(own, PlatformId(MANUAL, id_), entry.provenance, None, told)
            )
            self.descriptions.append(Description(MANUAL, id_, entry.title))
        if one.completed:
            self.events.append(status_event(own, EntryStatus.COMPLETE, None, told))

    def tell_gathered(self, archive: Archive) -> None:
        """Tell what initiatives gather, but what their files list."""
        for file, how, address in _references(archive):
            if file not in self._dates or _is_entry(address):
                continue  # not among the files any more; or told with its initiative
            other = contribution_for(address)
            if address[-1] in self.numbers and is_prefix((*_PREFIX, "initiative"), address):
                other = PlatformId(MANUAL, self.numbers[address[-1]])
            if other is None:
                what = "/".join(address)[:80]
                self.left.append(f"{what}, which {file} gathers: nothing here tells of it")
                continue
            told = EventStamp(self._dates[file], self._dates[file], HowKnown.IMPORT)
            self.events.append(reference_event(self.numbers[file], other, how, None, told))

    def _of(self, names: Sequence[str]) -> list[PlatformId]:
        known = [name.lower() for name in names if name.lower() in self._accounts]
        self.left += [
            f"{name}: nobody of the ledger"
            for name in names
            if name.lower() not in self._accounts
        ]
        return [self._accounts[name] for name in known]


def _references(archive: Archive) -> Iterator[tuple[str, ReferenceKind, Address]]:
    """Go through what initiatives gather: the initiative's file, how, and what."""
    texts = archive.texts

    def end(number: int) -> Address:
        if number >= 0:
            return archive.nodes.at(number, texts)
        return archive.elsewhere.at(BEYOND - number, texts)

    for row in range(len(archive.edges)):
        address = archive.edges.at(row, texts)
        how = _EDGES.get(address[2]) if len(address) > len(_PREFIX) else None
        if how is None:
            continue
        ends = end(int(archive.source[row])), end(int(archive.target[row]))
        other, own = ends if how is ReferenceKind.CONTRIBUTES else ends[::-1]
        yield own[-1], how, other


def _is_entry(address: Address) -> bool:
    entries = (*_PREFIX, "CONTRIBUTION"), (*_PREFIX, "DEPENDENCY"), (*_PREFIX, "REFERENCE")
    return any(is_prefix(prefix, address) for prefix in entries)


def contribution_for(address: Address) -> PlatformId | None:
    """Return the contribution that an address is; None where no source tells of it.

    >>> ref_of(("sourcecred", "discourse", "post", "https://forum.example.org", "12"))
    Ref(source='discourse', id='post:12')
    """
    match address:
        case ("sourcecred", "discord", "MESSAGE", _, message):
            return PlatformId("discord", message)
        case ("sourcecred", "discourse", ("topic" | "post") as sort, _, number):
            return PlatformId("discourse", f"{sort}:{number}")
    return None


def _entries(content: JsonReader, at_ms: int) -> Iterator[FileEntry]:
    for key, (what, how) in _LISTS.items():
        # Older files list addresses of web pages only.
        if key not in content or isinstance(content.raw(key), list):
            continue
        for one in content.object(key).objects("entries", optional=True):
            title = one.text("title")
            yield FileEntry(
                type=what,
                provenance=how,
                key=one.text("key") if "key" in one else "-".join(title.lower().split()),
                title=title,
                at_ms=_date(one) if "timestampIso" in one else at_ms,
                weight=_weight(one, "weight") if "weight" in one else None,
                contributors=_texts(one, "contributors"),
            )


def _texts(content: JsonReader, key: str) -> tuple[str, ...]:
    if key not in content:
        return ()
    listed: Sequence[Any] = content.list(key)
    if not all(isinstance(one, str) for one in listed):
        raise InvalidInputError(f"{content.where}.{key} must be a list of texts.")
    return tuple(listed)


def _weight(content: JsonReader, key: str) -> float:
    weight = finite_number(content.raw(key), f"{content.where}.{key}")
    if weight < 0.0:
        raise InvalidInputError(f"{content.where}.{key} must be a number from 0 up.")
    return weight


def _date(content: JsonReader) -> int:
    try:
        return parse_date(content.text("timestampIso"), UTC)[0]
    except ValueError as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(f"{content.where}.timestampIso must be {error}.") from None
