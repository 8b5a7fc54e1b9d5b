"""Declares the nodes and edges of entries made by hand, with their default weights.

Initiatives and work have SourceCred's prefixes and weights (SPEC §14), so that its weights
files apply; SourceCred calls work a *contribution entry*. Only the rest of an address differs:
SourceCred writes the address of a file, we write our id ("initiative:3").

Thanks are our own. The cred that they mint flows to the people they thank, and so does the
giver's cred that flows into them; none flows back to the giver (all backward weights are 0).
"""

from typing import Final

from bot.services.entries.entry_types import MANUAL
from cred.addresses import Address
from cred.graph.weights import Declaration, EdgeKind, EdgeWeight, Factor, Field, NodeKind, Rule

NAME: Final = MANUAL
"""Name of the source."""

PREFIX: Final[Address] = ("credbot", "manual")
INITIATIVES: Final[Address] = ("sourcecred", "initiatives")

_PERSON = (Field.ACCOUNT_SOURCE, Field.ACCOUNT)
_ANY_CONTRIBUTION = (Field.CONTRIBUTION_SOURCE, Field.CONTRIBUTION)
_ENTRY = (Field.CONTRIBUTION,)

DECLARATION: Final = Declaration(
    source=NAME,
    nodes=(
        NodeKind("person", (*PREFIX, "PERSON"), 0.0, _PERSON),
        NodeKind("thanks", (*PREFIX, "THANKS"), 1.0, _ENTRY),
        NodeKind("initiative", (*INITIATIVES, "initiative"), 1.0, _ENTRY),
        NodeKind("contribution", (*INITIATIVES, "CONTRIBUTION"), 1.0, _ENTRY),
        NodeKind("dependency", (*INITIATIVES, "DEPENDENCY"), 1.0, _ENTRY),
        NodeKind("reference", (*INITIATIVES, "REFERENCE"), 1.0, _ENTRY),
    ),
    edges=(
        EdgeKind(
            "gives thanks",  # giver → thanks
            (*PREFIX, "GIVES"),
            EdgeWeight(1, 0),
            (*_PERSON, *_ENTRY),
            flow_names=("whoever gave thanks", ""),
        ),
        EdgeKind(
            "thanks",  # thanks → who is thanked
            (*PREFIX, "THANKS"),
            EdgeWeight(1, 0),
            (*_ENTRY, *_PERSON),
            flow_names=("thanks they were given", ""),
        ),
        EdgeKind(
            "thanks for",  # thanks → contribution
            (*PREFIX, "FOR"),
            EdgeWeight(0, 0),
            (*_ENTRY, *_ANY_CONTRIBUTION),
            flow_names=("thanks for it", "what thanks were for"),
        ),
        EdgeKind(
            "contributes",  # person → contribution, dependency or reference
            (*INITIATIVES, "contributesToEntry"),
            EdgeWeight(1 / 16, 1),
            (*_ENTRY, *_PERSON),
            flow_names=("own cred of its people", "work they did"),
        ),
        EdgeKind(
            "champions",  # person → initiative
            (*INITIATIVES, "champions"),
            EdgeWeight(1, 4),
            (*_ENTRY, *_PERSON),
            flow_names=("own cred of its champions", "initiatives they championed"),
        ),
        EdgeKind(
            "contributes to",  # any contribution → initiative
            (*INITIATIVES, "contributesTo"),
            EdgeWeight(1, 1),
            (*_ENTRY, *_ANY_CONTRIBUTION),
            flow_names=("what contributes to it", "initiatives it contributes to"),
        ),
        EdgeKind(
            "depends on",  # initiative → any contribution
            (*INITIATIVES, "dependsOn"),
            EdgeWeight(1, 1 / 16),
            (*_ENTRY, *_ANY_CONTRIBUTION),
            flow_names=("initiatives that depend on it", "what it depends on"),
        ),
        EdgeKind(
            "refers to",  # initiative → any contribution
            (*INITIATIVES, "references"),
            EdgeWeight(1 / 2, 1 / 16),
            (*_ENTRY, *_ANY_CONTRIBUTION),
            flow_names=("initiatives that refer to it", "what it refers to"),
        ),
    ),
    factors=(
        Factor("thanks", Rule.FIRST, "the number of a thanks"),
        Factor("contribution", Rule.FIRST, "the number of a contribution"),
        Factor("work", Rule.FIRST, "a kind of work, as in contributions.kinds"),
        Factor("initiative", Rule.FIRST, "the number of an initiative"),
    ),
)
