"""What is entered by hand, and what that is worth by default.

Initiatives and the work listed for them have SourceCred's prefixes and weights (SPEC §14), so
that its weights files fit; work entered by hand is a *contribution entry* there. What follows
the prefix differs: SourceCred writes where a file is, we write our number ("initiative:3").

Thanks are ours. What they mint goes to whom they thank, and so does what the giver passes on;
nothing flows back to the giver (all weights back are 0).
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
_THING = (Field.CONTRIBUTION_SOURCE, Field.CONTRIBUTION)
_OURS = (Field.CONTRIBUTION,)

DECLARATION: Final = Declaration(
    source=NAME,
    nodes=(
        NodeKind("person", (*PREFIX, "PERSON"), 0.0, _PERSON),
        NodeKind("thanks", (*PREFIX, "THANKS"), 1.0, _OURS),
        NodeKind("initiative", (*INITIATIVES, "initiative"), 1.0, _OURS),
        NodeKind("contribution", (*INITIATIVES, "CONTRIBUTION"), 1.0, _OURS),
        NodeKind("dependency", (*INITIATIVES, "DEPENDENCY"), 1.0, _OURS),
        NodeKind("reference", (*INITIATIVES, "REFERENCE"), 1.0, _OURS),
    ),
    edges=(
        EdgeKind(
            "gives thanks",  # giver → thanks
            (*PREFIX, "GIVES"),
            EdgeWeight(1, 0),
            (*_PERSON, *_OURS),
            flow_names=("whoever gave thanks", ""),
        ),
        EdgeKind(
            "thanks",  # thanks → who is thanked
            (*PREFIX, "THANKS"),
            EdgeWeight(1, 0),
            (*_OURS, *_PERSON),
            flow_names=("thanks they were given", ""),
        ),
        EdgeKind(
            "thanks for",  # thanks → what for
            (*PREFIX, "FOR"),
            EdgeWeight(0, 0),
            (*_OURS, *_THING),
            flow_names=("thanks for it", "what thanks were for"),
        ),
        EdgeKind(
            "contributes",  # person → contribution, dependency or reference
            (*INITIATIVES, "contributesToEntry"),
            EdgeWeight(1 / 16, 1),
            (*_OURS, *_PERSON),
            flow_names=("own cred of its people", "work they did"),
        ),
        EdgeKind(
            "champions",  # person → initiative
            (*INITIATIVES, "champions"),
            EdgeWeight(1, 4),
            (*_OURS, *_PERSON),
            flow_names=("own cred of its champions", "initiatives they championed"),
        ),
        EdgeKind(
            "contributes to",  # anything → initiative
            (*INITIATIVES, "contributesTo"),
            EdgeWeight(1, 1),
            (*_OURS, *_THING),
            flow_names=("what contributes to it", "initiatives it contributes to"),
        ),
        EdgeKind(
            "depends on",  # initiative → anything
            (*INITIATIVES, "dependsOn"),
            EdgeWeight(1, 1 / 16),
            (*_OURS, *_THING),
            flow_names=("initiatives that depend on it", "what it depends on"),
        ),
        EdgeKind(
            "refers to",  # initiative → anything
            (*INITIATIVES, "references"),
            EdgeWeight(1 / 2, 1 / 16),
            (*_OURS, *_THING),
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
