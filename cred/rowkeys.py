"""Finding rows of one structure in another, by what they are.

A row is told by its kind and the integers of its key (`cred.structure.KeyBlock`). Both are
mixed into one number of 64 bits, its *fingerprint*, so that a million rows are sorted and
searched as one column. That any two of n rows share one by chance has probability n² / 2⁶⁵,
3 · 10⁻⁸ for a million: good enough for what is looked at, not for what is paid.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.structure import KeyBlock, Structure

ABSENT: Final = -1

_Prints = NDArray[np.uint64]

# Multipliers of the finalizer of splitmix64 (Steele, Lea, Flood 2014), which lets each bit of
# what goes in decide about half of those that come out.
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def node_fingerprints(structure: Structure) -> _Prints:
    """Return the fingerprint of each node row, shape (n,)."""
    return _fingerprints(structure.nodes.kind, structure.labels.node_keys())


def edge_fingerprints(structure: Structure) -> _Prints:
    """Return the fingerprint of each edge row, shape (e,)."""
    return _fingerprints(structure.edges.kind, structure.labels.edge_keys())


class RowIndex:
    """Rows by fingerprint. Rows can be added, and replace those of the same fingerprint."""

    def __init__(self, fingerprints: _Prints) -> None:
        self._order = np.argsort(fingerprints, kind="stable")
        self._ordered = fingerprints[self._order]
        self._added: dict[int, int] = {}

    def find(self, fingerprints: _Prints) -> NDArray[np.int64]:
        """Return the row of each fingerprint, or `ABSENT`."""
        rows = np.full(len(fingerprints), ABSENT, np.int64)
        if len(self._ordered):
            at = np.minimum(
                np.searchsorted(self._ordered, fingerprints), len(self._ordered) - 1
            )
            found = self._ordered[at] == fingerprints
            rows[found] = self._order[at[found]]
        if self._added:
            for place, fingerprint in enumerate(fingerprints.tolist()):
                rows[place] = self._added.get(fingerprint, rows[place])
        return rows

    def add(self, fingerprints: _Prints, rows: NDArray[np.int64]) -> None:
        """Say which rows some fingerprints have from now on."""
        self._added.update(zip(fingerprints.tolist(), rows.tolist(), strict=True))


def _fingerprints(kind: NDArray[np.int16], blocks: Sequence[KeyBlock]) -> _Prints:
    mixed = _mixed(kind.astype(np.uint64))
    for block in blocks:
        for column in block.keys:
            part = mixed[block.start : block.start + len(column)]
            part ^= column.astype(np.uint64)
            part[:] = _mixed(part)
    return mixed


def _mixed(value: _Prints) -> _Prints:
    """Return numbers that look like chance, others for others."""
    value = value + _STEP  # all of it modulo 2⁶⁴
    value ^= value >> np.uint64(30)
    value *= _FIRST
    value ^= value >> np.uint64(27)
    value *= _SECOND
    value ^= value >> np.uint64(31)
    return value
