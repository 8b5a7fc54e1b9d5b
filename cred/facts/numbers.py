"""Looking up numbers that are dense: rows of a side table, counted from 1.

A table with a place for every number up to the largest answers in one step what sorting or
searching would need twenty for. Where numbers lie far apart they are sorted after all.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from cred.errors import InvalidInputError
from cred.facts.events import NOBODY, Numbers

_T = TypeVar("_T", bound=np.generic)

_DENSE: Final = 16
"""Places per row that a table may have."""

_LARGEST: Final = np.iinfo(np.int32).max


def distinct(column: Numbers) -> tuple[Numbers, Numbers]:
    """Return the numbers that there are, in order, and which of them each row has."""
    if not _is_dense(column, len(column)):
        numbers, which = np.unique(column, return_inverse=True)
        return numbers, which.astype(np.int64, copy=False)
    place = column - column.min()
    there = np.zeros(int(place.max()) + 1, np.bool_)
    there[place] = True
    return np.flatnonzero(there) + column.min(), (np.cumsum(there) - 1)[place]


def narrow(column: Numbers) -> NDArray[np.int32]:
    """Return numbers of rows in four bytes each.

    Raises
    ------
    InvalidInputError
        If one is too large for that.
    """
    if column.dtype == np.int32:
        return column.astype(np.int32, copy=False)
    if len(column) and int(column.max()) > _LARGEST:
        raise InvalidInputError(
            f"there are at most {_LARGEST} of anything, so none has the number {column.max()}."
        )
    return column.astype(np.int32)


def find(ordered: Numbers, wanted: Numbers) -> Numbers:
    """Return where each of `wanted` stands in `ordered` (unique, increasing), or `NOBODY`."""
    if not len(ordered):
        return np.full(len(wanted), NOBODY, np.int64)
    if not _is_dense(ordered, len(wanted)):
        position = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
        return np.where(ordered[position] == wanted, position, NOBODY)
    low, high = ordered[0], ordered[-1]
    # One more for what is beyond either end, which finds the last.
    table = np.full(int(high) - int(low) + 2, NOBODY, np.int64)
    table[ordered - low] = np.arange(len(ordered))
    return table[np.where((low <= wanted) & (wanted <= high), wanted - low, -1)]


def _is_dense(column: Numbers, rows: int) -> bool:
    """Tell whether a table of a column's numbers is little beside so many rows."""
    if not len(column):
        return False
    return int(column.max()) - int(column.min()) < _DENSE * rows


def joined(parts: Sequence[NDArray[_T]], kind: type[_T]) -> NDArray[_T]:
    """Return the parts one after another, without writing them anew where that can be."""
    some = [part for part in parts if len(part)]
    if len(some) == 1:
        return some[0]
    # Of a column without strides all rows are one place in memory (as a value broadcast has).
    if some and all(part.strides == (0,) and part[0] == some[0][0] for part in some):
        return np.broadcast_to(some[0][0], sum(map(len, some)))
    return np.concatenate(some) if some else np.zeros(0, kind)
