"""The contribution graph and CredRank: values in, values out. See README.md beside this."""

from cred.chain.attributions import Attribution
from cred.chain.parameters import Parameters
from cred.chain.scores import Scores
from cred.credrank import ALGORITHM, Ranking, credrank
from cred.epochs import Epochs, epochs_covering
from cred.errors import CredError, InvalidInputError, NotConvergedError, OverlapError
from cred.explain import (
    by_cause,
    by_edge_kind,
    by_origin,
    explain_node,
    explain_participant,
)
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import Participants, by_address, participants_by_account
from cred.graph.merging import merge_structures
from cred.graph.structure import Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import Declaration, EdgeWeight, FactorTable, Weights
from cred.minting.budgets import Budget, apply_budgets
from cred.minting.dependencies import Dependency, mint_dependencies
from cred.whatif.mint_basis import MintBasis
from cred.whatif.sensitivity import Rate, rates
from cred.whatif.whatif import Outcome, WhatIf

__all__ = [
    "ALGORITHM",
    "Attribution",
    "Budget",
    "ContributionGraph",
    "CredError",
    "Declaration",
    "Dependency",
    "EdgeWeight",
    "Epochs",
    "FactorTable",
    "InvalidInputError",
    "MintBasis",
    "NotConvergedError",
    "Outcome",
    "OverlapError",
    "Parameters",
    "Participants",
    "Ranking",
    "Rate",
    "Scores",
    "Structure",
    "Weights",
    "WhatIf",
    "by_account",
    "by_address",
    "by_cause",
    "by_contribution",
    "by_flow",
    "covering",
    "credrank",
    "explain_node",
    "explain_participant",
    "limited",
    "merge",
    "rates",
    "weigh",
    "with_bonus",
]
