"""The contribution graph with its weights, as CredRank reads it: columns, nodes by index.

`cred.graph.weighting` makes it from a structure and weights, `cred.minting` changes what is
minted, and `cred.chain.transition_matrix` reads it. Dangling edges and rows that weights
switched off are not in it; their number is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address
from cred.graph.structure import TIMELESS, Structure


@dataclass(frozen=True, slots=True, eq=False)
class ContributionGraph:
    """A weighted contribution graph.

    Several nodes may belong to one participant (one person's accounts); in the chain they are
    one. Nodes of participants never mint, whatever their weight.

    Node indices are rows of the structure; nodes that minting rules add follow them.
    """

    mint: NDArray[np.float64]
    """Shape (n,): the cred each node mints; 0 for participants' nodes and for nodes that are
    switched off."""
    node_ms: NDArray[np.int64]
    """Shape (n,): date, or `cred.graph.structure.TIMELESS`."""
    present: NDArray[np.bool_]
    """Shape (n,): False where weights switched the node off."""
    participant: NDArray[np.int32]
    """Shape (n,): index into `participants`, or -1."""
    source: NDArray[np.int32]
    """Shape (e,): node that an edge comes from. Only edges with both ends are listed."""
    target: NDArray[np.int32]
    edge_ms: NDArray[np.int64]
    forward: NDArray[np.float64]
    """Shape (e,): relative flow source → target; a weight ≤ 0 carries nothing."""
    backward: NDArray[np.float64]
    row: NDArray[np.int32]
    """Shape (e,): the structure's edge row; -1 - k for the k-th edge of minting rules."""
    participants: tuple[str, ...]
    """Ids, in the order of every result."""
    dangling: int
    """Number of edges left out because an end is not a node."""
    structure: Structure
    switched_off: int = 0
    """Number of edges left out because weights switched off the edge or one of its ends."""
    added_nodes: tuple[Address, ...] = ()
    """Addresses of the nodes that minting rules added."""
    added_edges: tuple[Address, ...] = ()

    def node_address(self, node: int) -> Address:
        """Return the address of a node."""
        rows = len(self.structure.nodes.kind)
        if node < rows:
            return self.structure.labels.node(node)
        return self.added_nodes[node - rows]

    def edge_address(self, edge: int) -> Address:
        """Return the address of an edge, by its index in this graph's edge columns."""
        row = int(self.row[edge])
        return self.structure.labels.edge(row) if row >= 0 else self.added_edges[-1 - row]

    def times_ms(self) -> NDArray[np.int64]:
        """Return all dates in the graph: those of edges, and of nodes that have one."""
        dated = self.node_ms[self.present & (self.node_ms != TIMELESS)]
        return np.concatenate([dated, self.edge_ms])
