"""Structures of graphs that list every node and edge with its address, as graph files do.

Such structures have no kinds, accounts or reviews: all weights are by prefix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cred.addresses import GADGET, Address, format_address, is_prefix
from cred.errors import InvalidInputError, OverlapError
from cred.files.json_values import JsonReader
from cred.graph.structure import ABSENT, TIMELESS, Edges, Nodes, Reviews, Structure
from cred.graph.weights import EdgeKind, EdgeWeight, NodeKind


def structure_from_file(
    graphs: Sequence[JsonReader], contract: Mapping[Address, Address]
) -> Structure:
    """Return the union of graphs, with some of their nodes contracted.

    Parameters
    ----------
    graphs
        Objects with `nodes` and `edges`, in the form of `cred.files.graph_file`.
    contract
        By address of a participant's node, the address of the one node, without a date, that
        replaces all nodes of the participant. An edge to any such address does not dangle,
        even if no graph has it as a node.

    Raises
    ------
    OverlapError
        If an address occurs twice, in one graph or in two.
    InvalidInputError
        If a node is under the prefix reserved for the chain, or an edge names a node by an
        index that does not exist.
    """
    nodes = _Nodes(contract)
    addresses = [nodes.add(graph) for graph in graphs]
    nodes.add_contracted()
    edges: dict[Address, tuple[int, int, int]] = {}
    for graph, graph_nodes in zip(graphs, addresses, strict=True):
        for edge in graph.objects("edges"):
            address = edge.address("address")
            if address in edges:
                raise OverlapError(f"edge {format_address(address)} is there twice.")
            ends = [nodes.row(_end(edge, key, graph_nodes)) for key in ("src", "dst")]
            edges[address] = (ends[0], ends[1], edge.time_ms("timestampMs"))
    return _structure(list(nodes.rows), nodes.times, edges)


class _Nodes:
    """Node rows by address, in order of appearance."""

    def __init__(self, contract: Mapping[Address, Address]) -> None:
        self.rows: dict[Address, int] = {}
        self.times: list[int] = []
        self._contract = contract
        self._seen: set[Address] = set()
        """Contracted addresses that are a node of some graph."""

    def add(self, graph: JsonReader) -> list[Address]:
        """Add a graph's nodes and return their addresses, for edges that name them by index."""
        addresses = []
        for node in graph.objects("nodes"):
            address = node.address("address")
            addresses.append(address)
            if is_prefix(GADGET, address):
                raise InvalidInputError(
                    f"{format_address(address)}: {format_address(GADGET)} is reserved."
                )
            if address in self.rows or address in self._seen:
                raise OverlapError(f"node {format_address(address)} is there twice.")
            if address in self._contract:
                self._seen.add(address)
            elif "timestampMs" in node:
                self._put(address, node.time_ms("timestampMs"))
            else:
                self._put(address, TIMELESS)
        return addresses

    def add_contracted(self) -> None:
        for address in dict.fromkeys(self._contract.values()):
            self._put(address, TIMELESS)

    def row(self, address: Address) -> int:
        return self.rows.get(self._contract.get(address, address), ABSENT)

    def _put(self, address: Address, at_ms: int) -> None:
        self.rows[address] = len(self.times)
        self.times.append(at_ms)


def _end(edge: JsonReader, key: str, nodes: Sequence[Address]) -> Address:
    """Return the address of an edge's end, which is an address or an index of the nodes."""
    value = edge.raw(key)
    if not isinstance(value, int) or isinstance(value, bool):
        return edge.address(key)
    if not 0 <= value < len(nodes):
        raise InvalidInputError(f"{edge.where}.{key}: there is no node {value}.")
    return nodes[value]


@dataclass(frozen=True, slots=True)
class _ListedLabels:
    nodes: Sequence[Address]
    edges: Sequence[Address]

    def node(self, row: int) -> Address:
        return self.nodes[row]

    def edge(self, row: int) -> Address:
        return self.edges[row]


def _structure(
    nodes: Sequence[Address],
    times: Sequence[int],
    edges: Mapping[Address, tuple[int, int, int]],
) -> Structure:
    """Return the structure, without kinds, accounts or reviews."""
    count, columns = len(nodes), np.array(list(edges.values()), np.int64).reshape(-1, 3)
    absent, ones = np.full(count, ABSENT, np.int32), np.ones(len(columns))
    no_rows, no_edge = np.empty(0, np.int32), np.full(len(columns), ABSENT, np.int32)
    return Structure(
        sources=("a file",),
        node_kinds=(NodeKind("node", (), 1.0),),
        edge_kinds=(EdgeKind("edge", (), EdgeWeight(1.0, 1.0)),),
        factors=(),
        nodes=Nodes(
            kind=np.zeros(count, np.int16),
            at_ms=np.array(times, np.int64),
            account=absent,
            contribution=absent,
            place=absent,
            review=absent,
            item=absent,
            mints_item=np.zeros(count, np.bool_),
            weight=np.ones(count),
        ),
        edges=Edges(
            kind=np.zeros(len(columns), np.int16),
            source=columns[:, 0].astype(np.int32),
            target=columns[:, 1].astype(np.int32),
            at_ms=columns[:, 2],
            forward=ones,
            backward=ones,
            review=no_edge,
            item=no_edge,
            scaled_by_item=np.zeros(len(columns), np.bool_),
        ),
        reviews=Reviews(
            no_rows, {}, no_rows, no_rows.astype(np.bool_), no_rows.astype(np.bool_)
        ),
        items=0,
        factor_keys={},
        labels=_ListedLabels(nodes, list(edges)),
        loose_ends={},
    )
