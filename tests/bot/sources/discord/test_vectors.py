"""Platform data → weighted graph, exactly as SourceCred's Discord plugin makes it."""

import pytest

from bot.sources.discord.declaration import DECLARATION, PREFIX
from bot.sources.discord.graph import build_structure
from cred.addresses import Address
from cred.facts.folding import fold
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import participants_by_account
from cred.graph.structure import TIMELESS
from cred.graph.weighting import apply_weights
from tests.bot.sources.discord.vectors import JSON, NAMES, load, servers

REPLIES = (*PREFIX, "REPLIES")  # ours: SourceCred has none

NodeFacts = tuple[int | None, float]
EdgeFacts = tuple[Address, Address, int, float, float]


def _build_graphs(vector: JSON) -> list[ContributionGraph]:
    graphs = []
    for server in servers(vector):
        structure = build_structure(
            fold(server.log.columns()), server.log.directory, server.rules
        )
        participants = participants_by_account(structure, {})
        graphs.append(apply_weights(structure, server.weights, participants))
    return graphs


def _nodes(graph: ContributionGraph) -> dict[Address, NodeFacts]:
    """Return the nodes that are present; SourceCred only has members whom an edge touches."""
    touched = {*graph.source.tolist(), *graph.target.tolist()}
    structure = graph.structure
    kinds = structure.node_kinds
    facts: dict[Address, NodeFacts] = {}
    for row in range(len(graph.mint)):
        is_member = kinds[structure.nodes.kind[row]].name == "member"
        if not graph.present[row] or (is_member and row not in touched):
            continue
        at_ms = int(graph.node_ms[row])
        address = structure.labels.node(row)
        assert address not in facts
        facts[address] = (None if at_ms == TIMELESS else at_ms, float(graph.mint[row]))
    return facts


def _edges(graph: ContributionGraph) -> dict[Address, EdgeFacts]:
    label = graph.structure.labels
    facts: dict[Address, EdgeFacts] = {}
    for i, row in enumerate(graph.row.tolist()):
        address = label.edge(row)
        assert address not in facts
        if address[: len(REPLIES)] != REPLIES:
            facts[address] = (
                label.node(int(graph.source[i])),
                label.node(int(graph.target[i])),
                int(graph.edge_ms[i]),
                float(graph.forward[i]),
                float(graph.backward[i]),
            )
    return facts


def _node_weight(address: Address, table: list[JSON]) -> float:
    weight = 1.0
    for entry in table:
        if address[: len(entry["prefix"])] == tuple(entry["prefix"]):
            weight *= entry["weight"]
    return weight


def _edge_weight(address: Address, table: list[JSON]) -> tuple[float, float]:
    forward = backward = 1.0
    for entry in table:
        if address[: len(entry["prefix"])] == tuple(entry["prefix"]):
            forward *= entry["forwards"]
            backward *= entry["backwards"]
    return forward, backward


@pytest.mark.parametrize("name", NAMES)
def test_nodes_their_times_and_what_they_mint_are_sourcecreds(name: str) -> None:
    vector = load(name)
    expected = {
        tuple(node["address"]): (
            node["timestampMs"],
            _node_weight(tuple(node["address"]), vector["expected"]["weights"]["nodes"]),
        )
        for node in vector["expected"]["nodes"]
    }

    nodes: dict[Address, NodeFacts] = {}
    for graph in _build_graphs(vector):
        nodes |= _nodes(graph)

    assert nodes == expected


@pytest.mark.parametrize("name", NAMES)
def test_edges_their_ends_times_and_weights_are_sourcecreds(name: str) -> None:
    vector = load(name)
    expected = {
        tuple(edge["address"]): (
            tuple(edge["src"]),
            tuple(edge["dst"]),
            edge["timestampMs"],
            *_edge_weight(tuple(edge["address"]), vector["expected"]["weights"]["edges"]),
        )
        for edge in vector["expected"]["edges"]
    }

    edges: dict[Address, EdgeFacts] = {}
    for graph in _build_graphs(vector):
        edges |= _edges(graph)

    assert edges == expected


def test_kinds_have_sourcecreds_prefixes_and_default_weights() -> None:
    weights = load("discord-12-identities")["expected"]["weights"]

    assert {kind.prefix: kind.weight for kind in DECLARATION.nodes} == {
        tuple(entry["prefix"]): entry["weight"] for entry in weights["nodes"]
    }
    assert {kind.prefix: tuple(kind.weight) for kind in DECLARATION.edges} == {
        **{
            tuple(entry["prefix"]): (entry["forwards"], entry["backwards"])
            for entry in weights["edges"]
        },
        REPLIES: (0, 0),
    }
