"""What things are worth: what a source declares, and what a community changed.

A source's `Declaration` lists the kinds of node and edge it emits, with default weights, and
the *factors* that multiply what a review mints. A community's `Weights` hold only what it
changed. Both are plain values; nothing here knows a graph. How they become numbers on a
graph is `cred.graph.weighting`. Reference: SPEC-sourcecred.md §3 and §12.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from cred.addresses import Address


class Field(StrEnum):
    """What a key column of a node or edge holds, and so how it is written in an address."""

    ACCOUNT = "account"
    """An account's platform id."""
    ACCOUNT_KIND = "account kind"
    """"user" or "bot"; the column holds the account's number."""
    ACCOUNT_SOURCE = "account source"
    """Name of the source whose account it is; the column holds the account's number."""
    CONTRIBUTION = "contribution"
    CONTRIBUTION_SOURCE = "contribution source"
    """Name of the source whose contribution it is; the column holds its number."""
    CONTRIBUTION_ID = "contribution id"
    """A contribution's id without the sort before it: of "post:12" it is "12"."""
    PLACE = "place"
    TEXT = "text"
    HOME = "home"
    """The platform's own address (a forum's URL), the same in all rows: it has no column, the
    builder is given it once."""


@dataclass(frozen=True, slots=True)
class NodeKind:
    """A kind of node: its address is `prefix` followed by the texts of its key's fields."""

    name: str
    prefix: Address
    weight: float
    """Cred a node of the kind mints by default, before factors."""
    fields: tuple[Field, ...] = ()
    stays: bool = False
    """A node that mints a review is there even while that weighs nothing, and so are its edges
    unless they hang on it themselves (Discourse's likes)."""


class EdgeWeight(NamedTuple):
    """Relative flow along an edge (source → target) and back."""

    forward: float
    backward: float


@dataclass(frozen=True, slots=True)
class EdgeKind:
    """A kind of edge: its address is `prefix` followed by the texts of its key's fields."""

    name: str
    prefix: Address
    weight: EdgeWeight
    fields: tuple[Field, ...] = ()
    flow_names: tuple[str, str] = ("", "")
    """What to call cred that came along it, and that came back: "praise in props channels",
    "people it praises"; "": by the kind's name."""


class Rule(StrEnum):
    """How a factor makes one number of the keys that apply to a review."""

    FIRST = "first"
    """Weight of the first key that is listed, else the default (channel before category)."""
    LARGEST = "largest"
    """Largest of the default and the listed keys' weights (roles)."""
    PRODUCT = "product"
    """Product over the keys of each one's weight or the default (tags)."""


@dataclass(frozen=True, slots=True)
class FactorTable:
    """One factor's weights: what is listed, and what everything else has."""

    default: float = 1.0
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Factor:
    """Something that multiplies what a review mints: its emoji, channel, reactor's role."""

    name: str
    rule: Rule
    keys_are: str
    """For help and messages: what a key is ("an emoji, 👍 or name:id")."""
    weights: FactorTable = field(default_factory=FactorTable)
    """What holds where a community changed nothing."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """All the kinds and factors that one source emits."""

    source: str
    nodes: tuple[NodeKind, ...]
    edges: tuple[EdgeKind, ...]
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """What a community changed; everything absent has its declared default.

    A prefix that a kind is declared with *replaces* the kind's default; every other prefix
    *multiplies* what it matches, from the empty address to one single node's or edge's.
    """

    nodes: Mapping[Address, float] = field(default_factory=dict)
    edges: Mapping[Address, EdgeWeight] = field(default_factory=dict)
    factors: Mapping[str, FactorTable] = field(default_factory=dict)
    """By the factor's name, all of its weights. Absent: those it is declared with."""
    averaging: float | None = None
    """None: off. Else a review's weight is divided by the sum of the `role` factor over the
    item's distinct reviewers other than its author, plus this (SourceCred's
    `applyAveraging` and `confidenceDampener`); a sum of 0 divides by 1."""

    def factor_table(self, factor: Factor) -> FactorTable:
        """Return the weights of a factor that hold."""
        return self.factors.get(factor.name, factor.weights)
