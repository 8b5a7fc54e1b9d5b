"""Find people by what somebody typed."""

from bisect import bisect_left, insort
from collections.abc import Callable
from itertools import islice

from storage.people.side_tables import AccountRow


class PeopleIndex:
    """Accounts by id and by name. Erased ones are in neither."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everybody."""
        self._ids: dict[tuple[int, str], int] = {}
        self._any_source: dict[str, list[int]] = {}
        self._exact: dict[str, list[int]] = {}
        self._folded: list[tuple[str, int]] = []
        """(name without case, number), sorted."""

    def add(self, account: AccountRow) -> None:
        """Make an account findable."""
        if account.id is not None:
            self._ids[account.source, account.id] = account.number
            self._any_source.setdefault(account.id, []).append(account.number)
        if account.name:
            self._exact.setdefault(account.name, []).append(account.number)
            insort(self._folded, (account.name.casefold(), account.number))

    def remove(self, account: AccountRow) -> None:
        """Take back what `add` did."""
        if account.id is not None:
            del self._ids[account.source, account.id]
            self._any_source[account.id].remove(account.number)
        if account.name:
            self._exact[account.name].remove(account.number)
            entry = (account.name.casefold(), account.number)
            del self._folded[bisect_left(self._folded, entry)]

    def find_id(self, source: int, account_id: str) -> int | None:
        """Return the account with an id."""
        return self._ids.get((source, account_id))

    def find(self, text: str, accepts: Callable[[int], bool]) -> list[int]:
        """Return whom of those accepted a text may mean; see `Names.find_account`."""
        for known in (self._any_source.get(text, ()), self._exact.get(text, ())):
            if exact := [number for number in known if accepts(number)]:
                return sorted(exact)
        folded = text.casefold()
        if not folded:
            return []
        same: list[int] = []
        beginning: list[int] = []
        start = bisect_left(self._folded, (folded,))
        for name, number in islice(self._folded, start, None):
            if not name.startswith(folded):
                break
            if not accepts(number):
                continue
            beginning.append(number)
            if name == folded:
                same.append(number)
        return sorted(same or beginning)
