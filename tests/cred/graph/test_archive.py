"""Structures of archives: addresses, kinds, weights and ends are those of the archive."""

from collections.abc import Sequence

import numpy as np
import pytest

from cred.addresses import Address
from cred.errors import InvalidInputError
from cred.graph.archive import BEYOND, Archive, TextInterner, structure_from_archive
from cred.graph.identities import participants_by_account
from cred.graph.merging import merge_structures
from cred.graph.structure import ABSENT, TIMELESS
from cred.graph.weighting import apply_weights
from cred.graph.weights import EdgeWeight, Weights

Node = tuple[Address, float]


def archive(
    name: str,
    nodes: Sequence[Address],
    edges: Sequence[tuple[Address, int, int]] = (),
    *,
    elsewhere: Sequence[Address] = (),
    weights: dict[Address, float] | None = None,
    edge_weights: dict[Address, EdgeWeight] | None = None,
) -> Archive:
    texts, weights, edge_weights = TextInterner(), weights or {}, edge_weights or {}
    count = len(nodes)
    return Archive(
        name=name,
        nodes=texts.column(nodes),
        node_ms=np.full(count, TIMELESS),
        account=np.array([1, *[ABSENT] * (count - 1)][:count], np.int32),
        contribution=np.full(count, ABSENT, np.int32),
        edges=texts.column(edge[0] for edge in edges),
        source=np.array([edge[1] for edge in edges], np.int32),
        target=np.array([edge[2] for edge in edges], np.int32),
        edge_ms=np.zeros(len(edges), np.int64),
        elsewhere=texts.column(elsewhere),
        weighted_nodes=texts.column(weights),
        node_weight=np.array([*weights.values()], np.float64),
        weighted_edges=texts.column(edge_weights),
        forward=np.array([weight.forward for weight in edge_weights.values()]),
        backward=np.array([weight.backward for weight in edge_weights.values()]),
        texts=texts.texts,
    )


USER, POST = ("s", "chat", "USER", "ada"), ("s", "chat", "POST", "7")


def test_addresses_of_any_length_come_back_and_their_types_are_kinds() -> None:
    nodes = [USER, POST, ("s",), (), ("s", "chat", "POST", "8", "")]

    structure = structure_from_archive(archive("chat", nodes))

    assert [structure.labels.node(row) for row in range(5)] == nodes
    kinds = [structure.node_kinds[kind].prefix for kind in structure.nodes.kind.tolist()]
    assert kinds == [
        ("s", "chat", "USER"),
        ("s", "chat", "POST"),
        ("s",),
        (),
        ("s", "chat", "POST"),
    ]


def test_if_there_are_too_many_types_owner_and_plugin_make_the_kind() -> None:
    nodes = [("external", "club", str(number)) for number in range(2_000)]

    structure = structure_from_archive(archive("external/club", nodes))

    assert [kind.prefix for kind in structure.node_kinds] == [("external", "club")]
    assert structure.labels.node(1_999) == nodes[1_999]


def test_an_empty_archive_is_an_empty_structure() -> None:
    structure = structure_from_archive(archive("chat", []))

    assert len(structure.nodes.kind) == len(structure.edges.kind) == 0


def test_weights_of_all_prefixes_multiply_and_a_community_s_replaces_its_own() -> None:
    weights = {("s", "chat", "POST"): 2.0, POST: 3.0, ("s",): 5.0}
    structure = structure_from_archive(archive("chat", [USER, POST], weights=weights))
    people = participants_by_account(structure, {1: "ada"})

    def mint(changed: dict[Address, float]) -> list[float]:
        graph = apply_weights(structure, Weights(nodes=changed), people)
        return [float(mint) for mint in graph.mint]

    assert mint({}) == [0, 30]
    assert mint({POST: 1.0}) == [0, 10]
    assert mint({("s", "chat", "POST"): 4.0}) == [0, 60]
    assert mint({(): 0.5}) == [0, 15]


def test_edges_have_the_weights_listed_for_them() -> None:
    edge = ("s", "chat", "AUTHORS", "7")
    edge_weights = {("s", "chat", "AUTHORS"): EdgeWeight(0.5, 2.0), edge: EdgeWeight(3.0, 1.0)}
    structure = structure_from_archive(
        archive("chat", [USER, POST], [(edge, 0, 1)], edge_weights=edge_weights)
    )

    graph = apply_weights(structure, Weights(), participants_by_account(structure, {1: "ada"}))

    assert (graph.forward.tolist(), graph.backward.tolist()) == ([1.5], [2.0])


def test_ends_in_another_archive_are_found_there_and_others_dangle() -> None:
    goal = ("s", "goals", "GOAL", "1")
    edges = [
        (("s", "goals", "ABOUT", "7"), 0, BEYOND),
        (("s", "goals", "ABOUT", "9"), 0, BEYOND - 1),
    ]
    goals = archive("goals", [goal], edges, elsewhere=[POST, ("s", "chat", "POST", "9")])

    whole = merge_structures(
        [structure_from_archive(archive("chat", [USER, POST])), structure_from_archive(goals)]
    )

    assert whole.edges.source.tolist() == [2, 2]
    assert whole.edges.target.tolist() == [1, ABSENT]
    assert (
        apply_weights(whole, Weights(), participants_by_account(whole, {1: "ada"})).dangling
        == 1
    )


def test_a_weight_in_two_archives_is_an_error_that_names_it() -> None:
    parts = [
        structure_from_archive(
            archive(name, [("s", name, "X", "1")], weights={("s", "both"): 2.0})
        )
        for name in ("a", "b")
    ]

    with pytest.raises(
        InvalidInputError, match="two graphs give nodes under 's/both' a weight"
    ):
        merge_structures(parts)
