"""Read what is new in the side tables, a piece at a time, in the connection's thread."""

import sqlite3
from array import array
from dataclasses import dataclass, field
from typing import Final

from storage.log.batch import AccountKind

_PIECE: Final = 16_384
"""Rows of a table at a time: taking them over takes the event loop a few milliseconds."""

NO_NUMBER: Final = -1
"""An id that is no decimal number that fits 64 bits."""
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
    """What somebody wrote of a contribution."""

    contribution: int
    title: str
    link: str | None


@dataclass(slots=True)
class SideTableRows:
    """Rows that were not known."""

    erasures: int
    """How often somebody was erased, ever. If that changed, nothing else was read."""
    more: bool = False
    """There may be more."""
    sources: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    contributions: "array[int]" = field(default_factory=lambda: array("q"))
    """Ids that are decimal numbers; else `NO_NUMBER` or `ERASED`."""
    contribution_sources: "array[int]" = field(default_factory=lambda: array("h"))
    odd_contributions: dict[int, str] = field(default_factory=dict)
    """Offset in `contributions` → id, where that is not a decimal number."""
    accounts: list[AccountRow] = field(default_factory=list)
    account_revision: int = 0
    places: list[PlaceRow] = field(default_factory=list)
    place_revision: int = 0
    descriptions: list[DescriptionRow] = field(default_factory=list)
    description_revision: int = 0


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """How much of the side tables a reader has."""

    erasures: int
    sources: int
    texts: int
    contributions: int
    account_revision: int
    place_revision: int
    description_revision: int

    def news(self, connection: sqlite3.Connection) -> SideTableRows:
        """Return the next rows."""
        (erasures,) = connection.execute("SELECT count(*) FROM erasures").fetchone()
        news = SideTableRows(
            erasures,
            account_revision=self.account_revision,
            place_revision=self.place_revision,
            description_revision=self.description_revision,
        )
        if erasures == self.erasures:
            self._read(connection, news)
        return news

    def _read(self, connection: sqlite3.Connection, news: SideTableRows) -> None:
        sql = "SELECT {} FROM {} WHERE {} > ? ORDER BY {} LIMIT ?"

        def rows(table: str, columns: str, order: str, after: int) -> sqlite3.Cursor:
            return connection.execute(sql.format(columns, table, order, order), (after, _PIECE))

        news.sources = [ref for (ref,) in rows("sources", "ref", "number", self.sources)]
        news.texts = [ref for (ref,) in rows("texts", "ref", "number", self.texts)]
        for offset, (source, ref) in enumerate(
            rows("contributions", "source, ref", "number", self.contributions)
        ):
            kept = ERASED if ref is None else numeric(ref)
            news.contributions.append(kept)
            news.contribution_sources.append(source)
            if kept == NO_NUMBER:
                news.odd_contributions[offset] = ref
        columns = "revision, number, source, ref, kind, name, opted_out_ms"
        for revision, *fields in rows("accounts", columns, "revision", self.account_revision):
            news.accounts.append(AccountRow(*fields))
            news.account_revision = revision
        columns = "revision, number, source, ref, name, kind"
        for revision, *fields in rows("places", columns, "revision", self.place_revision):
            news.places.append(PlaceRow(*fields))
            news.place_revision = revision
        columns = "revision, contribution, title, link"
        after = self.description_revision
        for revision, *fields in rows("descriptions", columns, "revision", after):
            news.descriptions.append(DescriptionRow(*fields))
            news.description_revision = revision
        news.more = _PIECE in (
            len(news.texts),
            len(news.contributions),
            len(news.accounts),
            len(news.places),
            len(news.descriptions),
        )


def numeric(ref: str) -> int:
    """Return an id as the number it is, if that gives the same id back; else `NO_NUMBER`."""
    if not (ref.isascii() and ref.isdigit() and len(ref) <= _DIGITS):
        return NO_NUMBER
    number = int(ref)
    if number > _LARGEST or str(number) != ref:
        return NO_NUMBER
    return number
