"""The contribution graph as CredRank sees it: weighted columns, nodes by index.

Made by `cred.graph.weighting` from a structure and weights, changed by `cred.minting.budgets`
and `cred.minting.dependencies`, read by `cred.chain.transition_matrix`. Dangling edges and
rows that weights switched off are gone; what was left out is counted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address
from cred.graph.structure import TIMELESS, Structure


@dataclass(frozen=True, slots=True, eq=False)
class ContributionGraph:
    """A weighted contribution graph.

    Several nodes may belong to one participant (accounts of one person): the chain sees them
    as one. Nodes of participants never mint, whatever their weight.

    Node indices are structure rows; nodes that minting rules added come after those.
    """

    mint: NDArray[np.float64]
    """Shape (n,): the cred each node mints. 0 for participants' nodes and for nodes that are
    switched off."""
    node_ms: NDArray[np.int64]
    """Shape (n,): date, or `cred.graph.structure.TIMELESS`."""
    present: NDArray[np.bool_]
    """Shape (n,): False where weights switched the node off."""
    participant: NDArray[np.int32]
    """Shape (n,): index into `participants`, or -1."""
    source: NDArray[np.int32]
    """Shape (e,): node index an edge comes from. Only edges with both ends present."""
    target: NDArray[np.int32]
    edge_ms: NDArray[np.int64]
    forward: NDArray[np.float64]
    """Shape (e,): relative flow source → target; ≤ 0 carries nothing."""
    backward: NDArray[np.float64]
    row: NDArray[np.int32]
    """Shape (e,): the structure's edge row; -1 - k for the k-th edge minting rules added."""
    participants: tuple[str, ...]
    """Ids, in the order of every result."""
    dangling: int
    """Edges left out because an end is no node."""
    structure: Structure
    switched_off: int = 0
    """Edges left out because weights switched them, or an end of theirs, off."""
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
        """Return the address of an edge, by its place in this graph's edge columns."""
        row = int(self.row[edge])
        return self.structure.labels.edge(row) if row >= 0 else self.added_edges[-1 - row]

    def times_ms(self) -> NDArray[np.int64]:
        """Return every date in the graph: of nodes that have one, and of edges."""
        dated = self.node_ms[self.present & (self.node_ms != TIMELESS)]
        return np.concatenate([dated, self.edge_ms])
