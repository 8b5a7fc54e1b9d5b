"""What the numbers of the log stand for, in memory: `cred.facts.directory.Directory` and more.

A million contributions fit in about 10 MB: most platforms' ids are decimal numbers, kept as
64-bit integers; only other ids are kept as text.
"""

import asyncio
from array import array
from collections.abc import Iterable

import numpy as np

from storage.file.database import Database
from storage.log.batch import AccountKind
from storage.people.lookup import PeopleIndex
from storage.people.side_tables import (
    ERASED,
    NO_NUMBER,
    AccountRow,
    DescriptionRow,
    PlaceRow,
    ReadPosition,
    SideTableRows,
    numeric,
)


class CachedDirectory:
    """The side tables of a community in memory. Empty until the first `refresh`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._refreshing = asyncio.Lock()
        self._people = PeopleIndex()
        self._forget()

    async def refresh(self) -> None:
        """Read what is new since the last time; all of it after somebody was erased."""
        async with self._refreshing:
            more = True
            while more:
                known = ReadPosition(
                    self._erasures,
                    len(self._sources),
                    len(self._texts),
                    len(self._contributions),
                    self._account_revision,
                    self._place_revision,
                    self._description_revision,
                )
                # Read in the connection's thread, taken over here: nobody sees half of it.
                news = await self._database.read(known.news)
                more = self._take_over(news)

    @property
    def erasures(self) -> int:
        """How often somebody was erased; with each, ids known before are gone."""
        return self._erasures

    def source(self, number: int) -> str:
        """Return a source's name."""
        return self._sources[number - 1]

    def source_number(self, name: str) -> int | None:
        """Return the number of a source; None where it never recorded anything."""
        return self._source_numbers.get(name)

    def account(self, number: int) -> str:
        """Return the platform's id of an account; "erased-<number>" if erased."""
        known = self._accounts[number]
        return _placeholder(number) if known.id is None else known.id

    def account_source(self, number: int) -> str:
        """Return the name of the source whose account it is."""
        return self.source(self._accounts[number].source)

    def account_kind(self, number: int) -> AccountKind:
        """Return "user", "bot" or "webhook"."""
        return self._accounts[number].kind

    def has_account(self, number: int) -> bool:
        """Tell whether there is an account of a number."""
        return number in self._accounts

    def account_name(self, number: int) -> str:
        """Return what to call an account: its name, else its id, else "erased-<number>"."""
        return self._accounts[number].name or self.account(number)

    def is_opted_out(self, number: int) -> bool:
        """Return whether an account has opted out."""
        return self._accounts[number].opted_out_ms is not None

    def is_erased(self, number: int) -> bool:
        """Return whether an account was erased."""
        return self._accounts[number].id is None

    def account_numbers(self, source: str, ids: Iterable[str]) -> dict[str, int]:
        """Return the numbers of those of the accounts that are known."""
        found = ((one, self.account_number(source, one)) for one in ids)
        return {one: number for one, number in found if number is not None}

    def account_number(self, source: str, account_id: str) -> int | None:
        """Return the number of an account; None where it is not known."""
        of_source = self._source_numbers.get(source)
        return None if of_source is None else self._people.find_id(of_source, account_id)

    def opted_out(self) -> frozenset[int]:
        """Return the accounts that have opted out."""
        return frozenset(self._left)

    def find_account(self, text: str, source: str | None = None) -> list[int]:
        """Return the accounts (of a source, if one is given) that are meant, by number.

        The first of these that finds any: exact id, exact name, name in any case, beginning
        of a name in any case. Never a part from within a name: "ann" must not find "joann".
        More than one: the text is ambiguous.
        """
        of_source = None if source is None else self._source_numbers.get(source, 0)
        return self._people.find(
            text,
            lambda number: of_source is None or self._accounts[number].source == of_source,
        )

    def contribution(self, number: int) -> str:
        """Return the platform's id of a contribution; "erased-<number>" if erased."""
        kept = self._contributions[number - 1]
        if kept >= 0:
            return str(kept)
        return _placeholder(number) if kept == ERASED else self._odd_contributions[number]

    def contribution_number(self, source: str, contribution_id: str) -> int | None:
        """Return the number of a contribution; None where it is not known."""
        of_source = self._source_numbers.get(source)
        if of_source is None:
            return None
        wanted = numeric(contribution_id)
        if wanted == NO_NUMBER:
            return self._odd_numbers.get((of_source, contribution_id))
        # A search through all takes half a millisecond per million; a dict would take 100 MB.
        matches = np.flatnonzero(np.frombuffer(self._contributions, dtype=np.int64) == wanted)
        for row in matches.tolist():
            if self._contribution_sources[row] == of_source:
                return int(row) + 1
        return None

    def contribution_source(self, number: int) -> str:
        """Return the name of the source whose contribution it is."""
        return self.source(self._contribution_sources[number - 1])

    def description(self, contribution: int) -> DescriptionRow | None:
        """Return what somebody wrote of a contribution, by its number."""
        return self._descriptions.get(contribution)

    def place(self, number: int) -> str:
        """Return the platform's id of a place."""
        return self._places[number].id

    def place_name(self, number: int) -> str:
        """Return what to call a place: its name, else its id."""
        known = self._places[number]
        return known.name or known.id

    def place_number(self, source: str, place_id: str) -> int | None:
        """Return the number of a place; None where it is not known."""
        number = self._source_numbers.get(source)
        return None if number is None else self._place_numbers.get((number, place_id))

    def server_name(self) -> str | None:
        """Return the name of the place of kind "server", which holds all others, if told."""
        return next(
            (
                known_place.name
                for known_place in self._places.values()
                if known_place.kind == "server"
            ),
            None,
        )

    def text(self, number: int) -> str:
        """Return an interned text."""
        return self._texts[number - 1]

    def _forget(self) -> None:
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
        self._odd_contributions: dict[int, str] = {}
        self._odd_numbers: dict[tuple[int, str], int] = {}
        self._erasures = 0
        self._left: set[int] = set()
        self._people.clear()

    def _take_over(self, news: SideTableRows) -> bool:
        """Add what was read; return whether there may be more."""
        if news.erasures != self._erasures:
            # Whoever was erased is in many places here: start from nothing.
            self._forget()
            self._erasures = news.erasures
            return True
        for name in news.sources:
            self._sources.append(name)
            self._source_numbers[name] = len(self._sources)
        for text in news.texts:
            self._texts.append(text)
        first = len(self._contributions) + 1
        self._contributions.extend(news.contributions)
        self._contribution_sources.extend(news.contribution_sources)
        for offset, ref in news.odd_contributions.items():
            self._odd_contributions[first + offset] = ref
            self._odd_numbers[self._contribution_sources[first + offset - 1], ref] = (
                first + offset
            )
        for account in news.accounts:
            self._take_over_account(account)
        self._account_revision = news.account_revision
        for place in news.places:
            self._places[place.number] = place
            self._place_numbers[place.source, place.id] = place.number
        self._place_revision = news.place_revision
        for description in news.descriptions:
            self._descriptions[description.contribution] = description
        self._description_revision = news.description_revision
        return news.more

    def _take_over_account(self, account: AccountRow) -> None:
        before = self._accounts.get(account.number)
        if before is not None:
            self._people.remove(before)
        self._people.add(account)
        self._accounts[account.number] = account
        self._left.discard(account.number)
        if account.opted_out_ms is not None:
            self._left.add(account.number)


def _placeholder(number: int) -> str:
    return f"erased-{number}"
