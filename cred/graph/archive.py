"""Contribution graphs that are kept as they were, in columns: those of a SourceCred instance.

An archive lists every node and edge with its address. So that a large one takes little room,
addresses are numbers of texts, and each text is there once (`AddressColumn`). What a node's
description said is not kept. `structure_from_archive` draws an archive; which of its nodes are whose is in
`Archive.account`, so that links between accounts, and undoing them, change no graph.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address
from cred.graph.structure import ABSENT, Edges, LooseEnd, Nodes, Reviews, Structure
from cred.graph.weights import EdgeKind, EdgeWeight, NodeKind

_TYPED: Final = 3
"""Parts of an address that say what it is: owner, plugin, type."""

_MOST_KINDS: Final = 500
"""Where types are more than these, they are no types; owner and plugin make kinds then."""

_NAMES_ONE: Final = 8
"""Characters of an id that names but one thing, wherever it is."""

BEYOND: Final = -2
"""In `Archive.source` and `.target`: -2 - k is the k-th address of `Archive.elsewhere`."""


@dataclass(frozen=True, slots=True, eq=False)
class AddressColumn:
    """Many addresses as numbers of texts."""

    starts: NDArray[np.int64]
    """Shape (n + 1,): where in `parts` each begins; the next one's start is its end."""
    parts: NDArray[np.int32]
    """Places in the archive's `texts`."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    def at(self, row: int, texts: Sequence[str]) -> Address:
        """Return one address."""
        parts = self.parts[self.starts[row] : self.starts[row + 1]]
        return tuple(texts[part] for part in parts.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """One plugin's graph; n nodes, e edges."""

    name: str
    """The plugin: "discord"; with its owner where that is not SourceCred: "external/club"."""
    texts: tuple[str, ...]
    nodes: AddressColumn
    node_ms: NDArray[np.int64]
    """Shape (n,): date, or `cred.graph.structure_from_archive.TIMELESS`."""
    account: NDArray[np.int32]
    """Shape (n,): number of the account that a node stands for, or `ABSENT`."""
    contribution: NDArray[np.int32]
    """Shape (n,): number of the contribution that a node stands for, where the community knows
    it by another source too; else `ABSENT`."""
    edges: AddressColumn
    source: NDArray[np.int32]
    """Shape (e,): node, or `BEYOND` - k for an end that is no node of this archive."""
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
        """Go through the addresses of all nodes."""
        return (self.nodes.at(row, self.texts) for row in range(len(self.nodes)))


class TextInterner:
    """Gathers texts, each once, and writes addresses in their numbers."""

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

    What an address is in its third part is a kind (`REACTION`), so that people and weights can
    name it. Ends that are in no node are loose ends, for other structures to have.
    """
    texts, none = archive.texts, np.empty(0, np.int32)
    node_weights = _table(archive.weighted_nodes, texts, archive.node_weight.tolist())
    edge_weights = _table(
        archive.weighted_edges,
        texts,
        [
            EdgeWeight(*both)
            for both in zip(archive.forward.tolist(), archive.backward.tolist(), strict=True)
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
            NodeKind(_named(prefix), prefix, node_weights.get(prefix, 1.0))
            for prefix in node_prefixes
        ),
        edge_kinds=tuple(
            EdgeKind(_named(prefix), prefix, edge_weights.get(prefix, EdgeWeight(1.0, 1.0)))
            for prefix in edge_prefixes
        ),
        factors=(),
        nodes=Nodes(
            kind=node_kind,
            at_ms=archive.node_ms,
            account=archive.account,
            contribution=archive.contribution,
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
        reviews=Reviews(none, {}, none, none.astype(np.bool_), none.astype(np.bool_)),
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
    """Return prefixes, and which of them each address begins with."""
    for parts in range(_TYPED, 0, -1):
        firsts = _first_parts(addresses, parts)
        found, kind = np.unique(firsts, axis=0, return_inverse=True)
        if len(found) <= _MOST_KINDS:
            prefixes = [
                tuple(texts[part] for part in row if part != ABSENT) for row in found.tolist()
            ]
            return prefixes, kind.reshape(-1).astype(np.int16)
    return [()], np.zeros(len(addresses), np.int16)


def _first_parts(addresses: AddressColumn, most: int) -> NDArray[np.int64]:
    """Return the numbers of addresses' first parts, shape (n, most); `ABSENT` after the end."""
    lengths = np.diff(addresses.starts)
    firsts = np.full((len(addresses), most), ABSENT, np.int64)
    for part in range(most):
        long = np.flatnonzero(lengths > part)
        firsts[long, part] = addresses.parts[addresses.starts[long] + part]
    return firsts


def _named(prefix: Address) -> str:
    """Return what people call a kind: "discord reaction"."""
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


def personal_parts(archives: Sequence[Archive], account: int) -> dict[tuple[str, str], str]:
    """Return what in archives' addresses tells who an account is, and what takes its place.

    That is the last part of its nodes' addresses (its id or name on the platform), and of what
    it wrote. Named with the part before it: see `scrub`.
    """
    found: dict[tuple[str, str], str] = {}
    for archive in archives:
        own = np.flatnonzero(archive.account == account)
        edges = np.flatnonzero(np.isin(archive.source, own) | np.isin(archive.target, own))
        wrote = [
            edge
            for edge in edges.tolist()
            if "authors" in (part.lower() for part in archive.edges.at(edge, archive.texts)[:3])
        ]
        ends = np.concatenate([archive.source[wrote], archive.target[wrote]])
        posted = np.setdiff1d(ends[ends >= 0], own)
        for row in [*own.tolist(), *posted.tolist()]:
            address = archive.nodes.at(row, archive.texts)
            if len(address) > 1:
                mark = f"erased-{account}" + (f"-{len(found)}" if row in posted else "")
                found.setdefault((address[-2], address[-1]), mark)
    return found


def scrub(archive: Archive, marks: Mapping[tuple[str, str], str]) -> Archive:
    """Return an archive without some parts of addresses; the same one where it has none.

    Parameters
    ----------
    archive
        Of which nothing else changes, neither rows nor weights.
    marks
        By a part and the one before it, what takes its place. A part that is long enough to
        name but one thing goes wherever it is; a short one (the number of an issue) only where
        the part before it is that one.
    """
    number = {text: at for at, text in enumerate(archive.texts)}
    texts = list(archive.texts)
    words = _first_words(archive)
    pairs: dict[tuple[int, int], int] = {}
    for (before, text), mark in marks.items():
        if text not in number:
            continue
        if len(text) >= _NAMES_ONE and number[text] not in words:
            texts[number[text]] = mark
        elif before in number:
            pairs[number[before], number[text]] = len(texts)
            texts.append(mark)
    if tuple(texts) == archive.texts:
        return archive
    columns: dict[str, Any] = {
        name: _redirected(getattr(archive, name), pairs)
        for name in ("nodes", "edges", "elsewhere", "weighted_nodes", "weighted_edges")
    }
    changed = dataclasses.replace(archive, texts=tuple(texts), **columns)
    return _without_unused(changed)


def _first_words(archive: Archive) -> set[int]:
    """Return the texts that say what an address is."""
    return {
        part
        for column in (archive.nodes, archive.edges)
        for part in np.unique(_first_parts(column, _TYPED)).tolist()
    }


def _redirected(column: AddressColumn, pairs: Mapping[tuple[int, int], int]) -> AddressColumn:
    parts = column.parts.copy()
    for (before, text), mark in pairs.items():
        at = np.flatnonzero((column.parts[1:] == text) & (column.parts[:-1] == before)) + 1
        parts[at[~np.isin(at, column.starts)]] = mark
    return AddressColumn(column.starts, parts)


def _without_unused(archive: Archive) -> Archive:
    """Return an archive without the texts that no address has any more."""
    columns: dict[str, AddressColumn] = {
        name: getattr(archive, name)
        for name in ("nodes", "edges", "elsewhere", "weighted_nodes", "weighted_edges")
    }
    used = np.unique(np.concatenate([column.parts for column in columns.values()]))
    place = np.zeros(len(archive.texts), np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    renumbered: dict[str, Any] = {
        name: AddressColumn(column.starts, place[column.parts])
        for name, column in columns.items()
    }
    texts = tuple(archive.texts[one] for one in used.tolist())
    return dataclasses.replace(archive, texts=texts, **renumbered)
