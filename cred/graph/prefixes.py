"""Prefix weights: which prefixes of a table match which rows.

The weight of a row is the product of the values of all prefixes of its address that are in the
table, the shortest first (SPEC-sourcecred.md §3). Rows of one kind share the kind's prefix, so
most of the work is done once per kind; labels are only looked at, once each, for rows of kinds
that a longer prefix can match.
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
    """Return the product of all prefixes that match each row.

    Parameters
    ----------
    table
        By prefix, `width` numbers (forward and backward weights are two).
    kinds
        Prefix of each kind.
    kind
        Shape (n,): each row's kind.
    label
        Writes the address of a row.

    Returns
    -------
    ndarray of float64, shape (n, width)
    """
    by_kind = np.ones((len(kinds), width))
    with np.errstate(over="ignore", invalid="ignore"):  # the caller looks for infinities
        for at, prefix in enumerate(kinds):
            for length in range(len(prefix) + 1):
                by_kind[at] *= table.get(prefix[:length], 1.0)
        answer = np.empty((width, len(kind)))
        for values_of, column in zip(by_kind.T, answer, strict=True):
            values_of.take(kind, out=column, mode="clip")  # "raise" would write it twice
        answer = answer.T  # so that each of the numbers is a column without gaps
        for row, values in _longer(table, kinds, kind, label):
            answer[row] *= values
    return answer


def rows_under(
    prefix: Address,
    kinds: Sequence[Address],
    kind: NDArray[np.integer[Any]],
    label: Callable[[int], Address],
) -> NDArray[np.bool_]:
    """Tell which rows' addresses start with `prefix`; arguments as in `prefix_product`."""
    whole = np.array([is_prefix(prefix, one) for one in kinds], dtype=np.bool_)
    under = whole[kind] if len(kinds) else np.zeros(len(kind), np.bool_)
    for row, _ in _longer({prefix: (1.0,)}, kinds, kind, label):
        under[row] = True
    return under


def _longer(
    table: Mapping[Address, Sequence[float]],
    kinds: Sequence[Address],
    kind: NDArray[np.integer[Any]],
    label: Callable[[int], Address],
) -> Iterator[tuple[int, Sequence[float]]]:
    """Yield matches of prefixes that are longer than the row's kind's, shortest first."""
    lengths: defaultdict[int, set[int]] = defaultdict(set)
    kinds_of: defaultdict[Address, list[int]] = defaultdict(list)
    for at, prefix in enumerate(kinds):
        kinds_of[prefix].append(at)
    for prefix in table:
        for cut in range(len(prefix)):
            for at in kinds_of.get(prefix[:cut], ()):
                lengths[at].add(len(prefix))
    for at, some in lengths.items():
        longest_last = sorted(some)
        for row in np.flatnonzero(kind == at).tolist():
            address = label(row)
            for length in longest_last:
                if length > len(address):
                    break
                values = table.get(address[:length])
                if values is not None:
                    yield row, values
