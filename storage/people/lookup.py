"""Find accounts by what somebody typed."""

from bisect import bisect_left, insort
from collections.abc import Callable
from itertools import islice

from storage.people.side_tables import AccountRow


class PeopleIndex:
    """Accounts by id and by name, without erased ones."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove all accounts."""
        self._ids: dict[tuple[int, str], int] = {}
        self._any_source: dict[str, list[int]] = {}
        self._exact: dict[str, list[int]] = {}
        self._folded: list[tuple[str, int]] = []
        """(name without case, number), sorted."""

    def add(self, account: AccountRow) -> None:
        """Add an account."""
        if account.id is not None:
            self._ids[account.source, account.id] = account.number
            self._any_source.setdefault(account.id, []).append(account.number)
        if account.name:
            self._exact.setdefault(account.name, []).append(account.number)
            insort(self._folded, (account.name.casefold(), account.number))

    def remove(self, account: AccountRow) -> None:
        """Remove an account as it was added."""
        if account.id is not None:
            del self._ids[account.source, account.id]
            self._any_source[account.id].remove(account.number)
        if account.name:
            self._exact[account.name].remove(account.number)
            entry = (account.name.casefold(), account.number)
            del self._folded[bisect_left(self._folded, entry)]

    def find_id(self, source: int, account_id: str) -> int | None:
        """Return the number of the account with an id, or None."""
        return self._ids.get((source, account_id))

    def find(self, text: str, accepts: Callable[[int], bool]) -> list[int]:
        """Return the accepted accounts a text may mean; see `CachedDirectory.find_account`."""
        for matches in (self._any_source.get(text, ()), self._exact.get(text, ())):
            if exact := [number for number in matches if accepts(number)]:
                return sorted(exact)
        folded = text.casefold()
        if not folded:
            return []
        equal: list[int] = []
        prefixed: list[int] = []
        start = bisect_left(self._folded, (folded,))
        for name, number in islice(self._folded, start, None):
            if not name.startswith(folded):
                break
            if not accepts(number):
                continue
            prefixed.append(number)
            if name == folded:
                equal.append(number)
        return sorted(equal or prefixed)
