"""The contribution graph and CredRank: values in, values out. See README.md beside this."""

from cred.attributions import Attribution
from cred.budgets import Budget, limited
from cred.credrank import ALGORITHM, Ranking, credrank
from cred.dependencies import Dependency, with_bonus
from cred.epochs import Epochs, covering
from cred.errors import CredError, InvalidInputError, NotConvergedError, OverlapError
from cred.explain import (
    by_cause,
    by_contribution,
    by_flow,
    explain_node,
    explain_participant,
)
from cred.graph import ContributionGraph
from cred.identities import Participants, by_account, by_address
from cred.merging import merge
from cred.mintbasis import MintBasis
from cred.parameters import Parameters
from cred.scores import Scores
from cred.sensitivity import Rate, rates
from cred.structure import Structure
from cred.weighing import weigh
from cred.weights import Declaration, EdgeWeight, FactorTable, Weights
from cred.whatif import Outcome, WhatIf

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
