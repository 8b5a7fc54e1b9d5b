"""Initiatives of an instance: read from their files, and told as if entered by hand.

What an initiative gathers is written as addresses of web pages; SourceCred found out what they
are, and its graph has it (`contributesTo`, `dependsOn`, `references`), so that is where it is
read from. An initiative and what its file lists keep their numbers: cursors remember them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from bot.importers.sourcecred.dates import moment_ms
from bot.importers.sourcecred.files import finite, headed, placed
from bot.importers.sourcecred.ledger import Person
from bot.services.entries.entry_events import (
    Ref,
    Told,
    becomes,
    champions,
    entered,
    refers,
    work,
)
from bot.services.entries.entry_types import SOURCE, How, Sort, Status, What, named
from cred.addresses import Address, is_prefix
from cred.errors import InvalidInputError
from cred.facts.events import Event
from cred.facts.events import How as HowKnown
from cred.files.json_values import Reader
from cred.graph.archive import BEYOND, Archive
from storage.log.batch import Description

NAME: Final = "initiatives"
"""Of the plugin, and of its archive."""

_PREFIX: Final[Address] = ("sourcecred", "initiatives")
_LISTS: Final = {
    "contributions": (What.CONTRIBUTION, How.CONTRIBUTES),
    "dependencies": (What.DEPENDENCY, How.DEPENDS_ON),
    "references": (What.REFERENCE, How.REFERS_TO),
}
_EDGES: Final = {
    "contributesTo": How.CONTRIBUTES,
    "dependsOn": How.DEPENDS_ON,
    "references": How.REFERS_TO,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Work that an initiative's file lists itself."""

    what: What
    how: How
    key: str
    title: str
    at_ms: int
    weight: float | None
    contributors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Initiative:
    """An initiative's file."""

    file: str
    """Its own name: "guide.json"."""
    title: str
    at_ms: int
    weight: tuple[float, float] | None
    """While it goes on, and once it is complete."""
    completed: bool
    champions: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class ByHand:
    """Initiatives as what somebody could have entered."""

    events: tuple[Event, ...]
    descriptions: tuple[Description, ...]
    cursors: Mapping[str, str]
    """Which number a file, or an entry of one, has."""
    left: tuple[str, ...]
    """What could not be told, and why."""


def read_initiative(value: object, name: str) -> Initiative:
    """Return what an initiative's file holds.

    Raises
    ------
    InstanceError
        If it is not as it must be.
    """
    body = headed(value, name, "sourcecred/initiativeFile", ("0.1.0", "0.2.0"))
    with placed(name):
        content = Reader(body, f"{name}: it")
        at_ms = _date(content)
        weight = None
        if "weight" in content:
            given = content.object("weight")
            weight = (_weight(given, "incomplete"), _weight(given, "complete"))
        completed = content.raw("completed")
        if not isinstance(completed, bool):
            raise InvalidInputError(f"{content.where}.completed must be true or false.")
        return Initiative(
            file=name.rpartition("/initiatives/")[2],
            title=content.text("title"),
            at_ms=at_ms,
            weight=weight,
            completed=completed,
            champions=_texts(content, "champions"),
            entries=tuple(_entries(content, at_ms)),
        )


def by_hand(
    initiatives: Sequence[Initiative],
    people: Sequence[Person],
    archive: Archive | None,
    known: Mapping[str, str],
    free: Mapping[What, Iterator[int]],
) -> ByHand:
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
        Numbers given before: `ByHand.cursors`.
    free
        Numbers that are not taken yet.
    """
    teller = _Teller(initiatives, people, known, free)
    for initiative in initiatives:
        teller.tell(initiative)
    if archive is not None:
        teller.tell_gathered(archive)
    elif initiatives:
        teller.left.append("what initiatives gather: there is no graph that tells what it is")
    return ByHand(
        tuple(teller.events),
        tuple(teller.descriptions),
        teller.numbers,
        tuple(dict.fromkeys(teller.left)),
    )


class _Teller:
    """Gathers what `by_hand` returns."""

    def __init__(
        self,
        initiatives: Sequence[Initiative],
        people: Sequence[Person],
        known: Mapping[str, str],
        free: Mapping[What, Iterator[int]],
    ) -> None:
        self.numbers = dict(known)
        self.events: list[Event] = []
        self.descriptions: list[Description] = []
        self.left: list[str] = []
        self._accounts = {
            f"@{person.name.lower()}": Ref("sourcecred", person.id) for person in people
        }
        self._dates = {initiative.file: initiative.at_ms for initiative in initiatives}
        wanted = [(What.INITIATIVE, initiative.file) for initiative in initiatives]
        wanted += [
            (entry.what, f"{initiative.file} {entry.key}")
            for initiative in initiatives
            for entry in initiative.entries
        ]
        for what, key in wanted:
            if key not in self.numbers:
                self.numbers[key] = named(what, next(free[what]))

    def tell(self, one: Initiative) -> None:
        """Tell of an initiative and what its file lists."""
        own, told = self.numbers[one.file], Told(one.at_ms, one.at_ms, HowKnown.IMPORT)
        before, after = one.weight if one.weight is not None else (None, None)
        sort = Sort(What.INITIATIVE, weight=after, incomplete=before)
        self.events.append(entered(own, sort, None, told))
        self.events += [champions(own, who, None, told) for who in self._of(one.champions)]
        self.descriptions.append(Description(SOURCE, own, one.title))
        for entry in one.entries:
            id_ = self.numbers[f"{one.file} {entry.key}"]
            when = Told(entry.at_ms, entry.at_ms, HowKnown.IMPORT)
            shares = dict.fromkeys(self._of(entry.contributors), 1)
            entry_sort = Sort(entry.what, weight=entry.weight)
            self.events += work(id_, entry_sort, None, shares, when)
            self.events.append(becomes(id_, Status.APPROVED, None, when))
            self.events.append(refers(own, Ref(SOURCE, id_), entry.how, None, told))
            self.descriptions.append(Description(SOURCE, id_, entry.title))
        if one.completed:
            self.events.append(becomes(own, Status.COMPLETE, None, told))

    def tell_gathered(self, archive: Archive) -> None:
        """Tell what initiatives gather, but what their files list."""
        for file, how, address in _gathered(archive):
            if file not in self._dates or _is_entry(address):
                continue  # not among the files any more; or told with its initiative
            other = ref_of(address)
            if address[-1] in self.numbers and is_prefix((*_PREFIX, "initiative"), address):
                other = Ref(SOURCE, self.numbers[address[-1]])
            if other is None:
                what = "/".join(address)[:80]
                self.left.append(f"{what}, which {file} gathers: nothing here tells of it")
                continue
            told = Told(self._dates[file], self._dates[file], HowKnown.IMPORT)
            self.events.append(refers(self.numbers[file], other, how, None, told))

    def _of(self, names: Sequence[str]) -> list[Ref]:
        known = [name.lower() for name in names if name.lower() in self._accounts]
        self.left += [
            f"{name}: nobody of the ledger"
            for name in names
            if name.lower() not in self._accounts
        ]
        return [self._accounts[name] for name in known]


def _gathered(archive: Archive) -> Iterator[tuple[str, How, Address]]:
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
        other, own = ends if how is How.CONTRIBUTES else ends[::-1]
        yield own[-1], how, other


def _is_entry(address: Address) -> bool:
    entries = (*_PREFIX, "CONTRIBUTION"), (*_PREFIX, "DEPENDENCY"), (*_PREFIX, "REFERENCE")
    return any(is_prefix(prefix, address) for prefix in entries)


def ref_of(address: Address) -> Ref | None:
    """Return the contribution that an address is; None where no source tells of it.

    >>> ref_of(("sourcecred", "discourse", "post", "https://forum.example.org", "12"))
    Ref(source='discourse', id='post:12')
    """
    match address:
        case ("sourcecred", "discord", "MESSAGE", _, message):
            return Ref("discord", message)
        case ("sourcecred", "discourse", ("topic" | "post") as sort, _, number):
            return Ref("discourse", f"{sort}:{number}")
    return None


def _entries(content: Reader, at_ms: int) -> Iterator[Entry]:
    for key, (what, how) in _LISTS.items():
        # Older files list addresses of web pages only.
        if key not in content or isinstance(content.raw(key), list):
            continue
        for one in content.object(key).objects("entries", optional=True):
            title = one.text("title")
            yield Entry(
                what=what,
                how=how,
                key=one.text("key") if "key" in one else "-".join(title.lower().split()),
                title=title,
                at_ms=_date(one) if "timestampIso" in one else at_ms,
                weight=_weight(one, "weight") if "weight" in one else None,
                contributors=_texts(one, "contributors"),
            )


def _texts(content: Reader, key: str) -> tuple[str, ...]:
    if key not in content:
        return ()
    listed: Sequence[Any] = content.list(key)
    if not all(isinstance(one, str) for one in listed):
        raise InvalidInputError(f"{content.where}.{key} must be a list of texts.")
    return tuple(listed)


def _weight(content: Reader, key: str) -> float:
    weight = finite(content.raw(key), f"{content.where}.{key}")
    if weight < 0.0:
        raise InvalidInputError(f"{content.where}.{key} must be a number from 0 up.")
    return weight


def _date(content: Reader) -> int:
    try:
        return moment_ms(content.text("timestampIso"), UTC)[0]
    except ValueError as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(f"{content.where}.timestampIso must be {error}.") from None
