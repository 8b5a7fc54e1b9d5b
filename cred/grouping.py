"""Sums and orders of rows by group, in linear time."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_DENSE: Final = 64
"""Entries per row that a table of all keys may have."""


def sum_by_group(
    group: NDArray[np.integer[Any]], values: NDArray[np.float64], groups: int
) -> NDArray[np.float64]:
    """Return the sum of the values of each group, 0 to `groups` - 1.

    This is `np.bincount`, except that no rows give floats, too.
    """
    return np.bincount(group, values, minlength=groups).astype(np.float64, copy=False)


def sort_by_group(
    key: NDArray[np.integer[Any]], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order that sorts rows by a key from 0 to `groups` - 1, and the groups' starts.

    The sort is a counting sort: stable, in linear time. `order[starts[k]:starts[k + 1]]` are
    the rows of group k; `starts` has shape (groups + 1,).
    """
    rows = len(key)
    # A matrix with one entry per row, in column order, lists the rows in the order of the key.
    from scipy.sparse import csr_array  # noqa: PLC0415 - takes long, and settings need none

    table = csr_array(
        (np.ones(rows, np.int8), key, np.arange(rows + 1)), shape=(rows, groups)
    ).tocsc()
    return table.indices.astype(np.int64), table.indptr.astype(np.int64)


def totals_by_key(
    key: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the distinct keys, in order, and the sum of the values of each."""
    if not len(key):
        return np.empty(0, np.int64), np.empty(0)
    lowest = int(key.min())
    span = int(key.max()) - lowest + 1
    if span > _DENSE * len(key):
        keys, group = np.unique(key, return_inverse=True)
        return keys, sum_by_group(group, values, len(keys))
    # Counting is several times as fast as sorting.
    place = key - lowest
    keys = np.flatnonzero(np.bincount(place, minlength=span))
    return keys + lowest, sum_by_group(place, values, span)[keys]
