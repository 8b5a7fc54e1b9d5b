"""Transactions on a community's links, and the account that asks for one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from bot.community.errors import IdentityRefusedError
from storage.file.database import Database
from storage.people.linking import LinkStore

T = TypeVar("T")

_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class ActingAccount:
    """The account that somebody acts with now, as its platform identifies it."""

    source: str
    account: str
    """Platform id."""
    name: str
    """As the platform calls it now."""

    def find_or_add(self, store: LinkStore) -> int:
        """Return the account's number; the account is added if it was never seen.

        Raises
        ------
        IdentityRefusedError
            If it was erased.
        """
        number = store.find_or_add_account(self.source, self.account, self.name)
        if number is None:
            raise IdentityRefusedError(
                "You were erased here, and nothing of you is recorded. “me optin” lets you "
                "begin anew."
            )
        return number


class LinkTransactions:
    """Runs work on links, each time in one transaction.

    Parameters
    ----------
    database
        The community's file.
    refresh
        Awaited after each write.
    """

    def __init__(self, database: Database, refresh: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._refresh = refresh

    async def read(self, work: Callable[[LinkStore], T]) -> T:
        """Return what work reads."""
        return await self._database.read(lambda connection: work(LinkStore(connection)))

    async def write(self, work: Callable[[LinkStore], T], now_ms: int) -> T:
        """Delete what has expired, then do the work; all of it is undone if work raises."""

        def run(store: LinkStore) -> T:
            store.delete_expired(now_ms - _HOUR_MS, now_ms)
            return work(store)

        result = await self._database.write(lambda connection: run(LinkStore(connection)))
        await self._refresh()
        return result
