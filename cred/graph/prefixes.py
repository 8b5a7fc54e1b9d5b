"""Prefix weights: which prefixes of a table match which rows.

The weight of a row is the product of the values of all prefixes of its address that are in the
table, the shortest first (SPEC-sourcecred.md §3). Rows of one kind share the kind's prefix, so
most of the work is done once per kind; addresses are only written, once each, for rows of kinds
that a longer prefix may match.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address, is_prefix


def prefix_product(
    table: Mapping[Address, Sequence[float]],
    kinds: Sequence[Address],
    kind: NDArray[np.integer[Any]],
    label: Callable[[int], Address],
    width: int,
) -> NDArray[np.float64]:
    """Return the product of the values of all prefixes that match each row.

    Parameters
    ----------
    table
        By prefix, `width` numbers (2 for forward and backward weights).
    kinds
        Prefix of each kind.
    kind
        Shape (n,): kind of each row.
    label
        Writes the address of a row.

    Returns
    -------
    ndarray of float64, shape (n, width)
    """
    by_kind = np.ones((len(kinds), width))
    with np.errstate(over="ignore", invalid="ignore"):  # the caller checks for infinities
        for at, prefix in enumerate(kinds):
            for length in range(len(prefix) + 1):
                by_kind[at] *= table.get(prefix[:length], 1.0)
        result = np.empty((width, len(kind)))
        for values, column in zip(by_kind.T, result, strict=True):
            values.take(kind, out=column, mode="clip")  # "raise" would copy the column
        result = result.T  # so that each of the numbers is a contiguous column
        for row, factors in _longer_matches(table, kinds, kind, label):
            result[row] *= factors
    return result


def rows_under(
    prefix: Address,
    kinds: Sequence[Address],
    kind: NDArray[np.integer[Any]],
    label: Callable[[int], Address],
) -> NDArray[np.bool_]:
    """Tell which rows' addresses start with `prefix`; arguments as in `prefix_product`."""
    whole = np.array([is_prefix(prefix, kind_prefix) for kind_prefix in kinds], dtype=np.bool_)
    under = whole[kind] if len(kinds) else np.zeros(len(kind), np.bool_)
    for row, _ in _longer_matches({prefix: (1.0,)}, kinds, kind, label):
        under[row] = True
    return under


def _longer_matches(
    table: Mapping[Address, Sequence[float]],
    kinds: Sequence[Address],
    kind: NDArray[np.integer[Any]],
    label: Callable[[int], Address],
) -> Iterator[tuple[int, Sequence[float]]]:
    """Yield the matches of prefixes longer than that of the row's kind, the shortest first."""
    lengths: defaultdict[int, set[int]] = defaultdict(set)
    kinds_of: defaultdict[Address, list[int]] = defaultdict(list)
    for at, prefix in enumerate(kinds):
        kinds_of[prefix].append(at)
    for prefix in table:
        for cut in range(len(prefix)):
            for at in kinds_of.get(prefix[:cut], ()):
                lengths[at].add(len(prefix))
    for at, kind_lengths in lengths.items():
        shortest_first = sorted(kind_lengths)
        for row in np.flatnonzero(kind == at).tolist():
            address = label(row)
            for length in shortest_first:
                if length > len(address):
                    break
                values = table.get(address[:length])
                if values is not None:
                    yield row, values
