"""Merging: the structures of several sources become one.

Sources own different prefixes, so their structures are disjoint; an address in two of them is
an error, which names it. An edge may end at an address of another source, or at whichever node
stands for a contribution (an initiative that refers to a post). Such a *loose end* is resolved
when the other source's structure is merged in.
"""

import dataclasses
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, combinations
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address, format_address, is_prefix
from cred.errors import InvalidInputError, OverlapError
from cred.facts.numbers import concatenate, find
from cred.graph.structure import ABSENT, Edges, Labels, LooseEnd, Nodes, Reviews, Structure
from cred.graph.weights import EdgeWeight, Factor

_T = TypeVar("_T", Nodes, Edges, Reviews)
_I = TypeVar("_I", np.int32, np.int64)
_W = TypeVar("_W", float, EdgeWeight)
_Ends = tuple[LooseEnd, LooseEnd]


def merge_structures(structures: Sequence[Structure]) -> Structure:
    """Return the union of structures, rows in the order given.

    Raises
    ------
    OverlapError
        If two have a node or an edge of the same address.
    InvalidInputError
        If there are no structures, or two of them declare a factor of the same name
        differently, or weights for the same prefix that is not a kind's.
    """
    if not structures:
        raise InvalidInputError("there must be at least one graph to merge.")
    if len(structures) == 1:
        return structures[0]
    for first, second in combinations([_node_rows(part) for part in structures], 2):
        _check_disjoint("node", first, second)
    for first, second in combinations([_edge_rows(part) for part in structures], 2):
        _check_disjoint("edge", first, second)
    factors = _factors(structures)
    starts = [_Start(0, 0, 0, 0, 0, 0, dict.fromkeys((f.name for f in factors), 0))]
    for part in structures:
        starts.append(starts[-1].after(part))
    located = list(zip(structures, starts, strict=False))
    shifted = [_shift_numbers(part, start) for part, start in located]
    edges = _stack([edges for _, edges, _ in shifted], Edges)
    loose: dict[int, _Ends] = {}
    for part, start in located:
        loose |= {row + start.edges: ends for row, ends in part.loose_ends.items()}
    return Structure(
        sources=tuple(name for part in structures for name in part.sources),
        node_kinds=tuple(kind for part in structures for kind in part.node_kinds),
        edge_kinds=tuple(kind for part in structures for kind in part.edge_kinds),
        factors=factors,
        nodes=_stack([nodes for nodes, _, _ in shifted], Nodes),
        edges=_resolve_loose_ends(edges, loose, located),
        reviews=_stack([reviews for _, _, reviews in shifted], Reviews),
        items=starts[-1].items,
        factor_keys={factor.name: _keys(factor.name, structures) for factor in factors},
        labels=_MergedLabels(
            [part.labels for part in structures],
            [start.nodes for start in starts],
            [start.edges for start in starts],
        ),
        loose_ends=loose,
        node_weights=_merge_weights("nodes", [part.node_weights for part in structures]),
        edge_weights=_merge_weights("edges", [part.edge_weights for part in structures]),
    )


class _Keys(Sequence[tuple[str, ...]]):
    """Keys of a factor, one structure's after another's; each is written on demand."""

    def __init__(self, parts: Sequence[Sequence[tuple[str, ...]]]) -> None:
        self._parts = [part for part in parts if len(part)]
        self._ends = list(accumulate(map(len, self._parts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return chain.from_iterable(self._parts)

    @overload
    def __getitem__(self, code: int) -> tuple[str, ...]: ...

    @overload
    def __getitem__(self, code: slice) -> Sequence[tuple[str, ...]]: ...

    def __getitem__(self, code: int | slice) -> tuple[str, ...] | Sequence[tuple[str, ...]]:
        if isinstance(code, slice):
            return [self[index] for index in range(len(self))[code]]
        code = range(len(self))[code]
        part = bisect_right(self._ends, code)
        return self._parts[part][code - (self._ends[part - 1] if part else 0)]


def _keys(factor: str, structures: Sequence[Structure]) -> Sequence[tuple[str, ...]]:
    by_structure = [part.factor_keys.get(factor, ()) for part in structures]
    used = [keys for keys in by_structure if len(keys)]
    return used[0] if len(used) == 1 else _Keys(used)


@dataclass(frozen=True, slots=True)
class _Start:
    """Row offsets of one structure within the merged one."""

    nodes: int
    edges: int
    reviews: int
    items: int
    node_kinds: int
    edge_kinds: int
    keys: Mapping[str, int]

    def after(self, part: Structure) -> "_Start":
        return _Start(
            self.nodes + len(part.nodes.kind),
            self.edges + len(part.edges.kind),
            self.reviews + len(part.reviews.item),
            self.items + part.items,
            self.node_kinds + len(part.node_kinds),
            self.edge_kinds + len(part.edge_kinds),
            {n: count + len(part.factor_keys.get(n, ())) for n, count in self.keys.items()},
        )


@dataclass(frozen=True, slots=True)
class _MergedLabels:
    parts: Sequence[Labels]
    node_starts: Sequence[int]
    edge_starts: Sequence[int]

    def node(self, row: int) -> Address:
        at = bisect_right(self.node_starts, row) - 1
        return self.parts[at].node(row - self.node_starts[at])

    def edge(self, row: int) -> Address:
        at = bisect_right(self.edge_starts, row) - 1
        return self.parts[at].edge(row - self.edge_starts[at])


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one structure, for the search of equal addresses."""

    source: str
    prefixes: tuple[Address, ...]
    kind: NDArray[np.int16]
    label: Callable[[int], Address]

    def of_kinds(self, kinds: Iterable[int]) -> Iterator[tuple[Address, int]]:
        for kind in kinds:
            for row in np.flatnonzero(self.kind == kind).tolist():
                yield self.label(row), row


def _node_rows(part: Structure) -> _Rows:
    return _Rows(
        " and ".join(part.sources),
        tuple(kind.prefix for kind in part.node_kinds),
        part.nodes.kind,
        part.labels.node,
    )


def _edge_rows(part: Structure) -> _Rows:
    return _Rows(
        " and ".join(part.sources),
        tuple(kind.prefix for kind in part.edge_kinds),
        part.edges.kind,
        part.labels.edge,
    )


def _check_disjoint(row_type: str, first: _Rows, second: _Rows) -> None:
    """Refuse rows of the same address.

    Only rows of kinds whose prefixes overlap have to be compared; usually there are none.
    """
    overlaps = [
        (first_kind, second_kind)
        for first_kind, first_prefix in enumerate(first.prefixes)
        for second_kind, second_prefix in enumerate(second.prefixes)
        if is_prefix(first_prefix, second_prefix) or is_prefix(second_prefix, first_prefix)
    ]
    row_of = dict(first.of_kinds({kind for kind, _ in overlaps}))
    for address, row in second.of_kinds({kind for _, kind in overlaps}):
        if address in row_of:
            first_prefix = first.prefixes[first.kind[row_of[address]]]
            second_prefix = second.prefixes[second.kind[row]]
            raise OverlapError(
                f"{row_type} {format_address(address)} is in two graphs: {first.source}'s, as "
                f"one of {format_address(first_prefix)!r}, and {second.source}'s, as one of "
                f"{format_address(second_prefix)!r}; rename or drop one of them."
            )


def _resolve_loose_ends(
    edges: Edges, loose: dict[int, _Ends], located: Sequence[tuple[Structure, _Start]]
) -> Edges:
    """Return the edges with loose ends resolved, and remove those from `loose`."""
    wanted = {end for ends in loose.values() for end in ends if end is not None}
    if not wanted:
        return edges
    addresses = {end for end in wanted if isinstance(end, tuple)}
    numbers = np.array(sorted(end for end in wanted if isinstance(end, int)), np.int64)
    row_of: dict[LooseEnd, int] = {}

    # The rows that loose ends are, by address and by contribution.
    for part, start in located:
        rows = _node_rows(part)
        possible = (
            kind
            for kind, prefix in enumerate(rows.prefixes)
            if any(is_prefix(prefix, address) for address in addresses)
        )
        for address, row in rows.of_kinds(possible):
            if address in addresses:
                row_of[address] = row + start.nodes
        for row in np.flatnonzero(find(numbers, part.nodes.contribution) != ABSENT).tolist():
            row_of.setdefault(int(part.nodes.contribution[row]), row + start.nodes)

    source, target = edges.source.copy(), edges.target.copy()
    for row, ends in list(loose.items()):
        for column, end in zip((source, target), ends, strict=True):
            if end is not None and end in row_of:
                column[row] = row_of[end]
        unresolved = tuple(None if end in row_of else end for end in ends)
        loose[row] = (unresolved[0], unresolved[1])
        if unresolved == (None, None):
            del loose[row]
    return dataclasses.replace(edges, source=source, target=target)


def _factors(structures: Sequence[Structure]) -> tuple[Factor, ...]:
    factors: dict[str, Factor] = {}
    for part in structures:
        for factor in part.factors:
            if factors.setdefault(factor.name, factor) != factor:
                raise InvalidInputError(
                    f"two graphs declare the factor {factor.name!r} differently."
                )
    return tuple(factors.values())


def _merge_weights(row_type: str, tables: Sequence[Mapping[Address, _W]]) -> dict[Address, _W]:
    merged: dict[Address, _W] = {}
    for table in tables:
        if both := merged.keys() & table.keys():
            raise InvalidInputError(
                f"two graphs give {row_type} under {format_address(min(both))!r} a weight."
            )
        merged |= table
    return merged


def _shift_numbers(part: Structure, start: _Start) -> tuple[Nodes, Edges, Reviews]:
    """Return a structure's columns with all numbers as they are in the merged structure."""
    nodes, edges, reviews = part.nodes, part.edges, part.reviews
    return (
        dataclasses.replace(
            nodes,
            kind=_shift_kind(nodes.kind, start.node_kinds),
            review=_shift(nodes.review, start.reviews),
            item=_shift(nodes.item, start.items),
        ),
        dataclasses.replace(
            edges,
            kind=_shift_kind(edges.kind, start.edge_kinds),
            source=_shift(edges.source, start.nodes),
            target=_shift(edges.target, start.nodes),
            review=_shift(edges.review, start.reviews),
            item=_shift(edges.item, start.items),
        ),
        dataclasses.replace(
            reviews,
            item=_shift(reviews.item, start.items),
            codes={
                name: _shift(reviews.codes[name], count)
                if name in reviews.codes
                else np.broadcast_to(np.int32(ABSENT), len(reviews.item))
                for name, count in start.keys.items()
            },
        ),
    )


def _shift(column: NDArray[_I], by: int) -> NDArray[_I]:
    if not by:
        return column
    return np.where(column == ABSENT, column, column + by).astype(column.dtype)


def _shift_kind(kind: NDArray[np.int16], by: int) -> NDArray[np.int16]:
    return (kind + by).astype(np.int16) if by else kind


def _stack(parts: Sequence[_T], kind: type[_T]) -> _T:
    """Return the columns of several parts, concatenated, and copied only where necessary."""
    columns: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        values = [getattr(part, field.name) for part in parts]
        columns[field.name] = (
            {
                name: _concatenate_columns([value[name] for value in values])
                for name in values[0]
            }
            if isinstance(values[0], Mapping)
            else _concatenate_columns(values)
        )
    return kind(**columns)


def _concatenate_columns(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return concatenate(parts, parts[0].dtype.type)
