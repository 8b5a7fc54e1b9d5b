"""Building a community's weighted contribution graph from its events and settings.

Pure but for the directory it looks up; runs in the worker thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.community.graph_source import GraphSource
from bot.community.scoring.minting import apply_minting_rules, participant_attributions
from bot.community.settings.interpret import ScoringSettings
from cred.chain.attributions import Attribution
from cred.facts.directory import Directory
from cred.facts.events import EventColumns
from cred.facts.folding import fold
from cred.graph.archive import Archive, structure_from_archive
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import participants_by_account, person_of_accounts
from cred.graph.merging import merge_structures
from cred.graph.structure import ABSENT, Structure
from cred.graph.weighting import apply_weights
from storage.canonical_json import Json


@dataclass(frozen=True, slots=True)
class ScoringInputs:
    """Everything beside the events that decides the scores, read at one moment."""

    settings_version: int
    settings: ScoringSettings
    """Minting rules name no account that the log does not know."""
    left_out: frozenset[int]
    """Numbers of the accounts that take no part: all those of people who opted out."""
    erasures: int
    """How many there were: no weight finds the contributions of an erased account any more."""
    archives: tuple[Archive, ...]
    """They stand in for the sources of the same names."""
    archive_parameters: Mapping[str, Json]
    """What a snapshot keeps to tell which archives those were."""


@dataclass(frozen=True, slots=True)
class UnweightedGraph:
    """The structure that events make, and which accounts are one person's."""

    structure: Structure
    person_of: Mapping[int, int]
    """Person of every linked account, by number."""


class GraphBuilder:
    """Builds the graphs of one community.

    Parameters
    ----------
    sources
        The sources whose events make the graph.
    directory
        What the numbers in events stand for.
    """

    def __init__(self, sources: Sequence[GraphSource], directory: Directory) -> None:
        self._sources = sources
        self._directory = directory
        self._archive_structures: dict[Archive, Structure] = {}

    def build(self, events: EventColumns, inputs: ScoringInputs) -> UnweightedGraph:
        """Return what the events make; of the inputs, the weights do not matter here."""
        activity = fold(events)
        archived = {archive.name for archive in inputs.archives}
        parts = [
            source.build_structure(
                activity, self._directory, inputs.settings.source_rules[source.name]
            )
            for source in self._sources
            if source.name not in archived
        ]
        self._archive_structures = {
            archive: self._archive_structures.get(archive) or structure_from_archive(archive)
            for archive in inputs.archives
        }
        return UnweightedGraph(
            merge_structures([*parts, *self._archive_structures.values()]),
            person_of_accounts(activity.links),
        )


def weighted_graph(unweighted: UnweightedGraph, inputs: ScoringInputs) -> ContributionGraph:
    """Return a graph with the community's weights and minting rules applied.

    Linked accounts are one participant; its id is the least number of the accounts
    (`cred.graph.identities.person_of_accounts`).
    """
    structure, settings = unweighted.structure, inputs.settings
    accounts = structure.nodes.account
    in_graph = np.unique(accounts[accounts != ABSENT]).tolist()
    # A rule may name an account that has no node yet; it still is somebody's.
    only_in_rules = sorted(settings.minting.accounts.difference(in_graph))
    participants = _participants(unweighted, [*in_graph, *only_in_rules], inputs)
    graph = apply_weights(
        structure, settings.weights, participants_by_account(structure, participants)
    )
    return apply_minting_rules(graph, settings.minting, participants)


def attributions(unweighted: UnweightedGraph, inputs: ScoringInputs) -> tuple[Attribution, ...]:
    """Return who passes on how much of their cred to whom."""
    rules = inputs.settings.minting
    participants = _participants(unweighted, sorted(rules.accounts), inputs)
    return participant_attributions(rules, participants)


def _participants(
    unweighted: UnweightedGraph, accounts: Sequence[int], inputs: ScoringInputs
) -> dict[int, str]:
    """Return the participant of each account; accounts that are left out have none."""
    return {
        number: str(unweighted.person_of.get(number, number))
        for number in accounts
        if number not in inputs.left_out
    }
