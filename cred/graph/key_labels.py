"""Addresses of rows, written from key columns only when somebody asks."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address
from cred.errors import InvalidInputError
from cred.facts.directory import Directory
from cred.graph.weights import Field

Column = NDArray[np.signedinteger[Any]]
"""One number per row."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows of one kind, added by one call of the builder."""

    prefix: Address
    fields: tuple[Field, ...]
    keys: tuple[Column, ...]
    """One for each field that has a column."""


class Blocks:
    """Blocks of rows, numbered from 0 without gaps."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.blocks: list[Block] = []
        self.count = 0

    def add(self, block: Block, count: int) -> Column:
        """Add a block of `count` rows and return their numbers."""
        start = self.count
        if count:
            self.starts.append(start)
            self.blocks.append(block)
            self.count += count
        return np.arange(start, start + count, dtype=np.int32)

    def find(self, row: int) -> tuple[Block, int]:
        """Return the block that a row is in, and the row's position in it.

        Raises
        ------
        InvalidInputError
            If there is no such row.
        """
        if not 0 <= row < self.count:
            raise InvalidInputError(
                f"there is no row {row}: rows go from 0 to {self.count - 1}."
            )
        index = bisect_right(self.starts, row) - 1
        return self.blocks[index], row - self.starts[index]


class KeyLabels:
    """`cred.graph.structure.Labels` made from kinds, key columns and a directory."""

    def __init__(
        self, directory: Directory, nodes: Blocks, edges: Blocks, home: str = ""
    ) -> None:
        self._nodes = nodes
        self._edges = edges
        self._home = home
        self._texts: Mapping[Field, Callable[[int], str]] = {
            Field.ACCOUNT: directory.account,
            Field.ACCOUNT_KIND: directory.account_kind,
            Field.ACCOUNT_SOURCE: directory.account_source,
            Field.CONTRIBUTION: directory.contribution,
            Field.CONTRIBUTION_SOURCE: directory.contribution_source,
            Field.CONTRIBUTION_ID: lambda number: id_of(directory.contribution(number)),
            Field.PLACE: directory.place,
            Field.TEXT: directory.text,
        }

    def node(self, row: int) -> Address:
        """Return the address of a node row."""
        return self._address(*self._nodes.find(row))

    def edge(self, row: int) -> Address:
        """Return the address of an edge row."""
        return self._address(*self._edges.find(row))

    def _address(self, block: Block, offset: int) -> Address:
        columns = iter(block.keys)
        return block.prefix + tuple(
            self._home
            if field is Field.HOME
            else self._texts[field](int(next(columns)[offset]))
            for field in block.fields
        )


def id_of(contribution: str) -> str:
    """Return a contribution's id without the type before it.

    >>> id_of("post:12"), id_of("12")
    ('12', '12')
    """
    return contribution.partition(":")[2] or contribution


@dataclass(frozen=True, slots=True, eq=False)
class ContributionKeys(Sequence[tuple[str, ...]]):
    """Keys of a factor with one key for each contribution, written only when asked for."""

    directory: Directory
    numbers: Column
    """Shape (k,): the contribution that each code stands for."""
    without_type: bool = False
    """Keys are ids without the type before them ("12" for "post:12")."""

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, code: int) -> tuple[str, ...]: ...

    @overload
    def __getitem__(self, code: slice) -> Sequence[tuple[str, ...]]: ...

    def __getitem__(self, code: int | slice) -> tuple[str, ...] | Sequence[tuple[str, ...]]:
        if isinstance(code, slice):
            return ContributionKeys(self.directory, self.numbers[code], self.without_type)
        key = self.directory.contribution(int(self.numbers[code]))
        return (id_of(key) if self.without_type else key,)
