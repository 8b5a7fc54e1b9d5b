"""Who or what caused some cred: one step further back than `cred.explain`.

Parts of cred that came through a contribution are divided among everything that had arrived
there, in proportion.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.credrank import Ranking
from cred.explain import MINT, NONE, LargestFirst, Parts, origin_nodes
from cred.graph.structure import ABSENT
from cred.grouping import sum_by_group, totals_by_key


class CauseKind(StrEnum):
    """The way in which something caused cred."""

    MINTED = "minted"
    """A contribution minted it itself."""
    REVIEW = "review"
    """A review (a reaction, a like) minted it or passed it on."""
    PARTICIPANT = "participant"
    """It flowed from a participant, such as an author or somebody who mentioned."""
    CONTRIBUTION = "contribution"
    """It flowed from another contribution."""
    HIDDEN = "hidden"
    """It came from or through contributions that are not to be told apart."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Cred that a participant, a reviewer or a contribution caused."""

    kind: CauseKind
    participant: int
    """The participant; for a review the reviewer, if that is a participant; else `NONE`."""
    account: int
    """The reviewer's account number, for a review; else `NONE`."""
    node: int
    """The contribution that minted the cred or that it came from; else `NONE`."""
    amount: float


def by_cause(
    ranking: Ranking,
    parts: Parts,
    hidden: NDArray[np.bool_] | None = None,
    *,
    each_contribution: bool = True,
) -> LargestFirst[Cause]:
    """Return the sums of parts by who or what caused them, the largest first.

    A part that came from a participant is caused by that participant. A part that came through
    a contribution is divided among all that arrived there, in proportion: what it minted, and
    what came from participants, from reviews (caused by their reviewers) and from other
    contributions.

    Without `each_contribution`, everything that nobody caused is summed as one `CONTRIBUTION`
    without a node. What came from or through contributions that are `hidden` (shape (n,), by
    node of the graph) is summed as one `HIDDEN`, so that nothing tells who caused it.
    """
    graph, chain, flow = ranking.graph, ranking.chain, ranking.stationary.flow
    if hidden is None:
        hidden = np.zeros(len(graph.mint), np.bool_)
    is_from_person = parts.participant >= 0
    is_hidden = ~is_from_person & (parts.node >= 0) & hidden[parts.node]
    people = np.flatnonzero(is_from_person)
    minted = np.flatnonzero(~is_from_person & ~is_hidden & (parts.edge == MINT))
    through = np.flatnonzero(~is_from_person & ~is_hidden & (parts.edge != MINT))

    # The rows of the chain that cred came through, and the amounts.
    rows, amount = totals_by_key(
        np.searchsorted(chain.nodes, parts.node[through]), parts.amount[through]
    )
    steps, at = chain.arriving(rows)
    arrived = chain.probability[steps] * flow[chain.origin[steps]]
    share = amount / (sum_by_group(at, arrived, len(rows)) + chain.mint[rows])
    mints = np.flatnonzero(chain.mint[rows])
    origin = origin_nodes(ranking, steps)

    causes = _Causes(ranking, hidden)
    causes.add_hidden(parts.amount[is_hidden])
    causes.add_people(parts.participant[people], parts.amount[people])
    causes.add_minted(parts.node[minted], parts.amount[minted])
    causes.add_minted(chain.nodes[rows[mints]], (chain.mint[rows] * share)[mints])
    from_people = graph.participant[origin] >= 0
    passed = arrived * share[at]
    causes.add_people(graph.participant[origin[from_people]], passed[from_people])
    causes.add_nodes(origin[~from_people], passed[~from_people])
    return causes.largest_first(each_contribution=each_contribution)


_KINDS: Final = tuple(CauseKind)


class _Causes:
    """Collects causes, as pairs of a kind and a number, with their amounts."""

    def __init__(self, ranking: Ranking, hidden: NDArray[np.bool_]) -> None:
        self._graph = ranking.graph
        self._hidden = hidden
        self._parts: list[tuple[CauseKind, NDArray[np.integer], NDArray[np.float64]]] = []

    def add_hidden(self, amounts: NDArray[np.float64]) -> None:
        nodes = np.full(len(amounts), NONE, np.int64)
        self._parts.append((CauseKind.HIDDEN, nodes, amounts))

    def add_people(self, people: NDArray[np.integer], amounts: NDArray[np.float64]) -> None:
        self._parts.append((CauseKind.PARTICIPANT, people, amounts))

    def add_minted(self, nodes: NDArray[np.int64], amounts: NDArray[np.float64]) -> None:
        self._add(CauseKind.MINTED, nodes, amounts)

    def add_nodes(self, nodes: NDArray[np.int64], amounts: NDArray[np.float64]) -> None:
        self._add(CauseKind.CONTRIBUTION, nodes, amounts)

    def _add(
        self, kind: CauseKind, nodes: NDArray[np.int64], amounts: NDArray[np.float64]
    ) -> None:
        is_hidden = self._hidden[nodes]
        self.add_hidden(amounts[is_hidden])
        nodes, amounts = nodes[~is_hidden], amounts[~is_hidden]
        structure = self._graph.structure
        # Nodes that minting rules added are not reviews.
        in_structure = np.flatnonzero(nodes < len(structure.nodes.review))
        reviewer = np.full(len(nodes), NONE, np.int64)
        review = structure.nodes.review[nodes[in_structure]]
        is_review = review != ABSENT
        reviewer[in_structure[is_review]] = structure.reviews.reviewer[review[is_review]]
        has_reviewer = reviewer >= 0
        self._parts.append((CauseKind.REVIEW, reviewer[has_reviewer], amounts[has_reviewer]))
        self._parts.append((kind, nodes[~has_reviewer], amounts[~has_reviewer]))

    def largest_first(self, *, each_contribution: bool) -> LargestFirst[Cause]:
        kind = np.concatenate(
            [np.full(len(numbers), _KINDS.index(kind)) for kind, numbers, _ in self._parts]
        )
        number = np.concatenate([numbers for _, numbers, _ in self._parts])
        if not each_contribution:
            nobody = np.isin(
                kind, [_KINDS.index(CauseKind.MINTED), _KINDS.index(CauseKind.CONTRIBUTION)]
            )
            kind[nobody], number[nobody] = _KINDS.index(CauseKind.CONTRIBUTION), NONE
        width = int(number.max(initial=0)) + 2  # one more for NONE
        keys, amounts = totals_by_key(
            kind * width + number + 1,
            np.concatenate([amounts for _, _, amounts in self._parts]),
        )
        order = np.argsort(-amounts, kind="stable")
        kinds, numbers = np.divmod(keys[order], width)
        numbers, amounts = numbers - 1, amounts[order]
        account, of_node = self._graph.structure.nodes.account, self._graph.participant

        def make(place: int) -> Cause:
            kind, number = _KINDS[kinds[place]], int(numbers[place])
            amount = float(amounts[place])
            if kind is CauseKind.REVIEW:
                rows = np.flatnonzero(account == number)
                person = int(of_node[rows].max(initial=NONE))
                return Cause(kind, person, number, NONE, amount)
            if kind is CauseKind.PARTICIPANT:
                return Cause(kind, number, NONE, NONE, amount)
            return Cause(kind, NONE, NONE, number, amount)

        return LargestFirst(amounts, make)
