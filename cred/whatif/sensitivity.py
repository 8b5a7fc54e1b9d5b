"""How fast somebody's cred grows with each weight that has a name.

A community does not vote on the weight of an edge but on that of a kind, an emoji, a role. The
rates with each mint and edge (`cred.whatif.whatif.WhatIf.rates`) are summed up by the chain rule: each
mint and each edge's weight is a product (`cred.graph.weighting`), so its derivative to one of the
product's weights is the product of the others.

Prefixes: Σ rate · weight / (weight of the prefix) over what is under it. Factors: let H be the
rate with a review's weight (through the node that mints it and whatever is scaled by its item);
then a factor's value for a code has the rate Σ H · (the other factors) over the reviews with
that code, and a weight of the factor's table the sum over codes, times how the value of each
grows. Of a kink (the largest of several roles' weights) the rate upwards is told.

Of a jump there is no rate. Cred jumps where a weight of 0 begins to count: when it lets the
first edge lead away from somewhere, or switches on reviews with all that hangs on them. Those
rows and edges add nothing to the rate that is told; ask for the outcome (`cred.whatif.whatif`).

A weight that nobody set has a rate, too: a prefix multiplies by 1 now, a key counts as its
factor's default, or, where the first key counts, as the next of its keys that is listed.
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
"""Of a factor's weight: what value its table then has is asked again. Values are linear in each
listed weight, up to powers of a default: there the rate is right to about this."""


class WeightKind(StrEnum):
    """What a weight is the weight of."""

    NODE = "node"
    FORWARD = "edge, forward"
    BACKWARD = "edge, backward"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast cred grows with one weight."""

    kind: WeightKind
    prefix: Address
    """Of nodes or edges; () for a factor."""
    factor: str
    """Name of the factor, or ""."""
    key: str | None
    """The factor's key; None: its default."""
    weight: float
    """As it is."""
    rate: float
    """Cred per unit of the weight, at that weight."""


def rates(  # noqa: PLR0913 - each is a choice of the caller's
    structure: Structure,
    weights: Weights,
    graph: ContributionGraph,
    gradient: Gradient,
    *,
    nodes: Iterable[Address] = (),
    edges: Iterable[Address] = (),
    keys: Iterable[tuple[str, str]] = (),
) -> list[Rate]:
    """Return the rate of every weight that somebody set or a kind declares, and of others.

    Parameters
    ----------
    structure, weights
        Of which `graph` is made.
    graph
        Of `cred.graph.weighting.apply_weights`.
    gradient
        Of the quantity in question; the same shapes.
    nodes, edges, keys
        Prefixes of nodes and of edges, and keys of factors (each with the factor's name), whose
        rate is wanted, too, although nobody set them: at the value that holds for them now.

    Raises
    ------
    InvalidInputError
        As `cred.graph.weighting.apply_weights`; for an unknown factor; and for a key for which not one value
        holds now, but several, depending on what other keys there are.
    """
    reviews = review_weights(structure, weights)
    sums = _Sums(structure, weights, graph, gradient, reviews)
    return [*sums.nodes(nodes), *sums.edges(edges), *sums.factors(keys)]


class _Sums:
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
        drawn = graph.row >= 0
        self._flows = np.zeros((len(structure.edges.kind), 2))
        self._flows[graph.row[drawn], 0] = gradient.forward[drawn]
        self._flows[graph.row[drawn], 1] = gradient.backward[drawn]

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
            for way, kind in enumerate((WeightKind.FORWARD, WeightKind.BACKWARD)):
                value = values[way]
                weight = both[way] / value if value else self._with_edge(prefix, way)
                rate = float(weight[under] @ self._flows[under, way])
                found.append(Rate(kind, prefix, "", None, value, rate))
        return found

    def factors(self, unset: Iterable[tuple[str, str]]) -> list[Rate]:
        of_review = self._of_reviews()
        asked: dict[str, set[str]] = {one.name: set() for one in self._structure.factors}
        for name, wanted in unset:
            if name not in asked:
                raise InvalidInputError(f"there is no factor {name!r}.")
            asked[name].add(wanted)
        found = []
        for factor in self._structure.factors:
            table = self._weights.factor_table(factor)
            keys = self._structure.factor_keys[factor.name]
            averages = self._weights.averaging is not None
            by_code = None if averages else self._by_code(factor, of_review)
            values: list[tuple[str | None, float]] = [(None, table.default)]
            values += table.values.items()
            new = sorted(asked[factor.name] - table.values.keys())
            values += [(one, _now(factor, table, keys, one)) for one in new]
            for key, value in values:
                if by_code is not None:
                    before = self._code_values(factor, _with(table, key, value))
                    after = self._code_values(factor, _with(table, key, value + _STEP))
                    rate = float((after - before) @ by_code) / _STEP
                else:
                    rate = self._by_difference(factor, table, key, value, of_review)
                found.append(Rate(WeightKind.FACTOR, (), factor.name, key, value, rate))
        return found

    def _by_code(self, factor: Factor, of_review: _Floats) -> _Floats:
        """Return the rate with the value of each of a factor's codes."""
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
        """Return the rate where averaging is on: weights divide, too."""
        reviews = []
        for moved in (value, value + _STEP):
            factors = {**self._weights.factors, factor.name: _with(table, key, moved)}
            weights = replace(self._weights, factors=factors)
            reviews.append(review_weights(self._structure, weights).review)
        return float((reviews[1] - reviews[0]) @ rate) / _STEP

    def _of_reviews(self) -> _Floats:
        """Return the rate with each review's weight, shape (r,)."""
        structure = self._structure
        nodes, edges, reviews = structure.nodes, structure.edges, structure.reviews
        alike = ReviewWeights(np.ones(len(reviews.item)), np.ones(structure.items), {})
        rate = node_weights(structure, self._weights, alike) * self._mint
        minted = np.flatnonzero(nodes.review != ABSENT)
        by_review = sum_by_group(nodes.review[minted], rate[minted], len(reviews.item))
        of_items = np.flatnonzero(nodes.mints_item)
        by_item = sum_by_group(nodes.item[of_items], rate[of_items], structure.items)
        scaled = np.flatnonzero(edges.scaled_by_item)
        forward, _ = edge_weights(structure, self._weights, alike)
        by_item += sum_by_group(
            edges.item[scaled], forward[scaled] * self._flows[scaled, 0], structure.items
        )
        return by_review + by_item[reviews.item]

    def _with_node(self, prefix: Address) -> _Floats:
        other = replace(self._weights, nodes={**self._weights.nodes, prefix: 1.0})
        return node_weights(self._structure, other, self._reviews)

    def _with_edge(self, prefix: Address, way: int) -> _Floats:
        _, table = weight_tables(self._structure, self._weights)
        pair = list(table[prefix])
        pair[way] = 1.0
        other = replace(self._weights, edges={**self._weights.edges, prefix: EdgeWeight(*pair)})
        return edge_weights(self._structure, other, self._reviews)[way]


def _now(factor: Factor, table: FactorTable, keys: Sequence[Sequence[str]], key: str) -> float:
    """Return what holds for a key that is not in a factor's table."""
    if factor.rule is not Rule.FIRST:
        return table.default
    # Where it comes before all that are listed: what the next of those says.
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
    """Return a table with another weight of a key; None: of the default."""
    if key is None:
        return replace(table, default=value)
    return replace(table, values={**table.values, key: value})
