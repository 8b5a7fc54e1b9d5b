"""Applying weights: a structure and weights become a contribution graph.

The weight of a node is the product of the weights of all prefixes of its address (kinds'
defaults, which a community replaces or adds to), its own weight, the weight of the review it
stands for, and that of its item if it mints the item (`cred.graph.review_weights`). Rows that
depend on a review or item of weight 0 are left out.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address, format_address
from cred.errors import InvalidInputError
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import Participants
from cred.graph.prefixes import prefix_product
from cred.graph.review_weights import ReviewWeights, review_weights
from cred.graph.structure import ABSENT, Structure
from cred.graph.weights import (
    EdgeKind,
    EdgeWeight,
    NodeKind,
    Weights,
)

_W = TypeVar("_W", float, EdgeWeight)
_T = TypeVar("_T", bound=np.generic)


def apply_weights(
    structure: Structure, weights: Weights, participants: Participants
) -> ContributionGraph:
    """Return the contribution graph of a structure under some weights.

    Parameters
    ----------
    structure
        The graph without weights.
    weights
        What the community changed from the declared defaults.
    participants
        Which participant each node belongs to.

    Raises
    ------
    InvalidInputError
        If a weight is not a finite number, or one of a node or factor is negative; the message
        names the prefix, factor, node or edge.
    """
    nodes, edges = structure.nodes, structure.edges
    reviews = review_weights(structure, weights)
    mint = node_weights(structure, weights, reviews)
    forward, backward = edge_weights(structure, weights, reviews)
    review, item = reviews.review > 0.0, reviews.item > 0.0
    present = _has_basis(nodes.review, review)
    stays = np.array([kind.stays for kind in structure.node_kinds], np.bool_)
    if stays.any():
        present = present | stays[nodes.kind]
    present = present & _has_basis(nodes.item, item)
    has_ends = (edges.source != ABSENT) & (edges.target != ABSENT)
    kept = has_ends & _has_basis(edges.review, review) & _has_basis(edges.item, item)
    # ABSENT (-1) finds the last node, which does not matter: the edge is out already.
    if len(present) and not present.all():
        kept &= present.take(edges.source) & present.take(edges.target)
    mint[~(present & (participants.of_node < 0))] = 0.0
    return ContributionGraph(
        mint=mint,
        node_ms=nodes.at_ms,
        present=present,
        participant=participants.of_node,
        source=_select(edges.source, kept),
        target=_select(edges.target, kept),
        edge_ms=_select(edges.at_ms, kept),
        forward=_select(forward, kept),
        backward=_select(backward, kept),
        row=np.flatnonzero(kept).astype(np.int32),
        participants=participants.ids,
        dangling=int(np.count_nonzero(~has_ends)),
        structure=structure,
        switched_off=int(np.count_nonzero(has_ends & ~kept)),
    )


def node_weights(
    structure: Structure, weights: Weights, reviews: ReviewWeights
) -> NDArray[np.float64]:
    """Return the weight of every node row, shape (n,), switched off or not.

    Raises
    ------
    InvalidInputError
        If a kind's or prefix's weight, or a node's product, is negative or not finite.
    """
    table = {prefix: (value,) for prefix, value in _node_table(structure, weights).items()}
    for prefix, (value,) in table.items():
        if not (math.isfinite(value) and value >= 0.0):
            raise InvalidInputError(
                f"the weight of nodes {_describe(prefix)} must be a number from 0 up, "
                f"not {value}."
            )
    nodes, kinds = structure.nodes, [kind.prefix for kind in structure.node_kinds]
    weight = prefix_product(table, kinds, nodes.kind, structure.labels.node, 1)[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):  # checked below
        weight *= nodes.weight
        # The value added at the end is what ABSENT (-1) finds.
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
                f"the weights of edges {_describe(prefix)} must be numbers, "
                f"not {forward} and {backward}."
            )
    edges, kinds = structure.edges, [kind.prefix for kind in structure.edge_kinds]
    forward, backward = prefix_product(table, kinds, edges.kind, structure.labels.edge, 2).T
    scaled = edges.scaled_by_item
    with np.errstate(over="ignore", invalid="ignore"):  # checked below
        forward *= edges.forward
        backward *= edges.backward
        forward[scaled] *= reviews.item[edges.item[scaled]]
    bad = np.flatnonzero(~(np.isfinite(forward) & np.isfinite(backward)))
    if len(bad):
        row = int(bad[0])
        address = structure.labels.edge(row)
        raise InvalidInputError(
            f"the weights of edge {format_address(address)} must be numbers, "
            f"not {forward[row]} and {backward[row]}."
        )
    return forward, backward


def _node_table(structure: Structure, weights: Weights) -> dict[Address, float]:
    return _table(structure.node_kinds, {**structure.node_weights, **weights.nodes})


def _edge_table(structure: Structure, weights: Weights) -> dict[Address, EdgeWeight]:
    return _table(structure.edge_kinds, {**structure.edge_weights, **weights.edges})


def _has_basis(basis: NDArray[np.int32], weighs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which rows depend on nothing, or on something of weight above 0."""
    if weighs.all():
        return np.broadcast_to(np.True_, basis.shape)
    # The value added at the end is what ABSENT (-1) finds.
    return np.append(weighs, True).take(basis)


def _select(column: NDArray[_T], which: NDArray[np.bool_]) -> NDArray[_T]:
    """Return a column at some places; the column itself if these are all."""
    return column if which.all() else column[which]


def _table(
    kinds: Sequence[NodeKind] | Sequence[EdgeKind], changed: Mapping[Address, _W]
) -> dict[Address, _W]:
    """Return the weights of all prefixes: kinds' defaults, replaced or added to."""
    table: dict[Address, _W] = {}
    for kind in kinds:
        weight = cast("_W", kind.weight)
        if table.setdefault(kind.prefix, weight) != weight:
            raise InvalidInputError(
                f"two kinds are declared {_describe(kind.prefix)}, with different weights."
            )
    return {**table, **changed}


def _describe(prefix: Address) -> str:
    return f"under {format_address(prefix)}" if prefix else "under every address"
