"""The contribution graph without its weights: who is connected to what, in columns.

Events change the structure, votes change weights; keeping the two apart lets new weights be
applied without reading the log again. `cred.graph.weighting.apply_weights` joins them into a
`ContributionGraph`.

Nodes and edges are rows. A row's address is not kept as text: a row has a kind and a *key* of
small integers, and its address is written only when somebody asks (`Labels`).

A *review* is an act that mints: a reaction, a like. Its weight is the product of its factors.
An *item* is what reviews are about (a message with its reactions). Some rows depend on a
review or item: SourceCred leaves out a message whose reactions have no weight
(SPEC-sourcecred.md §12). Such a row names its review or item, and is in the graph only while
that has a weight above 0.
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
"""An edge's end that is not a row: an address, or the number of a contribution (then it is
whichever node stands for that). None: the end is a row."""

ABSENT: Final = -1
"""In an index column: none. In a factor's codes: the factor does not apply (its value is 1)."""


class Labels(Protocol):
    """Writes the addresses of rows, for people to read and for prefixes to match."""

    def node(self, row: int) -> Address:
        """Return the address of a node row."""
        ...

    def edge(self, row: int) -> Address:
        """Return the address of an edge row."""
        ...


@dataclass(frozen=True, slots=True)
class Nodes:
    """Node columns, all of length n.

    Row numbers, here and below, take four bytes: no graph that fits in memory has 2³¹ rows.
    """

    kind: NDArray[np.int16]
    """Index into `Structure.node_kinds`."""
    at_ms: NDArray[np.int64]
    """Milliseconds UTC, or `TIMELESS`."""
    account: NDArray[np.int32]
    """Number of the account that the node stands for, else `ABSENT`."""
    contribution: NDArray[np.int32]
    """Number of the contribution that the node stands for, else `ABSENT`."""
    place: NDArray[np.int32]
    """Number of the place that what the node stands for happened in; `ABSENT` for accounts, and
    where that is not known."""
    review: NDArray[np.int32]
    """Review that the node mints and, unless its kind stays, depends on; else `ABSENT`."""
    item: NDArray[np.int32]
    """Item that the node depends on, else `ABSENT`."""
    mints_item: NDArray[np.bool_]
    """The node mints the weight of its item (SourceCred's simplifyGraph)."""
    weight: NDArray[np.float64]
    """Multiplies the kind's weight (an initiative's own weight); usually 1."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Edge columns, all of length e. Every edge has a time."""

    kind: NDArray[np.int16]
    """Index into `Structure.edge_kinds`."""
    source: NDArray[np.int32]
    """Node row, or `ABSENT` if the end is in no structure (yet): the edge dangles."""
    target: NDArray[np.int32]
    at_ms: NDArray[np.int64]
    forward: NDArray[np.float64]
    """Multiplies the kind's forward weight (the count of a repeated mention); usually 1."""
    backward: NDArray[np.float64]
    review: NDArray[np.int32]
    item: NDArray[np.int32]
    scaled_by_item: NDArray[np.bool_]
    """The forward weight is also multiplied by the weight of the item (Discourse's
    topicHasLikedPost)."""


@dataclass(frozen=True, slots=True)
class Reviews:
    """Review columns, all of length r."""

    item: NDArray[np.int32]
    """Number of the item, 0 ≤ item < `Structure.items`."""
    codes: Mapping[str, NDArray[np.int32]]
    """By factor name: index into `Structure.factor_keys[name]`, or `ABSENT`."""
    reviewer: NDArray[np.int32]
    """Account number; averaging counts each reviewer of an item once."""
    by_author: NDArray[np.bool_]
    """The reviewer is the author of the item."""
    void: NDArray[np.bool_]
    """The review's weight is 0 under any weights (a self-reaction outside props channels). It
    is still a row, so that people can be told why."""


@dataclass(frozen=True, slots=True)
class Structure:
    """Everything about a contribution graph that does not depend on weights."""

    sources: tuple[str, ...]
    """Names of the sources that it was built from."""
    node_kinds: tuple[NodeKind, ...]
    edge_kinds: tuple[EdgeKind, ...]
    factors: tuple[Factor, ...]
    nodes: Nodes
    edges: Edges
    reviews: Reviews
    items: int
    """Number of items."""
    factor_keys: Mapping[str, Sequence[tuple[str, ...]]]
    """By factor, the keys that each code stands for, in order of precedence (the channel's id
    before its category's; all role ids)."""
    labels: Labels
    loose_ends: Mapping[int, tuple[LooseEnd, LooseEnd]]
    """For edges that dangle: what (source, target) are if not rows of this structure. Merging
    resolves those that are in another structure."""
    node_weights: Mapping[Address, float] = field(default_factory=dict)
    """Declared weights of prefixes other than the kinds', down to single nodes; archives have
    such. A community's weight for the same prefix replaces one."""
    edge_weights: Mapping[Address, EdgeWeight] = field(default_factory=dict)
