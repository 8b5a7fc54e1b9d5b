"""Drawing: events and a community's choices become a weighted contribution graph.

Pure but for the names it looks up; runs in the worker thread.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.community.scoring.graph_source import GraphSource
from bot.community.settings.minting_rules import Minting, attributed, minted
from cred.chain.attributions import Attribution
from cred.chain.parameters import Parameters
from cred.facts.activity import fold
from cred.facts.directory import Directory
from cred.facts.events import EventColumns
from cred.graph.archive import Archive, structure_from_archive
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import participants_by_account, person_of_accounts
from cred.graph.merging import merge_structures
from cred.graph.structure import ABSENT, Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import Weights


@dataclass(frozen=True, slots=True)
class ScoringInputs:
    """What decides scores beside events, fixed before it leaves the event loop."""

    settings_version: int
    rules: Mapping[str, Hashable]
    """By source."""
    left_out: frozenset[int]
    """Numbers of the accounts that take no part: all those of people who opted out."""
    erasures: int
    """How many there were: who is erased is found by no weight any more."""
    weights: Weights
    parameters: Parameters
    minting: Minting
    archives: tuple[Archive, ...]
    """Drawn in place of the sources of the same names."""


@dataclass(frozen=True, slots=True)
class UnweightedGraph:
    """What events make, and whose it is; no weights."""

    structure: Structure
    person_of: Mapping[int, int]
    """Of every linked account its person, by the numbers of accounts."""


class GraphBuilder:
    """Draws one community.

    Parameters
    ----------
    sources
        Those whose events make the graph.
    names
        What the numbers in events stand for.
    """

    def __init__(self, sources: Sequence[GraphSource], names: Directory) -> None:
        self._sources = sources
        self._names = names
        self._archived: dict[Archive, Structure] = {}

    def build(self, events: EventColumns, choices: ScoringInputs) -> UnweightedGraph:
        """Return what events make, without weights."""
        activity = fold(events)
        archived = {archive.name for archive in choices.archives}
        parts = [
            source.build_structure(activity, self._names, choices.rules[source.name])
            for source in self._sources
            if source.name not in archived
        ]
        self._archived = {
            archive: self._archived.get(archive) or structure_from_archive(archive)
            for archive in choices.archives
        }
        return UnweightedGraph(
            merge_structures([*parts, *self._archived.values()]),
            person_of_accounts(activity.links),
        )


def weighted_graph(drawn: UnweightedGraph, choices: ScoringInputs) -> ContributionGraph:
    """Return a drawing's graph.

    Linked accounts are one participant; a participant's id is the least number of the accounts
    (`cred.graph.identities.person_of_accounts`).
    """
    accounts = drawn.structure.nodes.account
    known = np.unique(accounts[accounts != ABSENT]).tolist()
    named = sorted(choices.minting.accounts.difference(known))
    people = _people(drawn, [*known, *named], choices)
    graph = apply_weights(
        drawn.structure, choices.weights, participants_by_account(drawn.structure, people)
    )
    return minted(graph, choices.minting, people)


def attributions(drawn: UnweightedGraph, choices: ScoringInputs) -> tuple[Attribution, ...]:
    """Return who passes on how much of their cred to whom."""
    rules = choices.minting
    return attributed(rules, _people(drawn, sorted(rules.accounts), choices))


def _people(
    drawn: UnweightedGraph, accounts: Sequence[int], choices: ScoringInputs
) -> dict[int, str]:
    """Return the participant that each account is of; those left out take no part."""
    return {
        number: str(drawn.person_of.get(number, number))
        for number in accounts
        if number not in choices.left_out
    }
