"""Weights: the defaults that a source declares, and the changes that a community made.

A source's `Declaration` lists the kinds of node and edge that it emits, with default weights,
and the *factors* that multiply what a review mints. A community's `Weights` hold only its
changes. Both are plain values that do not know any graph; `cred.graph.weighting` applies them
to one. Reference: SPEC-sourcecred.md §3 and §12.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from cred.addresses import Address


class Field(StrEnum):
    """What a key column of a node or edge holds, which decides how an address shows it."""

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
    """A contribution's id without the type before it: "12" for "post:12"."""
    PLACE = "place"
    TEXT = "text"
    HOME = "home"
    """The platform's own address (a forum's URL). It is the same in all rows, so it has no
    column; the builder is given it once."""


@dataclass(frozen=True, slots=True)
class NodeKind:
    """A kind of node, whose addresses are `prefix` followed by the texts of the key."""

    name: str
    prefix: Address
    weight: float
    """Cred that a node of the kind mints by default, before factors."""
    fields: tuple[Field, ...] = ()
    stays: bool = False
    """A node that mints a review stays in the graph while the review has no weight, and so do
    its edges unless they depend on the review themselves (Discourse's likes)."""


class EdgeWeight(NamedTuple):
    """Relative flow along an edge, from source to target, and back."""

    forward: float
    backward: float


@dataclass(frozen=True, slots=True)
class EdgeKind:
    """A kind of edge, whose addresses are `prefix` followed by the texts of the key."""

    name: str
    prefix: Address
    weight: EdgeWeight
    fields: tuple[Field, ...] = ()
    flow_names: tuple[str, str] = ("", "")
    """What to call cred that came along the edge, and cred that came back along it: "praise in
    props channels", "people it praises". If "", the kind's name is shown."""


class Rule(StrEnum):
    """How a factor's value follows from the keys that apply to a review."""

    FIRST = "first"
    """The weight of the first listed key, else the default (channel before category)."""
    LARGEST = "largest"
    """The largest of the default and the listed keys' weights (roles)."""
    PRODUCT = "product"
    """The product over all keys of the key's weight, or the default (tags)."""


@dataclass(frozen=True, slots=True)
class FactorTable:
    """One factor's weights: those of listed keys, and a default for all others."""

    default: float = 1.0
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Factor:
    """Something that multiplies what a review mints: its emoji, channel, or giver's role."""

    name: str
    rule: Rule
    keys_are: str
    """What a key is, for help and messages ("an emoji, 👍 or name:id")."""
    weights: FactorTable = field(default_factory=FactorTable)
    """The weights of a community that changed nothing."""
    normal_key: Callable[[str], str] = str
    """Returns the form in which the structure has a key, of whatever way it is written: an
    emoji's id, of its name and id."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """All kinds and factors that one source emits."""

    source: str
    nodes: tuple[NodeKind, ...]
    edges: tuple[EdgeKind, ...]
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """A community's changes; everything not listed has its declared default.

    The prefix of a kind *replaces* the kind's default; every other prefix *multiplies* the
    weights that it matches, from the empty address down to the address of one node or edge.
    """

    nodes: Mapping[Address, float] = field(default_factory=dict)
    edges: Mapping[Address, EdgeWeight] = field(default_factory=dict)
    factors: Mapping[str, FactorTable] = field(default_factory=dict)
    """By factor name, all of the factor's weights. If absent: the declared ones."""
    averaging: float | None = None
    """None: no averaging. Otherwise a review's weight is divided by the sum of the `role`
    factor over the item's distinct reviewers other than its author, plus this (SourceCred's
    `applyAveraging` and `confidenceDampener`), or by 1 if that is 0."""

    def factor_table(self, factor: Factor) -> FactorTable:
        """Return the weights of a factor that are in force."""
        return self.factors.get(factor.name, factor.weights)
