"""Rows of one drawing found in another: by kind and key, whatever their order."""

from dataclasses import replace

import numpy as np

from cred.merging import merge
from cred.rowkeys import ABSENT, RowIndex, edge_fingerprints, node_fingerprints
from cred.structure import Structure
from tests.cred.community import ANN, BOB, CAT, Like, community

LIKES = [Like(BOB, 0), Like(CAT, 0), Like(ANN, 1), Like(CAT, 2)]


def drawn(likes: list[Like]) -> Structure:
    return community(likes, authors=(ANN, BOB, CAT))


def test_every_row_has_a_fingerprint_of_its_own() -> None:
    structure = drawn(LIKES)

    nodes, edges = node_fingerprints(structure), edge_fingerprints(structure)

    assert len(set(nodes.tolist())) == len(structure.nodes.kind)
    assert len(set(edges.tolist())) == len(structure.edges.kind)


def test_the_same_things_drawn_in_another_order_are_found() -> None:
    structure, other = drawn(LIKES), drawn(LIKES[::-1])

    rows = RowIndex(edge_fingerprints(structure)).find(edge_fingerprints(other))

    assert [structure.labels.edge(row) for row in rows.tolist()] == [
        other.labels.edge(row) for row in range(len(rows))
    ]
    assert rows.tolist() != list(range(len(rows)))


def test_what_is_not_there_is_absent_until_it_is_added() -> None:
    index = RowIndex(node_fingerprints(drawn(LIKES[:3])))
    new = node_fingerprints(drawn(LIKES))[-1:]

    before = index.find(new).tolist()
    index.add(new, np.array([77]))

    assert (before, index.find(new).tolist()) == ([ABSENT], [77])


def test_a_row_that_is_added_takes_the_place_of_an_earlier_one() -> None:
    prints = node_fingerprints(drawn(LIKES))
    index = RowIndex(prints)

    index.add(prints[2:3], np.array([99]))

    assert index.find(prints[1:4]).tolist() == [1, 99, 3]


def test_an_index_of_nothing_finds_nothing() -> None:
    index = RowIndex(np.empty(0, np.uint64))

    assert index.find(node_fingerprints(drawn(LIKES))[:2]).tolist() == [ABSENT, ABSENT]


def test_rows_keep_their_fingerprint_when_a_structure_is_merged_behind_them() -> None:
    structure = drawn(LIKES)
    other = replace(
        structure,
        node_kinds=tuple(
            replace(kind, prefix=("other", *kind.prefix)) for kind in structure.node_kinds
        ),
        edge_kinds=tuple(
            replace(kind, prefix=("other", *kind.prefix)) for kind in structure.edge_kinds
        ),
    )

    merged = merge([structure, other])

    for fingerprints in (node_fingerprints, edge_fingerprints):
        own, both = fingerprints(structure), fingerprints(merged)
        assert both[: len(own)].tolist() == own.tolist()
        assert len(set(both.tolist())) == 2 * len(own)
