"""Dependency minting: additional cred for those on whom the community's work depends.

In each week a *bonus* node mints the dependency's weight times all that nodes dated in that
week mint, unless that is 0, and passes it to the recipient. The amounts are computed after
budgets and before any bonus, so several dependencies do not compound. Reference:
SPEC-sourcecred.md §5.

A bonus counts in the week that it is for. In SourceCred, where an edge at a week's start counts
in the week before, it reaches the recipient one week early, and that of the first week nobody.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.addresses import BONUS, IDENTITY, Address
from cred.epochs import Epochs
from cred.errors import InvalidInputError
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.structure import TIMELESS
from cred.grouping import sum_by_group


@dataclass(frozen=True, slots=True)
class Dependency:
    """A participant to mint for, and the weight of it over time."""

    recipient: str
    """Participant id."""
    periods: tuple[tuple[int, float], ...]
    """Moments (ms UTC) in order, each with the weight for weeks that start at or after it;
    before the first the weight is 0."""


def mint_dependencies(
    graph: ContributionGraph, dependencies: Sequence[Dependency], epochs: Epochs
) -> ContributionGraph:
    """Return the graph with bonus nodes and edges added.

    Raises
    ------
    InvalidInputError
        If a recipient is not a participant or is listed twice, periods are out of order, or a
        weight is negative or not finite.
    """
    _check(dependencies, graph.participants)
    week = epochs.indices_within(graph.node_ms)
    dated = week >= 0
    minted = sum_by_group(week[dated], graph.mint[dated], len(epochs))
    for dependency in dependencies:
        times = np.array([time for time, _ in dependency.periods], dtype=np.int64)
        values = np.array([0.0, *(value for _, value in dependency.periods)])
        weight = values[np.searchsorted(times, epochs.starts_ms, side="right")]
        with np.errstate(over="ignore"):  # the chain refuses infinite mints, by name
            bonus = weight * minted
        weeks = np.flatnonzero(bonus)
        graph = _add_bonuses(
            graph,
            graph.participants.index(dependency.recipient),
            epochs.starts_ms[weeks],
            bonus[weeks],
        )
    return graph


def _check(dependencies: Sequence[Dependency], participants: tuple[str, ...]) -> None:
    seen = set()
    for dependency in dependencies:
        recipient = dependency.recipient
        if recipient not in participants:
            raise InvalidInputError(f"dependency {recipient!r} is not a participant.")
        if recipient in seen:
            raise InvalidInputError(f"dependency {recipient!r} is listed twice.")
        seen.add(recipient)
        times = [time for time, _ in dependency.periods]
        if times != sorted(times):
            raise InvalidInputError(
                f"dependency {recipient!r} must list its periods in order of time."
            )
        for _, weight in dependency.periods:
            if not 0.0 <= weight < np.inf:  # also refuses NaN
                raise InvalidInputError(
                    f"the weight of dependency {recipient!r} must be a number from 0 up, "
                    f"not {weight}."
                )


def _add_bonuses(
    graph: ContributionGraph,
    recipient: int,
    starts_ms: NDArray[np.int64],
    amounts: NDArray[np.float64],
) -> ContributionGraph:
    person: Address = (*IDENTITY, graph.participants[recipient])
    # A recipient without an account has no node yet; then one is added.
    own = np.flatnonzero((graph.participant == recipient) & graph.present)
    new = 0 if len(own) else 1
    node = int(own[0]) if len(own) else len(graph.mint)
    bonuses = len(starts_ms)
    first = len(graph.mint) + new
    addresses = tuple((*BONUS, str(start), *person) for start in starts_ms.tolist())
    return dataclasses.replace(
        graph,
        mint=np.concatenate([graph.mint, np.zeros(new), amounts]),
        node_ms=np.concatenate([graph.node_ms, np.full(new, TIMELESS), starts_ms]),
        present=np.concatenate([graph.present, np.ones(new + bonuses, np.bool_)]),
        participant=np.concatenate(
            [graph.participant, np.full(new, recipient), np.full(bonuses, -1)]
        ),
        source=np.concatenate([graph.source, first + np.arange(bonuses)]),
        target=np.concatenate([graph.target, np.full(bonuses, node)]),
        edge_ms=np.concatenate([graph.edge_ms, starts_ms]),
        forward=np.concatenate([graph.forward, np.ones(bonuses)]),
        backward=np.concatenate([graph.backward, np.zeros(bonuses)]),
        row=np.concatenate([graph.row, -1 - len(graph.added_edges) - np.arange(bonuses)]),
        added_nodes=(*graph.added_nodes, *(person,) * new, *addresses),
        added_edges=(*graph.added_edges, *addresses),
    )
