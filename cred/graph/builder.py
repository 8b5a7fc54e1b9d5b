"""Builds a `Structure` from whole columns; each call adds rows and returns their numbers.

    builder = StructureBuilder(declaration, directory)
    items = builder.items(len(posts))
    reviews = builder.reviews(item=…, reviewer=…, codes={"emoji": …})
    messages = builder.nodes("message", [place, target], at_ms=…, item=items)
    builder.edges("authors", [author, place, target], source=…, target=messages, at_ms=…)
    structure = builder.build()

Duplicates are not detected: adding the same address twice makes two rows, so keys must be
unique per kind. Addresses are not written here; `KeyLabels` writes them on demand from the key
columns, which are kept, not copied. The structure's columns must not be written to, either: a
column may be the caller's own, or a single value broadcast to every row.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cred.errors import InvalidInputError
from cred.facts.directory import Directory
from cred.facts.numbers import concatenate, narrow
from cred.graph.key_labels import Block, Blocks, Column, KeyLabels
from cred.graph.structure import ABSENT, TIMELESS, Edges, LooseEnd, Nodes, Reviews, Structure
from cred.graph.weights import Declaration, EdgeKind, Factor, Field, NodeKind

_K = TypeVar("_K")
_T = TypeVar("_T", bound=np.generic)


class StructureBuilder:
    """Collects rows of the kinds that one declaration lists.

    Parameters
    ----------
    declaration, directory
        The kinds, and the texts that the numbers in keys stand for.
    home
        Text of `Field.HOME`.
    """

    def __init__(self, declaration: Declaration, directory: Directory, home: str = "") -> None:
        self._declaration = declaration
        self._home = home
        self._directory = directory
        self._node_kinds = {kind.name: i for i, kind in enumerate(declaration.nodes)}
        self._edge_kinds = {kind.name: i for i, kind in enumerate(declaration.edges)}
        self._factors = {factor.name: factor for factor in declaration.factors}
        self._node_blocks = Blocks()
        self._edge_blocks = Blocks()
        self._nodes: list[Nodes] = []
        self._edges: list[Edges] = []
        self._reviews: list[Reviews] = []
        self._review_count = 0
        self._items = 0
        self._factor_keys: dict[str, Sequence[tuple[str, ...]]] = {}
        self._loose_ends: dict[int, tuple[LooseEnd, LooseEnd]] = {}

    def items(self, count: int) -> Column:
        """Add `count` items, which reviews are about, and return their numbers."""
        first = self._items
        self._items += count
        return np.arange(first, self._items, dtype=np.int32)

    def factor_keys(self, factor: str, keys: Sequence[tuple[str, ...]]) -> None:
        """Set the keys that each code of a factor stands for, in order of precedence.

        The sequence is kept as it is, so it may write its keys on demand.

        Raises
        ------
        InvalidInputError
            If the factor is not declared.
        """
        self._factor_keys[self._factor(factor).name] = keys

    def reviews(
        self,
        *,
        item: Column,
        reviewer: Column,
        codes: Mapping[str, NDArray[np.integer]],
        by_author: ArrayLike = False,
        void: ArrayLike = False,
    ) -> Column:
        """Add reviews and return their rows.

        Parameters
        ----------
        item, reviewer
            Numbers of the items (from `items`) and of the accounts, one per review.
        codes
            By factor, indices into its `factor_keys`; a factor left out does not apply.

        Raises
        ------
        InvalidInputError
            If a factor is not declared, or columns differ in length.
        """
        count = len(item)
        given = {self._factor(name).name: column for name, column in codes.items()}
        self._reviews.append(
            Reviews(
                item=_numbers(item, count),
                codes={
                    name: _column(given.get(name, ABSENT), count, np.int32)
                    for name in self._factors
                },
                reviewer=_numbers(reviewer, count),
                by_author=_column(by_author, count, np.bool_),
                void=_column(void, count, np.bool_),
            )
        )
        first = self._review_count
        self._review_count += count
        return np.arange(first, self._review_count, dtype=np.int32)

    def nodes(
        self,
        kind: str,
        key: Sequence[Column],
        *,
        at_ms: ArrayLike = TIMELESS,
        account: ArrayLike = ABSENT,
        contribution: ArrayLike = ABSENT,
        place: ArrayLike = ABSENT,
        review: ArrayLike = ABSENT,
        item: ArrayLike = ABSENT,
        mints_item: ArrayLike = False,
        weight: ArrayLike = 1.0,
    ) -> Column:
        """Add nodes of one kind and return their rows.

        Parameters
        ----------
        kind
            Name of a declared node kind.
        key
            One column per field of the kind (none for `HOME`); together they are unique.
        at_ms, account, contribution, place, review, item, mints_item, weight
            As in `cred.graph.structure.Nodes`: a column, or one value for all rows.

        Raises
        ------
        InvalidInputError
            If the kind is not declared, or the columns do not fit it or one another; if a row
            mints its item but has none, or has a review as well.
        """
        number, declared = self._kind(kind, self._node_kinds, self._declaration.nodes)
        keys, count = _keys(declared, key)
        added = Nodes(
            kind=_column(number, count, np.int16),
            at_ms=_column(at_ms, count, np.int64),
            account=_numbers(account, count),
            contribution=_numbers(contribution, count),
            place=_numbers(place, count),
            review=_numbers(review, count),
            item=_numbers(item, count),
            mints_item=_column(mints_item, count, np.bool_),
            weight=_column(weight, count, np.float64),
        )
        if np.any(added.mints_item & ((added.item == ABSENT) | (added.review != ABSENT))):
            raise InvalidInputError(
                f"what mints its item must have one and no review: a node of kind {kind!r}."
            )
        self._nodes.append(added)
        return self._node_blocks.add(Block(declared.prefix, declared.fields, keys), count)

    def edges(
        self,
        kind: str,
        key: Sequence[Column],
        *,
        source: ArrayLike,
        target: ArrayLike,
        at_ms: ArrayLike,
        forward: ArrayLike = 1.0,
        backward: ArrayLike = 1.0,
        review: ArrayLike = ABSENT,
        item: ArrayLike = ABSENT,
        scaled_by_item: ArrayLike = False,
    ) -> Column:
        """Add edges of one kind and return their rows.

        Parameters
        ----------
        kind
            Name of a declared edge kind.
        key
            One column per field of the kind (none for `HOME`); together they are unique.
        source, target
            Node rows; `ABSENT` if the end is not in this structure (see `loose_end`).
        at_ms, forward, backward, review, item, scaled_by_item
            As in `cred.graph.structure.Edges`: a column, or one value for all rows.

        Raises
        ------
        InvalidInputError
            If the kind is not declared, or the columns do not fit it or one another; if a row
            is scaled by its item but has none.
        """
        number, declared = self._kind(kind, self._edge_kinds, self._declaration.edges)
        keys, count = _keys(declared, key)
        added = Edges(
            kind=_column(number, count, np.int16),
            source=_numbers(source, count),
            target=_numbers(target, count),
            at_ms=_column(at_ms, count, np.int64),
            forward=_column(forward, count, np.float64),
            backward=_column(backward, count, np.float64),
            review=_numbers(review, count),
            item=_numbers(item, count),
            scaled_by_item=_column(scaled_by_item, count, np.bool_),
        )
        if np.any(added.scaled_by_item & (added.item == ABSENT)):
            raise InvalidInputError(
                f"what is scaled by its item must have one: an edge of kind {kind!r}."
            )
        self._edges.append(added)
        return self._edge_blocks.add(Block(declared.prefix, declared.fields, keys), count)

    def loose_end(self, edge: int, *, source: LooseEnd = None, target: LooseEnd = None) -> None:
        """Name an end of an edge that is not a row here, so that merging can resolve it.

        It is named by its address, or by the number of a contribution that some node stands
        for.
        """
        self._loose_ends[edge] = (source, target)

    def build(self) -> Structure:
        """Return the structure. The builder must not be used afterwards."""
        return Structure(
            sources=(self._declaration.source,),
            node_kinds=self._declaration.nodes,
            edge_kinds=self._declaration.edges,
            factors=self._declaration.factors,
            nodes=Nodes(
                kind=concatenate([part.kind for part in self._nodes], np.int16),
                at_ms=concatenate([part.at_ms for part in self._nodes], np.int64),
                account=concatenate([part.account for part in self._nodes], np.int32),
                contribution=concatenate([part.contribution for part in self._nodes], np.int32),
                place=concatenate([part.place for part in self._nodes], np.int32),
                review=concatenate([part.review for part in self._nodes], np.int32),
                item=concatenate([part.item for part in self._nodes], np.int32),
                mints_item=concatenate([part.mints_item for part in self._nodes], np.bool_),
                weight=concatenate([part.weight for part in self._nodes], np.float64),
            ),
            edges=Edges(
                kind=concatenate([part.kind for part in self._edges], np.int16),
                source=concatenate([part.source for part in self._edges], np.int32),
                target=concatenate([part.target for part in self._edges], np.int32),
                at_ms=concatenate([part.at_ms for part in self._edges], np.int64),
                forward=concatenate([part.forward for part in self._edges], np.float64),
                backward=concatenate([part.backward for part in self._edges], np.float64),
                review=concatenate([part.review for part in self._edges], np.int32),
                item=concatenate([part.item for part in self._edges], np.int32),
                scaled_by_item=concatenate(
                    [part.scaled_by_item for part in self._edges], np.bool_
                ),
            ),
            reviews=Reviews(
                item=concatenate([part.item for part in self._reviews], np.int32),
                codes={
                    name: concatenate([part.codes[name] for part in self._reviews], np.int32)
                    for name in self._factors
                },
                reviewer=concatenate([part.reviewer for part in self._reviews], np.int32),
                by_author=concatenate([part.by_author for part in self._reviews], np.bool_),
                void=concatenate([part.void for part in self._reviews], np.bool_),
            ),
            items=self._items,
            factor_keys={name: self._factor_keys.get(name, ()) for name in self._factors},
            labels=KeyLabels(self._directory, self._node_blocks, self._edge_blocks, self._home),
            loose_ends=dict(self._loose_ends),
        )

    def _factor(self, name: str) -> Factor:
        try:
            return self._factors[name]
        except KeyError:
            raise InvalidInputError(
                f"{self._declaration.source} declares no factor {name!r}, "
                f"only {', '.join(self._factors) or 'none'}."
            ) from None

    def _kind(
        self, name: str, numbers: Mapping[str, int], kinds: Sequence[_K]
    ) -> tuple[int, _K]:
        try:
            number = numbers[name]
        except KeyError:
            raise InvalidInputError(
                f"{self._declaration.source} declares no kind {name!r}, "
                f"only {', '.join(numbers) or 'none'}."
            ) from None
        return number, kinds[number]


def _keys(kind: NodeKind | EdgeKind, key: Sequence[Column]) -> tuple[tuple[Column, ...], int]:
    columns = sum(field is not Field.HOME for field in kind.fields)
    if len(key) != columns:
        raise InvalidInputError(
            f"a key of {kind.name!r} has {columns} columns, not {len(key)}."
        )
    count = len(key[0]) if key else 1
    return tuple(_column(column, count, column.dtype.type) for column in key), count


def _numbers(value: ArrayLike, count: int) -> NDArray[np.int32]:
    given = np.asarray(value)
    return _column(narrow(given) if given.ndim else given, count, np.int32)


def _column(value: ArrayLike, count: int, kind: type[_T]) -> NDArray[_T]:
    """Return a column of `count` rows; a single value is broadcast to every row."""
    given = np.asarray(value, dtype=kind)
    if given.ndim == 0:
        return np.broadcast_to(given, count)
    if given.shape != (count,):
        raise InvalidInputError(
            f"a column of {count} rows is needed, not of shape {given.shape}."
        )
    return given
