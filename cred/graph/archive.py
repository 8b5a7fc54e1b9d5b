"""Archives: contribution graphs kept as they were, in columns (those of a SourceCred instance).

An archive lists every node and edge with its address. To save space, an address is a sequence
of numbers of texts, and each text is stored once (`AddressColumn`). Descriptions of nodes are
not kept. `structure_from_archive` makes a structure of an archive; `Archive.account` says
which nodes are whose, so that linking accounts, or undoing a link, changes no graph.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address, is_prefix
from cred.graph.structure import ABSENT, Edges, LooseEnd, Nodes, Reviews, Structure
from cred.graph.weights import EdgeKind, EdgeWeight, NodeKind

TYPE_PARTS: Final = 3
"""Number of first parts that give an address's type: owner, plugin, type."""

_MOST_KINDS: Final = 500
"""If there are more types than this, owner and plugin make the kinds instead."""

BEYOND: Final = -2
"""In `Archive.source` and `.target`: -2 - k is the k-th address of `Archive.elsewhere`."""


@dataclass(frozen=True, slots=True, eq=False)
class AddressColumn:
    """Many addresses, as numbers of texts."""

    starts: NDArray[np.int64]
    """Shape (n + 1,): where in `parts` each address begins, and the last one ends."""
    parts: NDArray[np.int32]
    """Indices into the archive's `texts`."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    def at(self, row: int, texts: Sequence[str]) -> Address:
        """Return one address."""
        parts = self.parts[self.starts[row] : self.starts[row + 1]]
        return tuple(texts[part] for part in parts.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """The graph of one plugin, with n nodes and e edges."""

    name: str
    """The plugin ("discord"), with its owner if that is not SourceCred ("external/club")."""
    texts: tuple[str, ...]
    nodes: AddressColumn
    node_ms: NDArray[np.int64]
    """Shape (n,): date, or `cred.graph.structure.TIMELESS`."""
    account: NDArray[np.int32]
    """Shape (n,): number of the account that a node stands for, or `ABSENT`."""
    contribution: NDArray[np.int32]
    """Shape (n,): number of the contribution that a node stands for, if another source has it,
    too; else `ABSENT`."""
    edges: AddressColumn
    source: NDArray[np.int32]
    """Shape (e,): node, or `BEYOND` - k for an end that is not a node of this archive."""
    target: NDArray[np.int32]
    edge_ms: NDArray[np.int64]
    elsewhere: AddressColumn
    weighted_nodes: AddressColumn
    """Prefixes that have a weight."""
    node_weight: NDArray[np.float64]
    weighted_edges: AddressColumn
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]

    def node_addresses(self) -> Iterable[Address]:
        """Yield the addresses of all nodes."""
        return (self.nodes.at(row, self.texts) for row in range(len(self.nodes)))

    def edge_addresses(self, prefix: Address) -> Iterable[tuple[Address, Address, Address]]:
        """Yield the addresses of the edges under a prefix, each with its source and target."""
        for row in range(len(self.edges)):
            address = self.edges.at(row, self.texts)
            if is_prefix(prefix, address):
                yield address, self._end(self.source[row]), self._end(self.target[row])

    def _end(self, row: int) -> Address:
        if row >= 0:
            return self.nodes.at(row, self.texts)
        return self.elsewhere.at(BEYOND - row, self.texts)


class TextInterner:
    """Numbers texts, each distinct one once, and makes address columns of them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts, by number."""
        return tuple(self._numbers)

    def column(self, addresses: Iterable[Sequence[str]]) -> AddressColumn:
        """Return addresses as a column."""
        starts, parts = [0], []
        numbers = self._numbers
        for address in addresses:
            parts += [numbers.setdefault(text, len(numbers)) for text in address]
            starts.append(len(parts))
        return AddressColumn(np.array(starts, np.int64), np.array(parts, np.int32))


def structure_from_archive(archive: Archive) -> Structure:
    """Return an archive as the structure of a contribution graph.

    The first three parts of an address, up to its type (`REACTION`), make its kind, so that
    people and weights can name it. Ends that are not nodes of the archive are loose ends, which
    other structures may resolve.
    """
    texts, no_rows = archive.texts, np.empty(0, np.int32)
    node_weights = _table(archive.weighted_nodes, texts, archive.node_weight.tolist())
    edge_weights = _table(
        archive.weighted_edges,
        texts,
        [
            EdgeWeight(*pair)
            for pair in zip(archive.forward.tolist(), archive.backward.tolist(), strict=True)
        ],
    )
    node_prefixes, node_kind = _kinds(archive.nodes, texts)
    edge_prefixes, edge_kind = _kinds(archive.edges, texts)
    count, edges = len(archive.nodes), len(archive.edges)
    absent, ones = np.full(count, ABSENT, np.int32), np.ones(edges)
    no_edge = np.full(edges, ABSENT, np.int32)
    return Structure(
        sources=(f"the archive of {archive.name}",),
        node_kinds=tuple(
            NodeKind(_kind_name(prefix), prefix, node_weights.get(prefix, 1.0))
            for prefix in node_prefixes
        ),
        edge_kinds=tuple(
            EdgeKind(_kind_name(prefix), prefix, edge_weights.get(prefix, EdgeWeight(1.0, 1.0)))
            for prefix in edge_prefixes
        ),
        factors=(),
        nodes=Nodes(
            kind=node_kind,
            at_ms=archive.node_ms,
            account=archive.account,
            contribution=archive.contribution,
            place=np.full(len(archive.nodes), ABSENT, np.int32),
            review=absent,
            item=absent,
            mints_item=np.zeros(count, np.bool_),
            weight=np.ones(count),
        ),
        edges=Edges(
            kind=edge_kind,
            source=np.maximum(archive.source, ABSENT),
            target=np.maximum(archive.target, ABSENT),
            at_ms=archive.edge_ms,
            forward=ones,
            backward=ones,
            review=no_edge,
            item=no_edge,
            scaled_by_item=np.zeros(edges, np.bool_),
        ),
        reviews=Reviews(
            no_rows, {}, no_rows, no_rows.astype(np.bool_), no_rows.astype(np.bool_)
        ),
        items=0,
        factor_keys={},
        labels=_Labels(archive),
        loose_ends=_loose_ends(archive),
        node_weights=node_weights,
        edge_weights=edge_weights,
    )


@dataclass(frozen=True, slots=True)
class _Labels:
    archive: Archive

    def node(self, row: int) -> Address:
        return self.archive.nodes.at(row, self.archive.texts)

    def edge(self, row: int) -> Address:
        return self.archive.edges.at(row, self.archive.texts)


def _kinds(
    addresses: AddressColumn, texts: Sequence[str]
) -> tuple[list[Address], NDArray[np.int16]]:
    """Return the kinds' prefixes, and the index of the one that each address begins with."""
    for parts in range(TYPE_PARTS, 0, -1):
        firsts = first_parts(addresses, parts)
        found, kind = np.unique(firsts, axis=0, return_inverse=True)
        if len(found) <= _MOST_KINDS:
            prefixes = [
                tuple(texts[part] for part in row if part != ABSENT) for row in found.tolist()
            ]
            return prefixes, kind.reshape(-1).astype(np.int16)
    return [()], np.zeros(len(addresses), np.int16)


def first_parts(addresses: AddressColumn, most: int) -> NDArray[np.int64]:
    """Return the first parts' numbers, shape (n, most); `ABSENT` after an address's end."""
    lengths = np.diff(addresses.starts)
    firsts = np.full((len(addresses), most), ABSENT, np.int64)
    for part in range(most):
        long = np.flatnonzero(lengths > part)
        firsts[long, part] = addresses.parts[addresses.starts[long] + part]
    return firsts


def _kind_name(prefix: Address) -> str:
    """Return a kind's name for people: "discord reaction"."""
    return " ".join(part.lower().replace("_", " ") for part in prefix[1:]) or "archived"


def _table(
    prefixes: AddressColumn, texts: Sequence[str], weights: Sequence[Any]
) -> dict[Address, Any]:
    return {prefixes.at(row, texts): weight for row, weight in enumerate(weights)}


def _loose_ends(archive: Archive) -> Mapping[int, tuple[LooseEnd, LooseEnd]]:
    def end(number: int) -> LooseEnd:
        return None if number >= 0 else archive.elsewhere.at(BEYOND - number, archive.texts)

    rows = np.flatnonzero((archive.source < 0) | (archive.target < 0)).tolist()
    return {row: (end(int(archive.source[row])), end(int(archive.target[row]))) for row in rows}
