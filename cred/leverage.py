"""How far each weight could move cred, to find the few that matter without trying them all.

A weight that multiplies mints moves cred only between what it multiplies and what it does not:
if the part s of what accrues to people comes from there, raising it by the fraction r moves at
most r s (1 - s) of all cred. The part of what is minted stands in for s here; the two differ
where flow from one place returns to the seed sooner than from another. A weight of edges takes
flow from the other edges at the same node: of a part q of what leaves a node it changes the
course of at most r q (1 - q). Most flow comes to the same people either way, so these sums tell
the order of edges alone. `cred.credrank.credrank` tells what really moves.
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
from cred.graph.structure import ABSENT
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
    part: float
    """The part of all that is minted, or of all that flows along edges, that it multiplies."""
    centre: float
    """Mean row of the nodes that mint it; two weights with one part and centre multiply the
    same. Of edges the index of the kind."""
    estimate: float
    """The part of all cred that would move, per fraction by which the weight is raised."""


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
    return sorted(
        (each for each in found if each.estimate > 0.0), key=lambda each: -each.estimate
    )


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
    total = float(graph.mint.sum())
    sums = [sum_by_group(nodes.kind, each, len(kinds)) for each in _mint_and_moment(graph)]
    for kind, mint, moment in zip(kinds, *sums, strict=True):
        yield _of_mints("node", kind.name, float(mint), float(moment), total)


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
    total = float(flow.sum()) or 1.0
    for index, declared in enumerate(graph.structure.edge_kinds):
        mine = kind == index
        along = sum_by_group(origin[mine], flow[mine], rows)
        parts = np.divide(along, leaving, out=np.zeros(rows), where=leaving > 0.0)
        estimate = float(along @ (1.0 - parts)) * scale
        part = float(along.sum()) / total
        yield Leverage("edge", declared.name, part, float(index), estimate)


def _of_factors(graph: ContributionGraph, weights: Weights) -> Iterator[Leverage]:
    structure = graph.structure
    by_review = _by_review(graph, weights)
    total = float(graph.mint.sum())
    for factor in structure.factors:
        code = structure.reviews.codes[factor.name]
        applies = np.flatnonzero(code != ABSENT)
        sequences = structure.factor_keys[factor.name]
        by_code = np.stack(
            [sum_by_group(code[applies], each[applies], len(sequences)) for each in by_review],
            axis=1,
        )
        table = weights.factor_table(factor)
        sums: defaultdict[str, _Floats] = defaultdict(lambda: np.zeros(2))
        if len(sequences) > _MOST_CODES:
            sums[DEFAULT] += by_code.sum(axis=0)
        else:
            for keys, of_code in zip(sequences, by_code, strict=True):
                for key in _deciding(factor, table, keys) if of_code[0] > 0.0 else ():
                    sums[key] += of_code
        for key, (mint, moment) in sums.items():
            yield _of_mints(factor.name, key, float(mint), float(moment), total)


def _deciding(factor: Factor, table: FactorTable, keys: Sequence[str]) -> Sequence[str]:
    """Return the keys whose weights, if raised, would raise the factor's value for some keys.

    Those without a weight of their own would get one then.
    """
    every = [*dict.fromkeys(keys), DEFAULT]
    own = [key for key in keys if key in table.values]
    if factor.rule is Rule.FIRST:
        return every[: every.index(own[0]) + 1] if own else every
    if factor.rule is Rule.PRODUCT:
        return every[:-1] if len(own) == len(keys) else every
    values = [table.values.get(key, table.default) for key in every]
    return [key for key, value in zip(every, values, strict=True) if value == max(values)]


def _by_review(graph: ContributionGraph, weights: Weights) -> list[_Floats]:
    """Return what is minted because of each review, and that times its nodes' rows; (r,)."""
    structure = graph.structure
    nodes, reviews = structure.nodes, structure.reviews
    own, shared = np.flatnonzero(nodes.review != ABSENT), np.flatnonzero(nodes.mints_item)
    part = np.zeros(len(reviews.item))
    if len(shared):
        found = review_weights(structure, weights)
        whole = found.item[reviews.item]
        np.divide(found.review, whole, out=part, where=whole > 0.0)
    sums = []
    for each in _mint_and_moment(graph):
        of_item = sum_by_group(nodes.item[shared], each[shared], structure.items)
        of_review = sum_by_group(nodes.review[own], each[own], len(reviews.item))
        sums.append(of_review + part * of_item[reviews.item])
    return sums


def _mint_and_moment(graph: ContributionGraph) -> tuple[_Floats, _Floats]:
    """Return what each node of the structure mints, and that times its row."""
    mint = graph.mint[: len(graph.structure.nodes.kind)]
    return mint, mint * np.arange(len(mint))


def _of_mints(family: str, name: str, mint: float, moment: float, total: float) -> Leverage:
    part = mint / total
    centre = moment / mint if mint else 0.0
    return Leverage(family, name, part, centre, max(0.0, part * (1.0 - part)))
