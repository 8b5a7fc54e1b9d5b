"""What the source emits, and what that is worth by default."""

from typing import Final

from cred.graph.weights import Declaration, EdgeKind, EdgeWeight, Factor, Field, NodeKind, Rule

NAME: Final = "reviews"

DECLARATION: Final = Declaration(
    source=NAME,
    nodes=(
        NodeKind("reviewer", ("toy", "reviews", "USER"), 0.0, (Field.ACCOUNT,)),
        NodeKind("change", ("toy", "reviews", "CHANGE"), 0.0, (Field.CONTRIBUTION,)),
        NodeKind(
            "approval",
            ("toy", "reviews", "APPROVAL"),
            2.0,
            (Field.ACCOUNT, Field.CONTRIBUTION),
        ),
    ),
    edges=(
        EdgeKind(
            "makes", ("toy", "reviews", "MAKES"), EdgeWeight(0.25, 1), (Field.CONTRIBUTION,)
        ),
        EdgeKind(
            "approves",
            ("toy", "reviews", "APPROVES"),
            EdgeWeight(1, 1 / 16),
            (Field.ACCOUNT, Field.CONTRIBUTION),
        ),
        EdgeKind(
            "is approved",
            ("toy", "reviews", "IS_APPROVED"),
            EdgeWeight(1, 1 / 16),
            (Field.ACCOUNT, Field.CONTRIBUTION),
        ),
    ),
    factors=(Factor("change", Rule.FIRST, "the number of a change"),),
)
