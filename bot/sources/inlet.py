"""What a source is given: a way into one community's log, and what it needs to know of it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeAlias

from storage.canonical_json import Json
from storage.log.batch import Appended, Batch
from storage.log.current_state import CurrentAccount, CurrentContribution
from storage.log.gaps import RecordedGap

Known: TypeAlias = CurrentContribution
"""What the log says of a contribution now."""


class Inlet(Protocol):
    """One community, as one of its sources sees it. Ids are the platform's own.

    Questions are answered from what is committed; a source that must not race against itself
    asks and records in one task.
    """

    async def record(self, batch: Batch) -> Appended:
        """Record a batch; returns only after it is on disk."""
        ...

    async def cursors(self) -> Mapping[str, str]:
        """Return the positions of the source's cursors by name."""
        ...

    async def known(self, contributions: Sequence[str]) -> Mapping[str, Known]:
        """Return what is known of contributions; those never heard of are left out."""
        ...

    async def posts(self, place: str, from_ms: int) -> Collection[str]:
        """Return the posts in a place, dated from `from_ms` on, that were not deleted."""
        ...

    async def accounts(self) -> Mapping[str, CurrentAccount]:
        """Return what is known of the source's accounts, by id."""
        ...

    async def members(self) -> Collection[str]:
        """Return the accounts that are members now."""
        ...

    async def open_gaps(self) -> Sequence[RecordedGap]:
        """Return the source's gaps that are not filled."""
        ...

    def setting(self, key: str) -> Json:
        """Return a setting of the community."""
        ...


class Inlets(Protocol):
    """Finds the community of a server."""

    async def of_server(self, server: str, name: str) -> Inlet:
        """Return the inlet of a server's community, which comes into being at first sight.

        A name of "" is not known yet.
        """
        ...
