"""What the numbers of the log stand for, in memory: `cred.facts.directory.Directory` and more.

A million contributions take about 10 MB. The ids of most platforms are decimal numbers and are
kept as 64-bit integers; only other ids are kept as text.
"""

import asyncio
from array import array
from collections.abc import Iterator

import numpy as np

from storage.file.database import Database
from storage.log.batch import AccountKind
from storage.people.comparable import comparable
from storage.people.lookup import PeopleIndex
from storage.people.side_tables import (
    ERASED,
    NO_NUMBER,
    AccountRow,
    DescriptionRow,
    PlaceRow,
    ReadPosition,
    SideTableRows,
    parse_number,
)


class CachedDirectory:
    """A community's side tables in memory, empty until the first `refresh`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._refreshing = asyncio.Lock()
        self._people = PeopleIndex()
        self._clear()

    async def refresh(self) -> None:
        """Read what is new since the last time; after an erasure, read everything again."""
        async with self._refreshing:
            more = True
            while more:
                position = ReadPosition(
                    self._erasures,
                    len(self._sources),
                    len(self._texts),
                    len(self._contributions),
                    self._account_revision,
                    self._place_revision,
                    self._description_revision,
                )
                # Read in the connection's thread, added in this one: nobody sees half of it.
                more = self._add(await self._database.read(position.read_on))

    @property
    def erasures(self) -> int:
        """How often anybody was erased. Each time, ids that were known before are gone."""
        return self._erasures

    def source(self, number: int) -> str:
        """Return a source's name."""
        return self._sources[number - 1]

    def source_number(self, name: str) -> int | None:
        """Return the number of a source, or None if it never recorded anything."""
        return self._source_numbers.get(name)

    def account(self, number: int) -> str:
        """Return the platform's id of an account; "erased-<number>" if erased."""
        account = self._accounts[number]
        return _placeholder(number) if account.id is None else account.id

    def account_source(self, number: int) -> str:
        """Return the name of the source that an account belongs to."""
        return self.source(self._accounts[number].source)

    def account_kind(self, number: int) -> AccountKind:
        """Return "user", "bot" or "webhook"."""
        return self._accounts[number].kind

    def has_account(self, number: int) -> bool:
        """Tell whether there is an account with a number."""
        return number in self._accounts

    def account_name(self, number: int) -> str:
        """Return what to call an account: its name, else its id, else "erased-<number>"."""
        return self._accounts[number].name or self.account(number)

    def is_opted_out(self, number: int) -> bool:
        """Tell whether an account has opted out."""
        return self._accounts[number].opted_out_ms is not None

    def is_erased(self, number: int) -> bool:
        """Tell whether an account was erased."""
        return self._accounts[number].id is None

    def account_number(self, source: str, account_id: str) -> int | None:
        """Return the number of an account, or None if it is not known."""
        of_source = self._source_numbers.get(source)
        return None if of_source is None else self._people.find_id(of_source, account_id)

    def opted_out(self) -> frozenset[int]:
        """Return the accounts that have opted out."""
        return frozenset(self._opted_out)

    def erased_accounts(self) -> frozenset[int]:
        """Return the accounts that were erased."""
        return frozenset(self._erased)

    def find_account(self, text: str, source: str | None = None) -> list[int]:
        """Return the numbers of the accounts (of one source, if given) that a text may mean.

        They are the result of the first of these searches that finds any: exact id, whole name,
        beginning of a name. A name is one that is shown or another one, as a user name; what
        makes no difference (`comparable`) is passed over. Exactly the name that is shown beats
        one in other capitals, but never somebody's user name. Text within a name is never
        searched: "ann" must not find "joann". More than one result means that the text is
        ambiguous.
        """
        of_source = None if source is None else self._source_numbers.get(source, 0)
        return self._people.find(
            text,
            lambda number: of_source is None or self._accounts[number].source == of_source,
        )

    def names_from(self, text: str) -> Iterator[tuple[str, int]]:
        """Return the names that begin with a text, sorted, with the numbers of their accounts.

        Both the text and the names are made `comparable`; "" is the beginning of all.
        """
        return self._people.names_from(comparable(text))

    def account_names(self, number: int) -> tuple[str, ...]:
        """Return all the names of an account, the one that is shown first; none once erased."""
        account = self._accounts[number]
        return tuple(filter(None, (account.name, *account.other_names)))

    def contribution(self, number: int) -> str:
        """Return the platform's id of a contribution; "erased-<number>" if erased."""
        id_ = self._contributions[number - 1]
        if id_ >= 0:
            return str(id_)
        return _placeholder(number) if id_ == ERASED else self._other_contributions[number]

    def contribution_number(self, source: str, contribution_id: str) -> int | None:
        """Return the number of a contribution, or None if it is not known."""
        of_source = self._source_numbers.get(source)
        if of_source is None:
            return None
        wanted = parse_number(contribution_id)
        if wanted == NO_NUMBER:
            return self._other_numbers.get((of_source, contribution_id))
        # Searching all of them takes half a millisecond per million; a dict would take 100 MB.
        matches = np.flatnonzero(np.frombuffer(self._contributions, dtype=np.int64) == wanted)
        for row in matches.tolist():
            if self._contribution_sources[row] == of_source:
                return int(row) + 1
        return None

    def has_contribution(self, source: str, contribution_id: str) -> bool:
        """Tell whether a contribution is known, by its id with or without its type."""
        if self.contribution_number(source, contribution_id) is not None:
            return True
        of_source = self._source_numbers.get(source)
        return any(
            number == of_source and ref.partition(":")[2] == contribution_id
            for number, ref in self._other_numbers
        )

    def has_contributions(self, source: str) -> bool:
        """Tell whether any contribution of a source is known."""
        return self._source_numbers.get(source, 0) in self._contribution_sources

    def contribution_source(self, number: int) -> str:
        """Return the name of the source that a contribution belongs to."""
        return self.source(self._contribution_sources[number - 1])

    def description(self, contribution: int) -> DescriptionRow | None:
        """Return what somebody wrote about a contribution, by its number."""
        return self._descriptions.get(contribution)

    def place(self, number: int) -> str:
        """Return the platform's id of a place."""
        return self._places[number].id

    def place_source(self, number: int) -> str:
        """Return the name of the source that a place belongs to."""
        return self.source(self._places[number].source)

    def place_name(self, number: int) -> str:
        """Return what to call a place: its name, else its id."""
        place = self._places[number]
        return place.name or place.id

    def place_number(self, source: str, place_id: str) -> int | None:
        """Return the number of a place, or None if it is not known."""
        number = self._source_numbers.get(source)
        return None if number is None else self._place_numbers.get((number, place_id))

    def all_places(self) -> list[PlaceRow]:
        """Return every place that is known."""
        return list(self._places.values())

    def all_texts(self) -> list[str]:
        """Return every interned text."""
        return list(self._texts)

    def server_name(self) -> str | None:
        """Return the name of the place of kind "server", which holds all others, if known."""
        servers = (place.name for place in self._places.values() if place.kind == "server")
        return next(servers, None)

    def text(self, number: int) -> str:
        """Return an interned text."""
        return self._texts[number - 1]

    def _clear(self) -> None:
        self._sources: list[str] = []
        self._source_numbers: dict[str, int] = {}
        self._texts: list[str] = []
        self._accounts: dict[int, AccountRow] = {}
        self._account_revision = 0
        self._places: dict[int, PlaceRow] = {}
        self._place_numbers: dict[tuple[int, str], int] = {}
        self._place_revision = 0
        self._descriptions: dict[int, DescriptionRow] = {}
        self._description_revision = 0
        self._contributions = array("q")
        self._contribution_sources = array("h")
        self._other_contributions: dict[int, str] = {}
        self._other_numbers: dict[tuple[int, str], int] = {}
        self._erasures = 0
        self._opted_out: set[int] = set()
        self._erased: set[int] = set()
        self._people.clear()

    def _add(self, rows: SideTableRows) -> bool:
        """Add what was read; tell whether there may be more."""
        if rows.erasures != self._erasures:
            # An erased account is in many places here: start from nothing.
            self._clear()
            self._erasures = rows.erasures
            return True
        for name in rows.sources:
            self._sources.append(name)
            self._source_numbers[name] = len(self._sources)
        for text in rows.texts:
            self._texts.append(text)
        first = len(self._contributions) + 1
        self._contributions.extend(rows.contributions)
        self._contribution_sources.extend(rows.contribution_sources)
        for offset, ref in rows.other_contributions.items():
            self._other_contributions[first + offset] = ref
            self._other_numbers[self._contribution_sources[first + offset - 1], ref] = (
                first + offset
            )
        for account in rows.accounts:
            self._add_account(account)
        self._people.sort()
        self._account_revision = rows.account_revision
        for place in rows.places:
            self._places[place.number] = place
            self._place_numbers[place.source, place.id] = place.number
        self._place_revision = rows.place_revision
        for description in rows.descriptions:
            self._descriptions[description.contribution] = description
        self._description_revision = rows.description_revision
        return rows.more

    def _add_account(self, account: AccountRow) -> None:
        before = self._accounts.get(account.number)
        if before is not None:
            self._people.remove(before)
        self._people.add(account)
        self._accounts[account.number] = account
        self._opted_out.discard(account.number)
        if account.opted_out_ms is not None:
            self._opted_out.add(account.number)
        if account.id is None:
            self._erased.add(account.number)


def _placeholder(number: int) -> str:
    return f"erased-{number}"
