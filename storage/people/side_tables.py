"""Read the new rows of the side tables, a part at a time, in the connection's thread."""

import sqlite3
from array import array
from dataclasses import dataclass, field
from typing import Final

from storage.log.batch import AccountKind

_LIMIT: Final = 16_384
"""Rows of a table per read: adding them takes a few milliseconds of the event loop."""

NO_NUMBER: Final = -1
"""An id that is not a decimal number of at most 64 bits."""
ERASED: Final = -2

_DIGITS: Final = 19
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the file has it."""

    number: int
    source: int
    id: str | None
    """The platform's id; None once erased."""
    kind: AccountKind
    name: str | None
    opted_out_ms: int | None
    other_names: tuple[str, ...] = ()
    """What else it is called, such as its user name beside a nickname."""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place as the file has it."""

    number: int
    source: int
    id: str
    name: str | None
    kind: str | None


@dataclass(frozen=True, slots=True)
class DescriptionRow:
    """What somebody wrote about a contribution."""

    contribution: int
    title: str
    link: str | None


@dataclass(slots=True)
class SideTableRows:
    """Rows that a reader does not have yet."""

    erasures: int
    """How often anybody was erased. If that has changed, nothing else was read."""
    more: bool = False
    """Whether there may be more rows."""
    sources: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    contributions: "array[int]" = field(default_factory=lambda: array("q"))
    """Ids as decimal numbers, or `NO_NUMBER` or `ERASED`."""
    contribution_sources: "array[int]" = field(default_factory=lambda: array("h"))
    other_contributions: dict[int, str] = field(default_factory=dict)
    """Offset in `contributions` → id, for those that are not decimal numbers."""
    accounts: list[AccountRow] = field(default_factory=list)
    account_revision: int = 0
    places: list[PlaceRow] = field(default_factory=list)
    place_revision: int = 0
    descriptions: list[DescriptionRow] = field(default_factory=list)
    description_revision: int = 0


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """How much of the side tables a reader has read."""

    erasures: int
    sources: int
    texts: int
    contributions: int
    account_revision: int
    place_revision: int
    description_revision: int

    def read_on(self, connection: sqlite3.Connection) -> SideTableRows:
        """Return the next rows."""
        (erasures,) = connection.execute("SELECT count(*) FROM erasures").fetchone()
        rows = SideTableRows(
            erasures,
            account_revision=self.account_revision,
            place_revision=self.place_revision,
            description_revision=self.description_revision,
        )
        if erasures == self.erasures:
            self._read(connection, rows)
        return rows

    def _read(self, connection: sqlite3.Connection, new: SideTableRows) -> None:
        sql = "SELECT {} FROM {} WHERE {} > ? ORDER BY {} LIMIT ?"

        def select(table: str, columns: str, order: str, after: int) -> sqlite3.Cursor:
            return connection.execute(sql.format(columns, table, order, order), (after, _LIMIT))

        new.sources = [ref for (ref,) in select("sources", "ref", "number", self.sources)]
        new.texts = [ref for (ref,) in select("texts", "ref", "number", self.texts)]
        for offset, (source, ref) in enumerate(
            select("contributions", "source, ref", "number", self.contributions)
        ):
            number = ERASED if ref is None else parse_number(ref)
            new.contributions.append(number)
            new.contribution_sources.append(source)
            if number == NO_NUMBER:
                new.other_contributions[offset] = ref
        columns = "revision, number, source, ref, kind, name, opted_out_ms, other_names"
        for revision, *fields in select("accounts", columns, "revision", self.account_revision):
            fields[-1] = tuple((fields[-1] or "").splitlines())
            new.accounts.append(AccountRow(*fields))
            new.account_revision = revision
        columns = "revision, number, source, ref, name, kind"
        for revision, *fields in select("places", columns, "revision", self.place_revision):
            new.places.append(PlaceRow(*fields))
            new.place_revision = revision
        columns = "revision, contribution, title, link"
        after = self.description_revision
        for revision, *fields in select("descriptions", columns, "revision", after):
            new.descriptions.append(DescriptionRow(*fields))
            new.description_revision = revision
        new.more = _LIMIT in (
            len(new.texts),
            len(new.contributions),
            len(new.accounts),
            len(new.places),
            len(new.descriptions),
        )


def parse_number(ref: str) -> int:
    """Return the number that an id is, if it converts back to the same id, or `NO_NUMBER`."""
    if not (ref.isascii() and ref.isdigit() and len(ref) <= _DIGITS):
        return NO_NUMBER
    number = int(ref)
    if number > _LARGEST or str(number) != ref:
        return NO_NUMBER
    return number
