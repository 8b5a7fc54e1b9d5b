"""Mint budgets: the most that all nodes under a prefix may mint in one week.

If a week's nodes would mint more, the mint of each is reduced in the same proportion. Nodes
without a date are under no budget. Reference: SPEC-sourcecred.md §5.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from cred.addresses import Address, format_address, is_prefix
from cred.epochs import Epochs
from cred.errors import InvalidInputError
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.prefixes import rows_under
from cred.grouping import sum_by_group


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of all nodes under a prefix, over time."""

    prefix: Address
    periods: tuple[tuple[int, float], ...]
    """Moments (ms UTC) in order, each with the budget of weeks that start at or after it.
    Before the first there is no limit; infinity is no limit, either."""


def apply_budgets(
    graph: ContributionGraph, budgets: Sequence[Budget], epochs: Epochs
) -> ContributionGraph:
    """Return the graph with what each week mints reduced to the budgets.

    A bonus that `cred.minting.dependencies` already added is under no budget.

    Raises
    ------
    InvalidInputError
        If a prefix is a prefix of another, periods are out of order, or a budget is negative or
        NaN.
    """
    check_budgets(budgets)
    mint = graph.mint.copy()
    nodes, week = graph.structure.nodes, epochs.indices_within(graph.structure.nodes.at_ms)
    kinds = [kind.prefix for kind in graph.structure.node_kinds]
    for budget in budgets:
        under = rows_under(budget.prefix, kinds, nodes.kind, graph.structure.labels.node)
        rows = np.flatnonzero((week >= 0) & under)
        minted = sum_by_group(week[rows], mint[rows], len(epochs))
        times = np.array([time for time, _ in budget.periods], dtype=np.int64)
        values = np.array([np.inf, *(value for _, value in budget.periods)])
        limit = values[np.searchsorted(times, epochs.starts_ms, side="right")]
        factor = np.divide(limit, minted, out=np.ones(len(epochs)), where=minted > limit)
        mint[rows] *= factor[week[rows]]
    return dataclasses.replace(graph, mint=mint)


def check_budgets(budgets: Sequence[Budget]) -> None:
    """Check that budgets can be applied, whatever the graph.

    Raises
    ------
    InvalidInputError
        If a prefix is a prefix of another, periods are out of order, or a budget is negative or
        NaN.
    """
    for first, second in combinations([budget.prefix for budget in budgets], 2):
        if is_prefix(first, second) or is_prefix(second, first):
            raise InvalidInputError(
                f"budgets for {format_address(first)!r} and {format_address(second)!r} overlap."
            )
    for budget in budgets:
        name = f"the budget for {format_address(budget.prefix)!r}"
        times = [time for time, _ in budget.periods]
        if times != sorted(times):
            raise InvalidInputError(f"{name} must list its periods in order of time.")
        for _, value in budget.periods:
            if not value >= 0.0:  # also refuses NaN
                raise InvalidInputError(f"{name} must be a number from 0 up, not {value}.")
