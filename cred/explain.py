"""Explanations of cred: parts that sum to the whole, exactly.

The cred of a participant in some weeks is Σ c[w] y[w], where c = accrual · scale in those
weeks and 0 in others. The flow y through the weeks follows from what arrives in them from
outside, x, by webbing: y = F x (`cred.chain.webbing`). So the cred is Σ g[u] x[u] with g = Fᵀ
c: a unit that arrives in week u is worth g[u], and x[u] is the sum over the steps that lead
there. This accounts for webbing: the parts are contributions and attributions, not "the
participant, a week earlier".

The cred of a contribution is scale · (what it mints + what arrives).

What arrived can be explained in the same way: `cred.causes` goes one step further.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from cred.addresses import format_address
from cred.chain.transition_matrix import ATTRIBUTION
from cred.credrank import Ranking
from cred.errors import InvalidInputError
from cred.grouping import totals_by_key

_T_co = TypeVar("_T_co", covariant=True)

MINT: Final = -2
"""In `Parts.edge`: the cred was minted by the contribution itself."""

NONE: Final = -1
"""In an index column: none."""

HIDDEN: Final = -3
"""As a node: all contributions that are not to be told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The parts of some cred, as columns of equal length, in no particular order."""

    node: NDArray[np.int64]
    """Node of the graph that the part came from: a contribution, or an account of a
    participant. `NONE` for an attribution."""
    participant: NDArray[np.int64]
    """Participant that the part came from, or `NONE` if from a contribution."""
    week: NDArray[np.int64]
    """Epoch of the participant's week that the part came from or went to; `NONE` between
    contributions and for what was minted."""
    edge: NDArray[np.int64]
    """Edge that the part came along, `cred.chain.transition_matrix.ATTRIBUTION` or `MINT`."""
    reverse: NDArray[np.bool_]
    """The part came from the edge's target to its source."""
    amount: NDArray[np.float64]
    """Cred."""
    total: float
    """The cred that is explained: the sum of the amounts, except for rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class LargestFirst(Sequence[_T_co], Generic[_T_co]):
    """Sums of parts, the largest first; each becomes an object when it is accessed.

    A participant's cred may come from a hundred thousand contributions, of which five are
    shown.
    """

    amounts: NDArray[np.float64]
    """Shape (k,), decreasing."""
    make: Callable[[int], _T_co]
    """Makes the object at an index."""

    def __len__(self) -> int:
        return len(self.amounts)

    @overload
    def __getitem__(self, index: int) -> _T_co: ...

    @overload
    def __getitem__(self, index: slice) -> list[_T_co]: ...

    def __getitem__(self, index: int | slice) -> _T_co | list[_T_co]:
        indices = range(len(self))[index]
        if isinstance(indices, range):
            return [self.make(place) for place in indices]
        return self.make(indices)

    @property
    def positive(self) -> int:
        """Number of amounts above 0."""
        return int(np.count_nonzero(self.amounts > 0.0))


@dataclass(frozen=True, slots=True)
class CredOrigin:
    """Cred that came from one contribution or one participant."""

    node: int
    """The contribution, `HIDDEN`, or `NONE`."""
    participant: int
    """The participant, or `NONE`."""
    amount: float


@dataclass(frozen=True, slots=True)
class EdgeFlow:
    """Cred that came along one kind of edge in one direction."""

    name: str
    """Name of the edge kind; else "minted", "attribution" or "bonus"."""
    reverse: bool
    amount: float
    label: str = ""
    """What the kind's declaration calls such flow; "" if it does not say."""


def explain_participant(ranking: Ranking, participant: int, weeks: slice) -> Parts:
    """Return the parts of a participant's cred in some weeks.

    Parameters
    ----------
    ranking
        The scores and their chain.
    participant
        Index into `ranking.scores.participants`.
    weeks
        Indices of the epochs; `slice(None)` is all.
    """
    chain, flow = ranking.chain, ranking.stationary.flow
    rows, people = len(chain.nodes), len(chain.graph.participants)
    value = np.zeros(len(chain.epochs))
    value[weeks] = chain.accrual[weeks, participant] * np.nan_to_num(ranking.scores.scale)
    worth = chain.webbing.solve_transposed(value)
    arrival_weeks = np.flatnonzero(worth)
    steps, at = chain.arriving(rows + arrival_weeks * people + participant)
    amount = chain.probability[steps] * flow[chain.origin[steps]] * worth[arrival_weeks[at]]
    total = float(ranking.scores.cred[participant, weeks].sum())
    return _parts(ranking, steps, amount, total)


def explain_node(ranking: Ranking, node: int) -> Parts:
    """Return the parts of a contribution's cred.

    Parameters
    ----------
    ranking
        The scores and their chain.
    node
        Node of the graph.

    Raises
    ------
    InvalidInputError
        If the node belongs to a participant or is switched off, and so has no cred of its own.
    """
    chain, graph = ranking.chain, ranking.graph
    if graph.participant[node] >= 0 or not graph.present[node]:
        raise InvalidInputError(
            f"{format_address(graph.node_address(node))} has no cred of its own."
        )
    scale = np.nan_to_num(ranking.scores.scale)
    row = int(np.searchsorted(chain.nodes, node))
    steps = np.arange(chain.starts[row], chain.starts[row + 1])
    amount = chain.probability[steps] * ranking.stationary.flow[chain.origin[steps]] * scale
    parts = _parts(ranking, steps, amount, float(ranking.scores.node_cred[node]))
    return Parts(
        node=np.append(parts.node, node),
        participant=np.append(parts.participant, NONE),
        week=np.append(parts.week, NONE),
        edge=np.append(parts.edge, MINT),
        reverse=np.append(parts.reverse, False),
        amount=np.append(parts.amount, chain.mint[row] * scale),
        total=parts.total,
    )


def by_origin(
    parts: Parts, hidden: NDArray[np.bool_] | None = None
) -> LargestFirst[CredOrigin]:
    """Return the sums of parts by the contribution or participant they came from.

    Parameters
    ----------
    parts
        What came from somewhere.
    hidden
        Shape (n,), by node of the graph: contributions that are summed as one, `HIDDEN`.
    """
    key = np.where(parts.participant >= 0, -1 - parts.participant, parts.node)
    beyond = 0 if hidden is None else len(hidden)
    if hidden is not None:
        key = np.where((key >= 0) & hidden[parts.node], beyond, key)
    keys, amounts = totals_by_key(key, parts.amount)
    order = np.argsort(-amounts, kind="stable")
    keys, amounts = keys[order], amounts[order]

    def make(place: int) -> CredOrigin:
        key, amount = int(keys[place]), float(amounts[place])
        if hidden is not None and key == beyond:
            return CredOrigin(HIDDEN, NONE, amount)
        return CredOrigin(key, NONE, amount) if key >= 0 else CredOrigin(NONE, -1 - key, amount)

    return LargestFirst(amounts, make)


def by_edge_kind(ranking: Ranking, parts: Parts) -> list[EdgeFlow]:
    """Return the sums of parts by the kind of edge and its direction, the largest first."""
    names = [kind.name for kind in ranking.graph.structure.edge_kinds]
    names += ["bonus", "attribution", "minted"]
    kind = np.full(len(parts.edge), len(names) - 1)
    kind[parts.edge == ATTRIBUTION] = len(names) - 2
    along = np.flatnonzero(parts.edge >= 0)
    row = ranking.graph.row[parts.edge[along]]
    kind[along] = len(names) - 3
    in_structure = row >= 0
    kind[along[in_structure]] = ranking.graph.structure.edges.kind[row[in_structure]]
    keys, amounts = totals_by_key(2 * kind + parts.reverse, parts.amount)
    labels = [kind.flow_names for kind in ranking.graph.structure.edge_kinds]
    labels += [("", "")] * 3
    return [
        EdgeFlow(
            names[keys[at] // 2],
            bool(keys[at] % 2),
            float(amounts[at]),
            labels[keys[at] // 2][keys[at] % 2],
        )
        for at in np.argsort(-amounts, kind="stable")
    ]


def _parts(
    ranking: Ranking, steps: NDArray[np.int64], amount: NDArray[np.float64], total: float
) -> Parts:
    """Return the parts that came along some steps of the chain, without amounts of 0."""
    chain, graph = ranking.chain, ranking.graph
    positive = amount > 0.0
    steps, amount = steps[positive], amount[positive]
    rows, people = len(chain.nodes), max(len(graph.participants), 1)
    origin, destination = chain.origin[steps], chain.destination[steps]
    node = origin_nodes(ranking, steps)
    edge = chain.edge[steps].astype(np.int64)
    giver = np.where(origin >= rows, (origin - rows) % people, NONE)
    later = np.maximum(origin, destination)  # the participant's week, if either is one
    return Parts(
        node=np.where(edge == ATTRIBUTION, NONE, node),
        participant=giver,
        week=np.where(later >= rows, (later - rows) // people, NONE),
        edge=edge,
        reverse=chain.reverse[steps],
        amount=amount,
        total=total,
    )


def origin_nodes(ranking: Ranking, steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the graph's node that each step starts from; meaningless for attributions."""
    graph, chain = ranking.graph, ranking.chain
    edge = chain.edge[steps]
    return np.where(chain.reverse[steps], graph.target[edge], graph.source[edge])
