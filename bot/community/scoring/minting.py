"""Minting rules applied to a graph whose participants are known.

The settings name accounts; the graph has participants. Rules about accounts that became one
participant are added up, and those about an account that takes no part do nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from bot.community.settings.minting_rules import MintingRules, Periods
from cred.chain.attributions import Attribution
from cred.epochs import epochs_covering
from cred.graph.contribution_graph import ContributionGraph
from cred.minting.budgets import apply_budgets
from cred.minting.dependencies import Dependency, mint_dependencies


def apply_minting_rules(
    graph: ContributionGraph, rules: MintingRules, participants: Mapping[int, str]
) -> ContributionGraph:
    """Return the graph with its budgets kept and its dependencies minted for.

    Parameters
    ----------
    graph
        Weighted.
    rules
        The community's.
    participants
        Participant of each account that takes part, for the accounts that rules name.

    Raises
    ------
    InvalidInputError
        If budgets overlap.
    """
    if not (rules.budgets or rules.dependencies) or not graph.mint.any():
        return graph
    epochs = epochs_covering(graph.times_ms())
    by_participant: defaultdict[str, list[Periods]] = defaultdict(list)
    for account, periods in rules.dependencies:
        if account in participants:
            by_participant[participants[account]].append(periods)
    return mint_dependencies(
        apply_budgets(graph, rules.budgets, epochs),
        [Dependency(who, _sum(parts)) for who, parts in by_participant.items()],
        epochs,
    )


def participant_attributions(
    rules: MintingRules, participants: Mapping[int, str]
) -> tuple[Attribution, ...]:
    """Return the attributions between participants; those within one person drop out."""
    by_pair: defaultdict[tuple[str, str], list[Periods]] = defaultdict(list)
    for giver, receiver, periods in rules.attributions:
        pair = participants.get(giver), participants.get(receiver)
        if pair[0] is not None and pair[1] is not None and pair[0] != pair[1]:
            by_pair[pair[0], pair[1]].append(periods)
    return tuple(Attribution(*pair, _sum(parts)) for pair, parts in by_pair.items())


def _sum(parts: Sequence[Periods]) -> Periods:
    """Add up step functions: several rules for what has become one participant."""
    if len(parts) == 1:
        return parts[0]
    moments = np.unique([at_ms for periods in parts for at_ms, _ in periods]).tolist()
    return tuple(
        (at_ms, sum(_value_at(periods, at_ms) for periods in parts)) for at_ms in moments
    )


def _value_at(periods: Periods, at_ms: int) -> float:
    return next((value for start_ms, value in reversed(periods) if start_ms <= at_ms), 0.0)
