"""The builder: columns in, rows and addresses out."""

from dataclasses import fields

import numpy as np
import pytest

from cred.errors import InvalidInputError
from cred.graph.builder import StructureBuilder
from cred.graph.key_labels import ContributionKeys
from cred.graph.structure import ABSENT, TIMELESS
from cred.graph.weights import Declaration, EdgeKind, EdgeWeight, Factor, Field, NodeKind, Rule
from tests.memory_log import MemoryDirectory

DECLARATION = Declaration(
    "sample",
    nodes=(
        NodeKind("person", ("s", "PERSON"), 0, (Field.ACCOUNT_KIND, Field.ACCOUNT)),
        NodeKind("post", ("s", "POST"), 1, (Field.PLACE, Field.CONTRIBUTION)),
    ),
    edges=(
        EdgeKind("wrote", ("s", "WROTE"), EdgeWeight(1, 2), (Field.TEXT, Field.CONTRIBUTION)),
    ),
    factors=(Factor("emoji", Rule.FIRST, "an emoji"), Factor("role", Rule.LARGEST, "a role")),
)


def column(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, np.int64)


def directory() -> MemoryDirectory:
    names = MemoryDirectory()
    for table, texts in (
        (names.accounts, ["ann", "robot"]),
        (names.contributions, ["m1", "m2"]),
        (names.places, ["here"]),
        (names.texts, ["👍"]),
    ):
        for text in texts:
            table.of(text)
    names.kinds["robot"] = "bot"
    return names


@pytest.mark.parametrize("second", [(2, 3), (2, 2), (2,), ()])
def test_a_value_for_all_rows_is_as_good_as_a_column_of_it(second: tuple[int, ...]) -> None:
    def edge_columns(*, written_out: bool) -> list[list[float]]:
        builder = StructureBuilder(DECLARATION, directory())
        for rows, forward in ((3, 2), *((2, value) for value in second)):
            numbers = np.arange(rows)
            values = np.full(rows, forward) if written_out else forward
            builder.edges(
                "wrote", [numbers, numbers], source=0, target=0, at_ms=5, forward=values
            )
        edges = builder.build().edges
        return [getattr(edges, field.name).tolist() for field in fields(edges)]

    assert edge_columns(written_out=False) == edge_columns(written_out=True)


def test_a_platform_s_address_takes_no_column_and_a_contribution_may_lose_its_type() -> None:
    key = (Field.HOME, Field.CONTRIBUTION_ID, Field.CONTRIBUTION)
    declared = Declaration(
        "forum",
        nodes=(NodeKind("post", ("f",), 0, key),),
        edges=(EdgeKind("in", ("in",), EdgeWeight(1, 1), (Field.HOME,)),),
        factors=(Factor("post", Rule.FIRST, "a post"),),
    )
    names = MemoryDirectory()
    for text in ("post:7", "8"):
        names.contributions.of(text)
    builder = StructureBuilder(declared, names, "https://forum.example.org")

    builder.nodes("post", [column(1, 2), column(1, 2)])
    builder.edges("in", [], source=0, target=1, at_ms=5)
    keys = ContributionKeys(names, column(1, 2), without_type=True)
    labels = builder.build().labels

    assert [labels.node(row) for row in (0, 1)] == [
        ("f", "https://forum.example.org", "7", "post:7"),
        ("f", "https://forum.example.org", "8", "8"),
    ]
    assert labels.edge(0) == ("in", "https://forum.example.org")
    assert ([*keys], [*keys[1:]]) == ([("7",), ("8",)], [("8",)])
    with pytest.raises(InvalidInputError, match="2 columns, not 3"):
        builder.nodes("post", [column(1), column(1), column(1)])


def test_rows_are_numbered_across_calls_and_labelled_by_their_keys() -> None:
    builder = StructureBuilder(DECLARATION, directory())

    people = builder.nodes("person", [column(1, 2), column(1, 2)], account=column(1, 2))
    none = builder.nodes("post", [column(), column()])
    posts = builder.nodes("post", [column(1, 1), column(1, 2)], at_ms=column(10, 20))
    edges = builder.edges(
        "wrote", [column(1), column(2)], source=people[:1], target=posts[1:], at_ms=20
    )
    structure = builder.build()

    assert (people.tolist(), none.tolist(), posts.tolist()) == ([0, 1], [], [2, 3])
    labels = structure.labels
    assert [labels.node(row) for row in range(4)] == [
        ("s", "PERSON", "user", "ann"),
        ("s", "PERSON", "bot", "robot"),
        ("s", "POST", "here", "m1"),
        ("s", "POST", "here", "m2"),
    ]
    assert labels.edge(int(edges[0])) == ("s", "WROTE", "👍", "m2")
    assert structure.nodes.kind.tolist() == [0, 0, 1, 1]
    assert structure.nodes.at_ms.tolist() == [TIMELESS, TIMELESS, 10, 20]
    assert structure.nodes.account.tolist() == [1, 2, ABSENT, ABSENT]
    assert structure.edges.source.tolist() == [0]
    assert structure.edges.target.tolist() == [3]


def test_reviews_of_several_calls_follow_one_another_and_know_every_factor() -> None:
    builder = StructureBuilder(DECLARATION, directory())

    items = builder.items(2)
    first = builder.reviews(item=items[:1], reviewer=column(1), codes={"emoji": column(0)})
    second = builder.reviews(item=items, reviewer=column(2, 2), codes={}, void=column(0, 1))
    builder.factor_keys("emoji", [("👍",)])
    structure = builder.build()

    assert (first.tolist(), second.tolist()) == ([0], [1, 2])
    assert structure.items == 2
    assert structure.reviews.item.tolist() == [0, 0, 1]
    assert structure.reviews.codes["emoji"].tolist() == [0, ABSENT, ABSENT]
    assert structure.reviews.codes["role"].tolist() == [ABSENT] * 3
    assert structure.reviews.void.tolist() == [False, False, True]
    assert structure.factor_keys == {"emoji": [("👍",)], "role": ()}


def test_the_same_key_twice_is_two_rows() -> None:
    builder = StructureBuilder(DECLARATION, directory())

    rows = builder.nodes("post", [column(1, 1), column(1, 1)])

    assert len(rows) == 2
    assert builder.build().labels.node(0) == builder.build().labels.node(1)


def test_loose_ends_are_passed_on() -> None:
    builder = StructureBuilder(DECLARATION, directory())
    post = builder.nodes("post", [column(1), column(1)])
    edge = builder.edges("wrote", [column(1), column(1)], source=ABSENT, target=post, at_ms=0)
    builder.loose_end(int(edge[0]), source=("elsewhere", "x"))

    assert builder.build().loose_ends == {0: (("elsewhere", "x"), None)}


def test_nothing_added_builds_empty_columns_of_the_right_types() -> None:
    structure = StructureBuilder(DECLARATION, directory()).build()

    assert structure.nodes.kind.dtype == np.int16
    assert structure.edges.forward.dtype == np.float64
    assert structure.reviews.codes["role"].dtype == np.int32
    assert len(structure.nodes.kind) == len(structure.edges.kind) == structure.items == 0


def test_what_is_not_declared_or_does_not_fit_is_refused_by_name() -> None:
    builder = StructureBuilder(DECLARATION, directory())

    with pytest.raises(InvalidInputError, match="no kind 'pots', only person, post"):
        builder.nodes("pots", [column(1)])
    with pytest.raises(InvalidInputError, match="no kind 'post', only wrote"):
        builder.edges("post", [], source=0, target=0, at_ms=0)
    with pytest.raises(InvalidInputError, match="no factor 'channel', only emoji, role"):
        builder.factor_keys("channel", [])
    with pytest.raises(InvalidInputError, match="'post' has 2 columns, not 1"):
        builder.nodes("post", [column(1)])
    with pytest.raises(InvalidInputError, match="2 rows is needed"):
        builder.nodes("post", [column(1, 1), column(1, 2)], at_ms=column(1))
    with pytest.raises(InvalidInputError, match=r"mints its item must have one.*'post'"):
        builder.nodes("post", [column(1), column(1)], mints_item=True)
    with pytest.raises(InvalidInputError, match="and no review: a node of kind 'post'"):
        builder.nodes("post", [column(1), column(1)], mints_item=True, item=0, review=0)
    with pytest.raises(InvalidInputError, match=r"scaled by its item must have one.*'wrote'"):
        builder.edges(
            "wrote", [column(1)] * 2, source=0, target=0, at_ms=0, scaled_by_item=True
        )
    with pytest.raises(InvalidInputError, match="no row 0"):
        builder.build().labels.node(0)
