"""Platform data → weighted graph, exactly as SourceCred's Discourse plugin makes it.

But for three things: users are named by number; a user that no edge touches has no node; an
edge to something that is not there is not built either. None of these changes any cred.
"""

import pytest

from bot.sources.discourse.declaration import DECLARATION, PREFIX
from bot.sources.discourse.graph import build_structure
from cred.addresses import Address
from cred.facts.folding import fold
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import participants_by_account
from cred.graph.structure import TIMELESS
from cred.graph.weighting import apply_weights
from tests.bot.sources.discourse.vectors import JSON, NAMES, Forum, forum, load

QUOTES = (*PREFIX, "quotes")  # ours: SourceCred has none

NodeFacts = tuple[int | None, float]
EdgeFacts = tuple[Address, Address, int, float, float]


def _build_graph(forum: Forum) -> ContributionGraph:
    structure = build_structure(fold(forum.log.columns()), forum.log.directory, forum.rules)
    return apply_weights(structure, forum.weights, participants_by_account(structure, {}))


def _existing_edges(vector: JSON) -> list[JSON]:
    """Return the edges of a vector whose ends are nodes of it."""
    nodes = {tuple(node["address"]) for node in vector["expected"]["nodes"]}
    return [
        edge
        for edge in vector["expected"]["edges"]
        if {tuple(edge["src"]), tuple(edge["dst"])} <= nodes
    ]


def _node_weight(address: list[str], table: list[JSON]) -> float:
    weight = 1.0
    for entry in table:
        if address[: len(entry["prefix"])] == entry["prefix"]:
            weight *= entry["weight"]
    return weight


def _edge_weight(address: list[str], table: list[JSON]) -> tuple[float, float]:
    forward = backward = 1.0
    for entry in table:
        if address[: len(entry["prefix"])] == entry["prefix"]:
            forward *= entry["forwards"]
            backward *= entry["backwards"]
    return forward, backward


def test_there_are_vectors() -> None:
    assert len(NAMES) >= 6


@pytest.mark.parametrize("name", NAMES)
def test_nodes_their_times_and_what_they_mint_are_sourcecreds(name: str) -> None:
    vector = load(name)
    loaded = forum(vector)
    touched = {tuple(edge[end]) for edge in _existing_edges(vector) for end in ("src", "dst")}
    expected = {
        loaded.address(node["address"]): (
            node["timestampMs"],
            _node_weight(node["address"], vector["expected"]["weights"]["nodes"]),
        )
        for node in vector["expected"]["nodes"]
        if node["address"][2] != "user" or tuple(node["address"]) in touched
    }

    graph = _build_graph(loaded)

    built: dict[Address, NodeFacts] = {}
    for row in range(len(graph.mint)):
        assert graph.present[row]
        at_ms = int(graph.node_ms[row])
        address = graph.structure.labels.node(row)
        assert address not in built
        built[address] = (None if at_ms == TIMELESS else at_ms, float(graph.mint[row]))
    assert built == expected


@pytest.mark.parametrize("name", NAMES)
def test_edges_their_ends_times_and_weights_are_sourcecreds(name: str) -> None:
    vector = load(name)
    loaded = forum(vector)
    expected = {
        loaded.address(edge["address"]): (
            loaded.address(edge["src"]),
            loaded.address(edge["dst"]),
            edge["timestampMs"],
            *_edge_weight(edge["address"], vector["expected"]["weights"]["edges"]),
        )
        for edge in _existing_edges(vector)
    }

    graph = _build_graph(loaded)

    label = graph.structure.labels
    built: dict[Address, EdgeFacts] = {}
    for i, row in enumerate(graph.row.tolist()):
        address = label.edge(row)
        assert address not in built
        built[address] = (
            label.node(int(graph.source[i])),
            label.node(int(graph.target[i])),
            int(graph.edge_ms[i]),
            float(graph.forward[i]),
            float(graph.backward[i]),
        )
    assert built == expected


def test_kinds_have_sourcecreds_prefixes_and_default_weights() -> None:
    weights = load("discourse-06-system-users")["expected"]["weights"]

    assert {kind.prefix: kind.weight for kind in DECLARATION.nodes} == {
        tuple(entry["prefix"]): entry["weight"] for entry in weights["nodes"]
    }
    assert {kind.prefix: tuple(kind.weight) for kind in DECLARATION.edges} == {
        **{
            tuple(entry["prefix"]): (entry["forwards"], entry["backwards"])
            for entry in weights["edges"]
        },
        QUOTES: (0, 0),
    }
