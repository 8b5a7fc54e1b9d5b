"""The contribution graph as CredRank sees it: weighted columns, nodes by index.

Made by `cred.weighing` from a structure and weights; read by `cred.chain`. Dangling edges and
rows that weights switched off are gone; what was left out is counted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.structure import Structure


@dataclass(frozen=True, slots=True)
class ContributionGraph:
    """A weighted contribution graph.

    Several nodes may belong to one participant (accounts of one person): the chain sees them
    as one. Nodes of participants never mint, whatever their weight.
    """

    mint: NDArray[np.float64]
    """Shape (n,): node weight, the cred each node mints; n is the structure's node count, so
    node indices are structure rows. 0 for nodes that are switched off."""
    node_ms: NDArray[np.int64]
    """Shape (n,): date, or `cred.structure.TIMELESS`."""
    present: NDArray[np.bool_]
    """Shape (n,): False where weights switched the node off."""
    participant: NDArray[np.int64]
    """Shape (n,): index into `participants`, or -1."""
    source: NDArray[np.int64]
    """Shape (e,): node index an edge comes from. Only edges with both ends present."""
    target: NDArray[np.int64]
    edge_ms: NDArray[np.int64]
    forward: NDArray[np.float64]
    """Shape (e,): relative flow source → target; ≤ 0 carries nothing."""
    backward: NDArray[np.float64]
    row: NDArray[np.int64]
    """Shape (e,): the structure's edge row; -1 - k for the k-th edge minting rules added."""
    participants: tuple[str, ...]
    """Ids, in the order of every result."""
    dangling: int
    """Edges left out because an end is no node."""
    structure: Structure
