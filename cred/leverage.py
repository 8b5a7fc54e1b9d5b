"""How far each weight could move cred, to find the few that matter without trying them all.

A weight that multiplies mints moves cred only between what it multiplies and what it does not:
if it multiplies the part s of all that is minted, raising it by the fraction r changes shares
by at most r s (1 - s). A weight of edges takes flow from the other edges at the same node: of a
part q of what leaves a node it changes the course of at most r q (1 - q). These are the bounds
here, per unit of r; `cred.credrank.credrank` tells what really moves.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.credrank import Ranking
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.review_weights import review_weights
from cred.graph.structure import ABSENT, Structure
from cred.graph.weights import Factor, FactorTable, Rule, Weights
from cred.grouping import sum_by_group

_Floats = NDArray[np.float64]

DEFAULT: Final = "default"
"""The key of a factor's weight for all keys that have none of their own."""
_MOST_CODES: Final = 10_000
"""Of a factor with more codes (single messages) only the default and listed keys are looked at:
no other could move much."""


@dataclass(frozen=True, slots=True)
class Leverage:
    """How far one weight could move cred."""

    family: str
    """ "node", "edge", or the name of a factor."""
    name: str
    """Name of the kind; of a factor, the key or `DEFAULT`."""
    bound: float
    """The most of all cred that would move, per fraction by which the weight is raised."""


def leverages(ranking: Ranking, weights: Weights) -> list[Leverage]:
    """Return the weights through which anything goes, those that could move most cred first.

    Parameters
    ----------
    ranking
        Scores under the weights.
    weights
        Those that the graph was made with.
    """
    found = [
        *_of_nodes(ranking.graph),
        *_of_edges(ranking),
        *_of_factors(ranking.graph, weights),
    ]
    return sorted((each for each in found if each.bound > 0.0), key=lambda each: -each.bound)


def count_changed(before: ContributionGraph, after: ContributionGraph) -> tuple[int, int]:
    """Return how many nodes mint otherwise, and how many edges weigh otherwise.

    Both graphs are of one structure.
    """
    nodes, edges = len(before.structure.nodes.kind), len(before.structure.edges.kind)
    weights = []
    for graph in (before, after):
        both, inside = np.zeros((2, edges)), graph.row >= 0
        both[:, graph.row[inside]] = graph.forward[inside], graph.backward[inside]
        weights.append(both)
    changed = (weights[0] != weights[1]).any(axis=0)
    minted = before.mint[:nodes] != after.mint[:nodes]
    return int(np.count_nonzero(minted)), int(np.count_nonzero(changed))


def _of_nodes(graph: ContributionGraph) -> Iterator[Leverage]:
    structure = graph.structure
    nodes, kinds = structure.nodes, structure.node_kinds
    minted = sum_by_group(nodes.kind, graph.mint[: len(nodes.kind)], len(kinds))
    total = float(graph.mint.sum())
    for kind, amount in zip(kinds, minted.tolist(), strict=True):
        yield Leverage("node", kind.name, _largest_move(amount / total))


def _of_edges(ranking: Ranking) -> Iterator[Leverage]:
    chain, graph = ranking.chain, ranking.graph
    steps = np.flatnonzero(chain.edge >= 0)
    steps = steps[graph.row[chain.edge[steps]] >= 0]
    origin = chain.origin[steps]
    flow = chain.probability[steps] * ranking.stationary.flow[origin]
    rows = len(ranking.stationary.flow)
    leaving = sum_by_group(origin, flow, rows)
    kind = graph.structure.edges.kind[graph.row[chain.edge[steps]]]
    scale = float(np.nan_to_num(ranking.scores.scale)) / float(graph.mint.sum())
    for index, declared in enumerate(graph.structure.edge_kinds):
        mine = kind == index
        along = sum_by_group(origin[mine], flow[mine], rows)
        parts = np.divide(along, leaving, out=np.zeros(rows), where=leaving > 0.0)
        yield Leverage("edge", declared.name, float(along @ (1.0 - parts)) * scale)


def _of_factors(graph: ContributionGraph, weights: Weights) -> Iterator[Leverage]:
    structure = graph.structure
    minted = _minted_by_review(graph, weights)
    total = float(graph.mint.sum())
    for factor in structure.factors:
        code = structure.reviews.codes[factor.name]
        applies = np.flatnonzero(code != ABSENT)
        sequences = structure.factor_keys[factor.name]
        by_code = sum_by_group(code[applies], minted[applies], len(sequences))
        table = weights.factor_table(factor)
        parts: defaultdict[str, float] = defaultdict(float)
        if len(sequences) > _MOST_CODES:
            parts[DEFAULT] = float(by_code.sum())
        else:
            for keys, amount in zip(sequences, by_code.tolist(), strict=True):
                for key in _deciding(factor, table, keys) if amount else ():
                    parts[key] += amount
        for key, amount in parts.items():
            yield Leverage(factor.name, key, _largest_move(amount / total))


def _deciding(factor: Factor, table: FactorTable, keys: Sequence[str]) -> set[str]:
    """Return the keys whose weights, if raised, would raise the factor's value for some keys.

    Those without a weight of their own would get one then.
    """
    own = [key for key in keys if key in table.values]
    if factor.rule is Rule.FIRST:
        return {*keys[: keys.index(own[0]) + 1]} if own else {*keys, DEFAULT}
    if factor.rule is Rule.PRODUCT:
        return {*keys} if len(own) == len(keys) else {*keys, DEFAULT}
    values = {DEFAULT: table.default, **{k: table.values.get(k, table.default) for k in keys}}
    return {key for key, value in values.items() if value == max(values.values())}


def _minted_by_review(graph: ContributionGraph, weights: Weights) -> _Floats:
    """Return what is minted because of each review, shape (r,)."""
    structure: Structure = graph.structure
    nodes, reviews = structure.nodes, structure.reviews
    mint = graph.mint[: len(nodes.kind)]
    count = len(reviews.item)
    own = np.flatnonzero(nodes.review != ABSENT)
    minted = sum_by_group(nodes.review[own], mint[own], count)
    shared = np.flatnonzero(nodes.mints_item)
    if len(shared):
        of_item = sum_by_group(nodes.item[shared], mint[shared], structure.items)
        found = review_weights(structure, weights)
        per_weight = np.divide(
            of_item, found.item, out=np.zeros(structure.items), where=found.item > 0.0
        )
        minted = minted + found.review * per_weight[reviews.item]
    return minted


def _largest_move(part: float) -> float:
    return max(0.0, part * (1.0 - part))
