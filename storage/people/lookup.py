"""Find accounts by what somebody typed."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Final

from storage.people.comparable import comparable
from storage.people.side_tables import AccountRow

_MOST_INSERTED: Final = 256
"""Names put in their places one by one; sorting more of them at once is faster."""


class PeopleIndex:
    """Accounts by id and by each of their names, without erased ones."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove all accounts."""
        self._ids: dict[tuple[int, str], int] = {}
        self._any_source: dict[str, list[int]] = {}
        self._accounts: dict[int, AccountRow] = {}
        self._keys: list[tuple[str, int]] = []
        """(comparable name, number), sorted; once for each name of an account."""
        self._new_keys: list[tuple[str, int]] = []
        """Those that are not among `_keys` yet."""

    def add(self, account: AccountRow) -> None:
        """Add an account; its names are found after `sort`."""
        if account.id is not None:
            self._ids[account.source, account.id] = account.number
            self._any_source.setdefault(account.id, []).append(account.number)
        self._accounts[account.number] = account
        self._new_keys += [(key, account.number) for key in _keys(account)]

    def remove(self, account: AccountRow) -> None:
        """Remove an account as it was added before the last `sort`."""
        if account.id is not None:
            del self._ids[account.source, account.id]
            self._any_source[account.id].remove(account.number)
        del self._accounts[account.number]
        for key in _keys(account):
            del self._keys[bisect_left(self._keys, (key, account.number))]

    def find_id(self, source: int, account_id: str) -> int | None:
        """Return the number of the account with an id, or None."""
        return self._ids.get((source, account_id))

    def find(self, text: str, accepts: Callable[[int], bool]) -> list[int]:
        """Return the accepted accounts a text may mean; see `CachedDirectory.find_account`."""
        if exact := [number for number in self._any_source.get(text, ()) if accepts(number)]:
            return sorted(exact)
        key = comparable(text)
        begun = [pair for pair in self.names_from(key) if accepts(pair[1])] if key else []
        equal = {number for name, number in begun if name == key}
        if not equal:
            return sorted({number for _, number in begun})
        called = {number for number in equal if self._accounts[number].name == text}
        # What is shown may be anybody's choice, so it never beats a user name of somebody else.
        are_others = any(
            comparable(name) == key
            for number in equal - called
            for name in self._accounts[number].other_names
        )
        return sorted(equal if are_others else called or equal)

    def names_from(self, key: str) -> Iterator[tuple[str, int]]:
        """Return the comparable names that begin with a text, sorted, with their accounts."""
        keys = self._keys
        for at in range(bisect_left(keys, (key,)), len(keys)):
            if not keys[at][0].startswith(key):
                return
            yield keys[at]

    def sort(self) -> None:
        """Have the names of accounts that were added be found, too."""
        if len(self._new_keys) > _MOST_INSERTED:
            self._keys += self._new_keys
            self._keys.sort()
        else:
            for pair in self._new_keys:
                insort(self._keys, pair)
        self._new_keys = []


def _keys(account: AccountRow) -> set[str]:
    names = (account.name or "", *account.other_names)
    return {key for name in names if (key := comparable(name))}
