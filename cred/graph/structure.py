"""The contribution graph without its weights: who is connected to what, in columns.

Weights change by vote, structure by events; keeping them apart lets a new weight re-solve
without reading the log again. `cred.graph.weighting.apply_weights(structure, weights)` joins
the two into a `ContributionGraph`.

Nodes and edges are rows. What a row is called is not kept as text: a row has a kind and a
*key* of small integers, and its address is written only when somebody asks (`Labels`).

A *review* is an act that mints: a reaction, a like. Its weight is the product of its factors.
An *item* is what reviews are about (a message with its reactions). Some rows exist only while
a review or an item has weight: SourceCred leaves a message out whose reactions weigh nothing
(SPEC-sourcecred.md §12), so such a row names the review or item it hangs on and counts only
while that weighs more than 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address
from cred.graph.weights import EdgeKind, EdgeWeight, Factor, NodeKind

TIMELESS: Final = np.iinfo(np.int64).min
"""In `Nodes.at_ms`: the node has no date, mints in no week and is under no budget."""

LooseEnd: TypeAlias = Address | int | None
"""An edge's end that is no row: an address, or the number of a contribution, whichever node
stands for that; None: it is a row."""

ABSENT: Final = -1
"""In an index column: none; in a factor's codes: the factor does not apply (counts 1)."""


class Labels(Protocol):
    """Writes the addresses of rows. Only looked at when a person or a prefix asks."""

    def node(self, row: int) -> Address:
        """Return the address of a node row."""
        ...

    def edge(self, row: int) -> Address:
        """Return the address of an edge row."""
        ...


@dataclass(frozen=True, slots=True)
class Nodes:
    """Node columns, all of length n.

    Numbers of rows, here and below, take four bytes: no graph that fits in memory has 2³¹.
    """

    kind: NDArray[np.int16]
    """Index into `Structure.node_kinds`."""
    at_ms: NDArray[np.int64]
    """Milliseconds UTC, or `TIMELESS`."""
    account: NDArray[np.int32]
    """Number of the account that the node stands for, else `ABSENT`."""
    contribution: NDArray[np.int32]
    """Number of the contribution that the node stands for, else `ABSENT`."""
    review: NDArray[np.int32]
    """Review whose weight the node mints, and hangs on unless its kind stays; or `ABSENT`."""
    item: NDArray[np.int32]
    """Item that the node hangs on, else `ABSENT`."""
    mints_item: NDArray[np.bool_]
    """The node mints the summed weight of its item (SourceCred's simplifyGraph)."""
    weight: NDArray[np.float64]
    """Multiplies the kind's weight (what an initiative is worth by itself); usually 1."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Edge columns, all of length e. Time is always known."""

    kind: NDArray[np.int16]
    """Index into `Structure.edge_kinds`."""
    source: NDArray[np.int32]
    """Node row, or `ABSENT` where the end is in no structure (yet): the edge dangles."""
    target: NDArray[np.int32]
    at_ms: NDArray[np.int64]
    forward: NDArray[np.float64]
    """Multiplies the kind's forward weight (the count of a repeated mention); usually 1."""
    backward: NDArray[np.float64]
    review: NDArray[np.int32]
    item: NDArray[np.int32]
    scaled_by_item: NDArray[np.bool_]
    """The forward weight is also multiplied by the summed weight of the item (Discourse's
    topicHasLikedPost)."""


@dataclass(frozen=True, slots=True)
class Reviews:
    """Review columns, all of length r."""

    item: NDArray[np.int32]
    """Number of the item, 0 ≤ item < `Structure.items`."""
    codes: Mapping[str, NDArray[np.int32]]
    """By factor name: row in `Structure.factor_keys[name]`, or `ABSENT` (counts 1)."""
    reviewer: NDArray[np.int32]
    """Account number; averaging counts each reviewer of an item once."""
    by_author: NDArray[np.bool_]
    """The reviewer is the item's author."""
    void: NDArray[np.bool_]
    """The review weighs nothing whatever the weights say (a self-reaction outside props
    channels). It still is a row, so that a reader can be told why."""


@dataclass(frozen=True, slots=True)
class Structure:
    """Everything about a contribution graph that does not depend on weights."""

    sources: tuple[str, ...]
    """Names of those that drew it."""
    node_kinds: tuple[NodeKind, ...]
    edge_kinds: tuple[EdgeKind, ...]
    factors: tuple[Factor, ...]
    nodes: Nodes
    edges: Edges
    reviews: Reviews
    items: int
    """How many items there are."""
    factor_keys: Mapping[str, Sequence[tuple[str, ...]]]
    """By factor, what each code stands for: the keys that apply, in the order that matters
    (the channel's id before its category's; all role ids)."""
    labels: Labels
    loose_ends: Mapping[int, tuple[LooseEnd, LooseEnd]]
    """For edges that dangle: what (source, target) are where they are not rows here.
    Merging resolves those that another structure has."""
    node_weights: Mapping[Address, float] = field(default_factory=dict)
    """Declared weights of prefixes that are no kind's, down to single nodes: graphs that were
    kept as they are bring such. A community's weight of the same prefix replaces one."""
    edge_weights: Mapping[Address, EdgeWeight] = field(default_factory=dict)
