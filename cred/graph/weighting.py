"""Weighing: a structure and weights become a contribution graph.

The weight of a node is the product of the weights of all prefixes of its address (kinds'
defaults, replaced or added to by the community's), of its own weight, of the
review it stands for, and of its item where it mints that. The weight of a review is the product
of its factors (`cred.graph.weights.Rule`), averaged if asked for. Rows that hang on a review or item
that weighs nothing are left out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address, format_address
from cred.errors import InvalidInputError
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import Participants
from cred.graph.prefixes import prefix_product
from cred.graph.structure import ABSENT, Structure
from cred.graph.weights import (
    EdgeKind,
    EdgeWeight,
    Factor,
    FactorTable,
    NodeKind,
    Rule,
    Weights,
)
from cred.grouping import sum_by_group

_W = TypeVar("_W", float, EdgeWeight)
_T = TypeVar("_T", bound=np.generic)

AVERAGED_BY = "role"
"""The factor whose sum over an item's reviewers averages the item's reviews. Reviews that it
does not apply to are not averaged."""


@dataclass(frozen=True, slots=True, eq=False)
class ReviewWeights:
    """What reviews weigh, and the items they are about."""

    review: NDArray[np.float64]
    """Shape (r,)."""
    item: NDArray[np.float64]
    """Shape (items,): the sum over an item's reviews."""
    factors: Mapping[str, NDArray[np.float64]]
    """By factor name, shape (r,): the number it multiplied with; 1 where it does not apply."""


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What stays in while the same reviews and items weigh anything."""

    review: NDArray[np.bool_]
    """Shape (r,): which reviews do."""
    item: NDArray[np.bool_]
    present: NDArray[np.bool_]
    mints: NDArray[np.bool_]
    """Shape (n,): the node is there, and no participant's."""
    edge: NDArray[np.bool_]
    """Shape (edge rows,): the columns below are of these."""
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    edge_ms: NDArray[np.int64]
    row: NDArray[np.int32]
    dangling: int
    switched_off: int


@dataclass(frozen=True, slots=True, eq=False)
class _EdgeWeights:
    """Weights of the edges that stay in."""

    table: Mapping[Address, EdgeWeight]
    """What they were made of."""
    kept: _Kept
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]


class GraphWeighter:
    """A structure that is weighed again and again.

    Its graphs have the same columns, not only equal ones, where weights leave them as they
    were: who is joined to whom, unless something is switched on or off; and the weights of
    edges, unless those are changed. So whoever has solved one can tell what is left to do.

    Parameters
    ----------
    structure
        What there is.
    participants
        Whose node is whose.
    """

    def __init__(self, structure: Structure, participants: Participants) -> None:
        self._structure = structure
        self._participants = participants
        self._kept: _Kept | None = None
        self._edges: _EdgeWeights | None = None

    def graph(self, weights: Weights) -> ContributionGraph:
        """Return the contribution graph under some weights.

        Parameters
        ----------
        weights
            What the community changed of the declared defaults.

        Raises
        ------
        InvalidInputError
            If a weight is not a finite number, or one of a node or factor is negative; the
            message names the prefix, factor, node or edge.
        """
        structure, participants = self._structure, self._participants
        reviews = review_weights(structure, weights)
        mint = node_weights(structure, weights, reviews)
        kept = self._kept = self._keep(reviews)
        edges = self._edges = self._weigh_edges(weights, reviews, kept)
        mint[~kept.mints] = 0.0
        return ContributionGraph(
            mint=mint,
            node_ms=structure.nodes.at_ms,
            present=kept.present,
            participant=participants.of_node,
            source=kept.source,
            target=kept.target,
            edge_ms=kept.edge_ms,
            forward=edges.forward,
            backward=edges.backward,
            row=kept.row,
            participants=participants.ids,
            dangling=kept.dangling,
            structure=structure,
            switched_off=kept.switched_off,
        )

    def _keep(self, reviews: ReviewWeights) -> _Kept:
        review, item, known = reviews.review > 0.0, reviews.item > 0.0, self._kept
        if (
            known is not None
            and np.array_equal(review, known.review)
            and np.array_equal(item, known.item)
        ):
            return known
        nodes, edges = self._structure.nodes, self._structure.edges
        present = _hangs_on(nodes.review, review)
        stays = np.array([kind.stays for kind in self._structure.node_kinds], np.bool_)
        if stays.any():
            present = present | stays[nodes.kind]
        present = present & _hangs_on(nodes.item, item)
        ends = (edges.source != ABSENT) & (edges.target != ABSENT)
        kept = ends & _hangs_on(edges.review, review) & _hangs_on(edges.item, item)
        # Where an end is ABSENT (-1) this looks at the last node, of no consequence: no end.
        if len(present) and not present.all():
            kept &= present.take(edges.source) & present.take(edges.target)
        return _Kept(
            review=review,
            item=item,
            present=present,
            mints=present & (self._participants.of_node < 0),
            edge=kept,
            source=_at(edges.source, kept),
            target=_at(edges.target, kept),
            edge_ms=_at(edges.at_ms, kept),
            row=np.flatnonzero(kept).astype(np.int32),
            dangling=int(np.count_nonzero(~ends)),
            switched_off=int(np.count_nonzero(ends & ~kept)),
        )

    def _weigh_edges(
        self, weights: Weights, reviews: ReviewWeights, kept: _Kept
    ) -> _EdgeWeights:
        structure, known = self._structure, self._edges
        table = _table(structure.edge_kinds, weights.edges)
        if (
            known is not None
            and known.kept is kept
            and known.table == table
            and not structure.edges.scaled_by_item.any()
        ):
            return known
        forward, backward = edge_weights(structure, weights, reviews)
        return _EdgeWeights(table, kept, _at(forward, kept.edge), _at(backward, kept.edge))


def apply_weights(
    structure: Structure, weights: Weights, participants: Participants
) -> ContributionGraph:
    """Return the contribution graph of a structure under some weights, as `GraphWeighter.graph`."""
    return GraphWeighter(structure, participants).graph(weights)


def review_weights(structure: Structure, weights: Weights) -> ReviewWeights:
    """Return what reviews and items weigh.

    Raises
    ------
    InvalidInputError
        If a factor's weight, or `averaging`, is negative or not finite.
    """
    reviews = structure.reviews
    factors = {}
    for factor in structure.factors:
        name, codes = factor.name, reviews.codes[factor.name]
        table, keys = weights.of(factor), structure.factor_keys[name]
        if table == FactorTable():  # Whatever the code, 1: one number, seen as often as needed.
            factors[name] = np.broadcast_to(1.0, codes.shape)
            continue
        values = code_values(factor, table, keys)
        if not keys:  # As of a source that has drawn nothing.
            factors[name] = np.broadcast_to(1.0, codes.shape)
            continue
        # One more for ABSENT (-1), which finds the last: the factor does not apply.
        factors[name] = np.array([*values, 1.0])[codes]
    weight = np.ones(len(reviews.item))
    with np.errstate(over="ignore", invalid="ignore"):  # looked for in the products
        for values_of in factors.values():
            if values_of.strides != (0,):
                weight *= values_of
    if weights.averaging is not None:
        if not (math.isfinite(weights.averaging) and weights.averaging >= 0.0):
            raise InvalidInputError(
                f"averaging must be a number from 0 up, not {weights.averaging}."
            )
        weight /= _averaged_by(structure, factors, weights.averaging)
    weight[reviews.void] = 0.0
    return ReviewWeights(weight, sum_by_group(reviews.item, weight, structure.items), factors)


def node_weights(
    structure: Structure, weights: Weights, reviews: ReviewWeights
) -> NDArray[np.float64]:
    """Return the weight of every node row, shape (n,), whether it is switched off or not.

    Raises
    ------
    InvalidInputError
        If a kind's or prefix's weight, or a node's product, is negative or not finite.
    """
    table = {prefix: (value,) for prefix, value in _node_table(structure, weights).items()}
    for prefix, (value,) in table.items():
        if not (math.isfinite(value) and value >= 0.0):
            raise InvalidInputError(
                f"the weight of nodes {_named(prefix)} must be a number from 0 up, not {value}."
            )
    nodes, kinds = structure.nodes, [kind.prefix for kind in structure.node_kinds]
    weight = prefix_product(table, kinds, nodes.kind, structure.labels.node, 1)[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):  # looked for below
        weight *= nodes.weight
        # One more for ABSENT (-1), which finds the last.
        weight *= np.append(reviews.review, 1.0).take(nodes.review)
        weight[nodes.mints_item] *= reviews.item[nodes.item[nodes.mints_item]]
    bad = np.flatnonzero(~np.isfinite(weight))
    if len(bad):
        address = structure.labels.node(int(bad[0]))
        raise InvalidInputError(
            f"the weight of node {format_address(address)} is more than a number can hold."
        )
    return weight


def edge_weights(
    structure: Structure, weights: Weights, reviews: ReviewWeights
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the forward and backward weight of every edge row, each of shape (e,).

    Raises
    ------
    InvalidInputError
        If a kind's or prefix's weight, or an edge's product, is not finite.
    """
    table = _edge_table(structure, weights)
    for prefix, (forward, backward) in table.items():
        if not (math.isfinite(forward) and math.isfinite(backward)):
            raise InvalidInputError(
                f"the weights of edges {_named(prefix)} must be numbers, "
                f"not {forward} and {backward}."
            )
    edges, kinds = structure.edges, [kind.prefix for kind in structure.edge_kinds]
    forward, backward = prefix_product(table, kinds, edges.kind, structure.labels.edge, 2).T
    scaled = edges.scaled_by_item
    with np.errstate(over="ignore", invalid="ignore"):  # looked for below
        forward *= edges.forward
        backward *= edges.backward
        forward[scaled] *= reviews.item[edges.item[scaled]]
    bad = np.flatnonzero(~(np.isfinite(forward) & np.isfinite(backward)))
    if len(bad):
        row = int(bad[0])
        raise InvalidInputError(
            f"the weights of edge {format_address(structure.labels.edge(row))} must be numbers, "
            f"not {forward[row]} and {backward[row]}."
        )
    return forward, backward


def weight_tables(
    structure: Structure, weights: Weights
) -> tuple[dict[Address, float], dict[Address, EdgeWeight]]:
    """Return the weights of all prefixes of nodes and of edges: declared, set or added."""
    return _node_table(structure, weights), _edge_table(structure, weights)


def _node_table(structure: Structure, weights: Weights) -> dict[Address, float]:
    return _table(structure.node_kinds, {**structure.node_weights, **weights.nodes})


def _edge_table(structure: Structure, weights: Weights) -> dict[Address, EdgeWeight]:
    return _table(structure.edge_kinds, {**structure.edge_weights, **weights.edges})


def _hangs_on(on: NDArray[np.int32], weighs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which rows hang on nothing, or on something that weighs more than 0."""
    if weighs.all():
        return np.broadcast_to(np.True_, on.shape)
    # One more for ABSENT (-1), which finds the last.
    return np.append(weighs, True).take(on)


def _at(column: NDArray[_T], which: NDArray[np.bool_]) -> NDArray[_T]:
    """Return a column at some places; the column itself if these are all."""
    return column if which.all() else column[which]


def code_values(
    factor: Factor, table: FactorTable, keys: Sequence[Sequence[str]]
) -> Sequence[float]:
    """Return the number that each code of a factor stands for.

    Raises
    ------
    InvalidInputError
        If one of the weights used is negative or not finite.
    """
    if not table.values and factor.rule is not Rule.PRODUCT:
        # Whatever the keys: so nobody writes out the ids of a million messages.
        return [_factor(factor.name, factor.rule, table, ())] * len(keys)
    return [_factor(factor.name, factor.rule, table, sequence) for sequence in keys]


def _factor(name: str, rule: Rule, table: FactorTable, keys: Sequence[str]) -> float:
    listed = [table.values[key] for key in keys if key in table.values]
    for value in (table.default, *listed):
        if not (math.isfinite(value) and value >= 0.0):
            raise InvalidInputError(
                f"weights of the factor {name} must be numbers from 0 up, not {value}."
            )
    if rule is Rule.FIRST:
        return listed[0] if listed else table.default
    if rule is Rule.LARGEST:
        return max([table.default, *listed])
    return math.prod(listed) * table.default ** (len(keys) - len(listed))


def _averaged_by(
    structure: Structure, factors: Mapping[str, NDArray[np.float64]], dampener: float
) -> NDArray[np.float64]:
    """Return what each review is divided by."""
    reviews = structure.reviews
    divisor = np.ones(len(reviews.item))
    codes = reviews.codes.get(AVERAGED_BY)
    if codes is None:
        return divisor
    averaged = codes != ABSENT
    others = np.flatnonzero(averaged & ~reviews.by_author)
    # Somebody who reacts twice counts once.
    pair = reviews.item[others].astype(np.int64)
    pair *= int(reviews.reviewer.max(initial=0)) + 1
    pair += reviews.reviewer[others]
    _, first = np.unique(pair, return_index=True)
    once = others[first]
    by_item = sum_by_group(reviews.item[once], factors[AVERAGED_BY][once], structure.items)
    by_item += dampener
    by_item[by_item == 0.0] = 1.0
    divisor[averaged] = by_item[reviews.item[averaged]]
    return divisor


def _table(
    kinds: Sequence[NodeKind] | Sequence[EdgeKind], changed: Mapping[Address, _W]
) -> dict[Address, _W]:
    """Return all prefixes: kinds' defaults, replaced or added to."""
    table: dict[Address, _W] = {}
    for kind in kinds:
        weight = cast("_W", kind.weight)
        if table.setdefault(kind.prefix, weight) != weight:
            raise InvalidInputError(
                f"two kinds are declared {_named(kind.prefix)}, with different weights."
            )
    return {**table, **changed}


def _named(prefix: Address) -> str:
    return f"under {format_address(prefix)}" if prefix else "under every address"
