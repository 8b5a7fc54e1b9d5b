"""Reads the initiatives of an instance, and converts them to entries made by hand.

An initiative's file lists what it gathers as addresses of web pages. SourceCred found out which
contributions these are, so they are read from its graph instead (the edges `contributesTo`,
`dependsOn` and `references`). Initiatives and entries keep their numbers, in cursors.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from bot.importers.sourcecred.dates import parse_date
from bot.importers.sourcecred.folder.files import finite_number, in_file, unwrap_compat
from bot.importers.sourcecred.ledger import LedgerParticipant
from bot.importers.sourcecred.person_names import (
    ids_by_name,
    normal_name,
    read_names,
)
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
from cred.facts.events import Event, Provenance
from cred.files.json_values import JsonReader
from cred.graph.archive import Archive
from storage.log.batch import Description

NAME: Final = "initiatives"
"""Name of the plugin and of its archive."""

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
    """Work that an initiative's file describes itself."""

    type: EntryType
    reference: ReferenceKind
    key: str
    title: str
    at_ms: int
    weight: float | None
    contributors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InitiativeFile:
    """The contents of an initiative's file."""

    file: str
    """The file's name, such as "guide.json"."""
    title: str
    at_ms: int
    weight: tuple[float, float] | None
    """Before and after completion."""
    is_completed: bool
    champions: tuple[str, ...]
    entries: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class ManualInitiatives:
    """Initiatives as if somebody had entered them."""

    events: tuple[Event, ...]
    descriptions: tuple[Description, ...]
    cursors: Mapping[str, str]
    """The id given to each file, and to each entry in a file."""
    skipped: tuple[str, ...]
    """What could not be entered, and why."""


def read_initiative(value: object, name: str) -> InitiativeFile:
    """Parse an initiative's file.

    Raises
    ------
    InstanceError
        If it is malformed.
    """
    body = unwrap_compat(value, name, "sourcecred/initiativeFile", ("0.1.0", "0.2.0"))
    with in_file(name):
        content = JsonReader(body, f"{name}: it")
        at_ms = _date(content)
        weight = None
        if "weight" in content:
            given = content.object("weight")
            weight = (_weight(given, "incomplete"), _weight(given, "complete"))
        is_completed = content.raw("completed")
        if not isinstance(is_completed, bool):
            raise InvalidInputError(f"{content.where}.completed must be true or false.")
        return InitiativeFile(
            file=name.rpartition("/initiatives/")[2],
            title=content.text("title"),
            at_ms=at_ms,
            weight=weight,
            is_completed=is_completed,
            champions=read_names(content, "champions"),
            entries=tuple(_entries(content, at_ms)),
        )


def enter_initiatives(
    initiatives: Sequence[InitiativeFile],
    participants: Sequence[LedgerParticipant],
    archive: Archive | None,
    known_ids: Mapping[str, str],
    free_numbers: Mapping[EntryType, Iterator[int]],
) -> ManualInitiatives:
    """Convert initiatives to the events of entries made by hand.

    Parameters
    ----------
    initiatives
        The files.
    participants
        The ledger's participants, whom names such as "@ada" mean.
    archive
        The plugin's graph, for what initiatives gather; None if there is none.
    known_ids
        The ids given by an earlier import: `ManualInitiatives.cursors`.
    free_numbers
        Numbers that are not in use yet, by entry type.
    """
    entry_writer = _EntryWriter(initiatives, participants, known_ids, free_numbers)
    for initiative in initiatives:
        entry_writer.add_initiative(initiative)
    if archive is not None:
        entry_writer.add_references(archive)
    elif initiatives:
        entry_writer.skipped.append(
            "what initiatives gather: there is no graph that tells what it is"
        )
    return ManualInitiatives(
        tuple(entry_writer.events),
        tuple(entry_writer.descriptions),
        entry_writer.ids,
        tuple(dict.fromkeys(entry_writer.skipped)),
    )


class _EntryWriter:
    """Collects the parts of `ManualInitiatives`."""

    def __init__(
        self,
        initiatives: Sequence[InitiativeFile],
        participants: Sequence[LedgerParticipant],
        known_ids: Mapping[str, str],
        free_numbers: Mapping[EntryType, Iterator[int]],
    ) -> None:
        self.ids = dict(known_ids)
        self.events: list[Event] = []
        self.descriptions: list[Description] = []
        self.skipped: list[str] = []
        self._ids_by_name = ids_by_name(participants)
        self._dates = {initiative.file: initiative.at_ms for initiative in initiatives}
        keys = [(EntryType.INITIATIVE, initiative.file) for initiative in initiatives]
        keys += [
            (entry.type, f"{initiative.file} {entry.key}")
            for initiative in initiatives
            for entry in initiative.entries
        ]
        for entry_type, key in keys:
            if key not in self.ids:
                self.ids[key] = entry_id(entry_type, next(free_numbers[entry_type]))

    def add_initiative(self, initiative: InitiativeFile) -> None:
        """Add an initiative, and the entries that its file describes."""
        own_id, stamp = self.ids[initiative.file], _stamp(initiative.at_ms)
        before, after = initiative.weight if initiative.weight is not None else (None, None)
        details = EntryDetails(EntryType.INITIATIVE, weight=after, incomplete=before)
        self.events.append(entry_event(own_id, details, None, stamp))
        self.events += [
            champion_event(own_id, champion, None, stamp)
            for champion in self._resolve(initiative.champions)
        ]
        self.descriptions.append(Description(MANUAL, own_id, initiative.title))
        for entry in initiative.entries:
            self._add_entry(entry, self.ids[f"{initiative.file} {entry.key}"])
            reference = PlatformId(MANUAL, self.ids[f"{initiative.file} {entry.key}"])
            self.events.append(reference_event(own_id, reference, entry.reference, None, stamp))
        if initiative.is_completed:
            self.events.append(status_event(own_id, EntryStatus.COMPLETE, None, stamp))

    def _add_entry(self, entry: FileEntry, id_: str) -> None:
        stamp = _stamp(entry.at_ms)
        shares = dict.fromkeys(self._resolve(entry.contributors), 1)
        details = EntryDetails(entry.type, weight=entry.weight)
        self.events += work_events(id_, details, None, shares, stamp)
        self.events.append(status_event(id_, EntryStatus.APPROVED, None, stamp))
        self.descriptions.append(Description(MANUAL, id_, entry.title))

    def add_references(self, archive: Archive) -> None:
        """Add references to what initiatives gather beyond their own entries."""
        for file, kind, address in _references(archive):
            if file not in self._dates or _is_entry(address):
                continue  # the file is gone, or the entry came with its initiative
            target = contribution_for(address)
            if address[-1] in self.ids and is_prefix((*_PREFIX, "initiative"), address):
                target = PlatformId(MANUAL, self.ids[address[-1]])
            if target is None:
                name = "/".join(address)[:80]
                self.skipped.append(f"{name}, which {file} gathers: nothing here tells of it")
                continue
            stamp = _stamp(self._dates[file])
            self.events.append(reference_event(self.ids[file], target, kind, None, stamp))

    def _resolve(self, names: Sequence[str]) -> list[PlatformId]:
        ids = {name: self._ids_by_name.get(normal_name(name)) for name in names}
        self.skipped += [
            f"{name}: nobody of the ledger" for name, found in ids.items() if found is None
        ]
        return [
            PlatformId("sourcecred", found)
            for found in dict.fromkeys(ids.values())
            if found is not None
        ]


def _stamp(at_ms: int) -> EventStamp:
    return EventStamp(at_ms, at_ms, Provenance.IMPORT)


def _references(archive: Archive) -> Iterator[tuple[str, ReferenceKind, Address]]:
    """Yield what initiatives gather: the initiative's file, the kind, the other address."""
    for address, source, target in archive.edge_addresses(_PREFIX):
        kind = _EDGES.get(address[2]) if len(address) > len(_PREFIX) else None
        if kind is None:
            continue
        ends = source, target
        other, own = ends if kind is ReferenceKind.CONTRIBUTES else ends[::-1]
        yield own[-1], kind, other


def _is_entry(address: Address) -> bool:
    entries = (*_PREFIX, "CONTRIBUTION"), (*_PREFIX, "DEPENDENCY"), (*_PREFIX, "REFERENCE")
    return any(is_prefix(prefix, address) for prefix in entries)


def contribution_for(address: Address) -> PlatformId | None:
    """Return the contribution that an address stands for; None if it is of no source here.

    >>> contribution_for(("sourcecred", "discourse", "post", "https://forum.example.org", "12"))
    PlatformId(source='discourse', id='post:12')
    """
    match address:
        case ("sourcecred", "discord", "MESSAGE", _, message):
            return PlatformId("discord", message)
        case ("sourcecred", "discourse", ("topic" | "post") as kind, _, number):
            return PlatformId("discourse", f"{kind}:{number}")
    return None


def _entries(content: JsonReader, at_ms: int) -> Iterator[FileEntry]:
    for key, (entry_type, reference) in _LISTS.items():
        # Older files list addresses of web pages only.
        if key not in content or isinstance(content.raw(key), list):
            continue
        for entry in content.object(key).objects("entries", optional=True):
            title = entry.text("title")
            yield FileEntry(
                type=entry_type,
                reference=reference,
                key=entry.text("key") if "key" in entry else "-".join(title.lower().split()),
                title=title,
                at_ms=_date(entry) if "timestampIso" in entry else at_ms,
                weight=_weight(entry, "weight") if "weight" in entry else None,
                contributors=read_names(entry, "contributors"),
            )


def _weight(content: JsonReader, key: str) -> float:
    weight = finite_number(content.raw(key), f"{content.where}.{key}")
    if weight < 0.0:
        raise InvalidInputError(f"{content.where}.{key} must be a number of at least 0.")
    return weight


def _date(content: JsonReader) -> int:
    try:
        return parse_date(content.text("timestampIso"), UTC)[0]
    except ValueError as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(f"{content.where}.timestampIso must be {error}.") from None
