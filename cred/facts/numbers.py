"""Look-ups among dense numbers: rows of a side table, counted from 1.

A table with an entry for every number up to the largest answers in one step where sorting or
searching would need twenty. Numbers that lie far apart are sorted after all.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from cred.errors import InvalidInputError
from cred.facts.events import MISSING, Numbers

_T = TypeVar("_T", bound=np.generic)

_DENSE: Final = 16
"""Entries per row that a table may have."""

_LARGEST: Final = np.iinfo(np.int32).max


def distinct(column: Numbers) -> tuple[Numbers, Numbers]:
    """Return the distinct numbers of a column, in order, and each row's index among them."""
    if not _is_dense(column, len(column)):
        numbers, index = np.unique(column, return_inverse=True)
        return numbers, index.astype(np.int64, copy=False)
    offset = column - column.min()
    occurs = np.zeros(int(offset.max()) + 1, np.bool_)
    occurs[offset] = True
    return np.flatnonzero(occurs) + column.min(), (np.cumsum(occurs) - 1)[offset]


def narrow(column: Numbers) -> NDArray[np.int32]:
    """Return row numbers in four bytes each.

    Raises
    ------
    InvalidInputError
        If a number does not fit.
    """
    if column.dtype == np.int32:
        return column.astype(np.int32, copy=False)
    if len(column) and int(column.max()) > _LARGEST:
        raise InvalidInputError(
            f"there are at most {_LARGEST} of anything, so none has the number {column.max()}."
        )
    return column.astype(np.int32)


def find(ordered: Numbers, wanted: Numbers) -> Numbers:
    """Return the position of each of `wanted` in `ordered` (increasing), or `MISSING`."""
    if not len(ordered):
        return np.full(len(wanted), MISSING, np.int64)
    if not _is_dense(ordered, len(wanted)):
        position = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
        return np.where(ordered[position] == wanted, position, MISSING)
    low, high = ordered[0], ordered[-1]
    # The last entry is for all numbers beyond either end.
    table = np.full(int(high) - int(low) + 2, MISSING, np.int64)
    table[ordered - low] = np.arange(len(ordered))
    return table[np.where((low <= wanted) & (wanted <= high), wanted - low, -1)]


def concatenate(parts: Sequence[NDArray[_T]], kind: type[_T]) -> NDArray[_T]:
    """Return the parts as one array, without a copy where that is possible."""
    filled = [part for part in parts if len(part)]
    if len(filled) == 1:
        return filled[0]
    # A broadcast value has no strides: all its rows are the same place in memory.
    if filled and all(part.strides == (0,) and part[0] == filled[0][0] for part in filled):
        return np.broadcast_to(filled[0][0], sum(map(len, filled)))
    return np.concatenate(filled) if filled else np.zeros(0, kind)


def _is_dense(column: Numbers, rows: int) -> bool:
    """Tell whether a table over the numbers of a column is small compared with `rows`."""
    if not len(column):
        return False
    return int(column.max()) - int(column.min()) < _DENSE * rows
