"""Sensitivity: how fast a participant's cred grows with each weight that has a name.

A community does not vote on the weight of an edge but on that of a kind, an emoji, a role. The
gradient with respect to mints and edges (`cred.whatif.whatif.WhatIf.gradient`) is summed by the
chain rule: each mint and each edge's weight is a product (`cred.graph.weighting`), so its
derivative with respect to one factor of the product is the product of the others.

Prefixes: the rate is Σ gradient · weight / (weight of the prefix) over everything under it.
Factors: let H be the rate with a review's weight (through the node that mints it and
everything scaled by its item). The rate with a factor's value for a code is then Σ H · (the
other factors) over the reviews with that code, and the rate with a weight of the factor's
table is the sum over codes of that times the derivative of the code's value. At a kink (the
largest of several roles' weights) the rate is the one for larger weights.

At a jump there is no rate. Cred jumps where a weight of 0 takes effect: when it gives a row its
first outgoing edge, or switches on reviews and everything that depends on them. Those rows and
edges add nothing to the rate; compute the outcome instead (`cred.whatif.whatif`).

A weight that nobody set has a rate, too: a prefix multiplies by 1, and a key has its factor's
default or, where the first listed key counts, the weight of the next listed one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address
from cred.errors import InvalidInputError
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.prefixes import rows_under
from cred.graph.review_weights import ReviewWeights, code_values, review_weights
from cred.graph.structure import ABSENT, Structure
from cred.graph.weighting import edge_weights, node_weights, weight_tables
from cred.graph.weights import EdgeWeight, Factor, FactorTable, Rule, Weights
from cred.grouping import sum_by_group
from cred.solver.reduced_system import Gradient

_Floats = NDArray[np.float64]

_STEP: Final = 1e-6
"""Step of the finite difference of factors' values. They are linear in each listed weight,
which makes it exact, except for powers of a default, where the rate is right to about this."""


class WeightKind(StrEnum):
    """What a weight belongs to."""

    NODE = "node"
    FORWARD = "edge, forward"
    BACKWARD = "edge, backward"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class Rate:
    """The derivative of cred with respect to one weight."""

    kind: WeightKind
    prefix: Address
    """Prefix of nodes or edges; () for a factor."""
    factor: str
    """Name of the factor, or ""."""
    key: str | None
    """The factor's key; None: its default."""
    weight: float
    """Its present value."""
    rate: float
    """Cred per unit of the weight, at the present value."""


def rates(
    structure: Structure,
    weights: Weights,
    graph: ContributionGraph,
    gradient: Gradient,
    *,
    nodes: Iterable[Address] = (),
    edges: Iterable[Address] = (),
    keys: Iterable[tuple[str, str]] = (),
) -> list[Rate]:
    """Return the rate of every weight that is set or declared, and of some others.

    Parameters
    ----------
    structure, weights
        What `graph` was made from.
    graph
        Result of `cred.graph.weighting.apply_weights`.
    gradient
        Gradient of the quantity in question, with the shapes of `graph`.
    nodes, edges, keys
        Prefixes of nodes and of edges, and pairs of a factor's name and a key, whose rates are
        wanted although nobody set them, at the weights that they have in effect.

    Raises
    ------
    InvalidInputError
        As `cred.graph.weighting.apply_weights`; for an unknown factor; and for a key that has
        several weights in effect, depending on which other keys there are.
    """
    reviews = review_weights(structure, weights)
    sums = _Sums(structure, weights, graph, gradient, reviews)
    return [*sums.nodes(nodes), *sums.edges(edges), *sums.factors(keys)]


class _Sums:
    """Sums of the gradient by the chain rule; `unset` are weights that nobody set."""

    def __init__(
        self,
        structure: Structure,
        weights: Weights,
        graph: ContributionGraph,
        gradient: Gradient,
        reviews: ReviewWeights,
    ) -> None:
        self._structure, self._weights, self._reviews = structure, weights, reviews
        rows = len(structure.nodes.kind)
        counts = graph.present[:rows] & (graph.participant[:rows] < 0)
        self._mint = np.where(counts, gradient.mint[:rows], 0.0)
        in_structure = graph.row >= 0
        self._flows = np.zeros((len(structure.edges.kind), 2))
        self._flows[graph.row[in_structure], 0] = gradient.forward[in_structure]
        self._flows[graph.row[in_structure], 1] = gradient.backward[in_structure]

    def nodes(self, unset: Iterable[Address]) -> list[Rate]:
        structure, weights = self._structure, self._weights
        kinds = [kind.prefix for kind in structure.node_kinds]
        weight = node_weights(structure, weights, self._reviews)
        table, _ = weight_tables(structure, weights)
        found = []
        for prefix, value in {**dict.fromkeys(unset, 1.0), **table}.items():
            under = rows_under(prefix, kinds, structure.nodes.kind, structure.labels.node)
            per_unit = weight[under] / value if value else self._with_node(prefix)[under]
            rate = float(per_unit @ self._mint[under])
            found.append(Rate(WeightKind.NODE, prefix, "", None, value, rate))
        return found

    def edges(self, unset: Iterable[Address]) -> list[Rate]:
        structure, weights = self._structure, self._weights
        kinds = [kind.prefix for kind in structure.edge_kinds]
        both = edge_weights(structure, weights, self._reviews)
        _, table = weight_tables(structure, weights)
        found = []
        ones = EdgeWeight(1.0, 1.0)
        for prefix, values in {**dict.fromkeys(unset, ones), **table}.items():
            under = rows_under(prefix, kinds, structure.edges.kind, structure.labels.edge)
            for direction, kind in enumerate((WeightKind.FORWARD, WeightKind.BACKWARD)):
                value = values[direction]
                weight = (
                    both[direction] / value if value else self._with_edge(prefix, direction)
                )
                rate = float(weight[under] @ self._flows[under, direction])
                found.append(Rate(kind, prefix, "", None, value, rate))
        return found

    def factors(self, unset: Iterable[tuple[str, str]]) -> list[Rate]:
        of_review = self._review_rates()
        unset_keys: dict[str, set[str]] = {
            factor.name: set() for factor in self._structure.factors
        }
        for name, unset_key in unset:
            if name not in unset_keys:
                raise InvalidInputError(f"there is no factor {name!r}.")
            unset_keys[name].add(unset_key)
        found = []
        for factor in self._structure.factors:
            table = self._weights.factor_table(factor)
            keys = self._structure.factor_keys[factor.name]
            averages = self._weights.averaging is not None
            by_code = None if averages else self._code_rates(factor, of_review)
            values: list[tuple[str | None, float]] = [(None, table.default)]
            values += table.values.items()
            new = sorted(unset_keys[factor.name] - table.values.keys())
            values += [(key, _effective_weight(factor, table, keys, key)) for key in new]
            for key, value in values:
                if by_code is not None:
                    before = self._code_values(factor, _with(table, key, value))
                    after = self._code_values(factor, _with(table, key, value + _STEP))
                    rate = float((after - before) @ by_code) / _STEP
                else:
                    rate = self._by_difference(factor, table, key, value, of_review)
                found.append(Rate(WeightKind.FACTOR, (), factor.name, key, value, rate))
        return found

    def _code_rates(self, factor: Factor, of_review: _Floats) -> _Floats:
        """Return the rate with each code's value of a factor, shape (codes,)."""
        reviews = self._structure.reviews
        others = of_review * ~reviews.void
        for name, values in self._reviews.factors.items():
            if name != factor.name:
                others = others * values
        code = reviews.codes[factor.name]
        applies = np.flatnonzero(code != ABSENT)
        count = len(self._structure.factor_keys[factor.name])
        return sum_by_group(code[applies], others[applies], count)

    def _code_values(self, factor: Factor, table: FactorTable) -> _Floats:
        keys = self._structure.factor_keys[factor.name]
        return np.array(code_values(factor, table, keys), np.float64)

    def _by_difference(
        self, factor: Factor, table: FactorTable, key: str | None, value: float, rate: _Floats
    ) -> float:
        """Return the rate if averaging is on, where weights divide, too."""
        reviews = []
        for weight in (value, value + _STEP):
            factors = {**self._weights.factors, factor.name: _with(table, key, weight)}
            weights = replace(self._weights, factors=factors)
            reviews.append(review_weights(self._structure, weights).review)
        return float((reviews[1] - reviews[0]) @ rate) / _STEP

    def _review_rates(self) -> _Floats:
        """Return the rate with each review's weight, shape (r,)."""
        structure = self._structure
        nodes, edges, reviews = structure.nodes, structure.edges, structure.reviews
        all_one = ReviewWeights(np.ones(len(reviews.item)), np.ones(structure.items), {})
        rate = node_weights(structure, self._weights, all_one) * self._mint
        minted = np.flatnonzero(nodes.review != ABSENT)
        by_review = sum_by_group(nodes.review[minted], rate[minted], len(reviews.item))
        of_items = np.flatnonzero(nodes.mints_item)
        by_item = sum_by_group(nodes.item[of_items], rate[of_items], structure.items)
        scaled = np.flatnonzero(edges.scaled_by_item)
        forward, _ = edge_weights(structure, self._weights, all_one)
        by_item += sum_by_group(
            edges.item[scaled], forward[scaled] * self._flows[scaled, 0], structure.items
        )
        return by_review + by_item[reviews.item]

    def _with_node(self, prefix: Address) -> _Floats:
        other = replace(self._weights, nodes={**self._weights.nodes, prefix: 1.0})
        return node_weights(self._structure, other, self._reviews)

    def _with_edge(self, prefix: Address, direction: int) -> _Floats:
        _, table = weight_tables(self._structure, self._weights)
        pair = list(table[prefix])
        pair[direction] = 1.0
        other = replace(self._weights, edges={**self._weights.edges, prefix: EdgeWeight(*pair)})
        return edge_weights(self._structure, other, self._reviews)[direction]


def _effective_weight(
    factor: Factor, table: FactorTable, keys: Sequence[Sequence[str]], key: str
) -> float:
    """Return the weight in effect for a key that is not in a factor's table."""
    if factor.rule is not Rule.FIRST:
        return table.default
    # Where the key comes before all listed ones, the weight is that of the next listed one.
    behind = {
        tuple(sequence[sequence.index(key) + 1 :])
        for sequence in keys
        if key in sequence and table.values.keys().isdisjoint(sequence[: sequence.index(key)])
    }
    values = set(code_values(factor, table, [*behind])) or {table.default}
    if len(values) > 1:
        raise InvalidInputError(
            f"{key!r} of the factor {factor.name} has several values now, "
            f"from {min(values)} to {max(values)}: set it first."
        )
    return values.pop()


def _with(table: FactorTable, key: str | None, value: float) -> FactorTable:
    """Return a table with another weight for a key, or another default if the key is None."""
    if key is None:
        return replace(table, default=value)
    return replace(table, values={**table.values, key: value})
