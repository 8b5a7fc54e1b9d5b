"""Merging structures: their union, or an error that names what is in two of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import overload

import numpy as np
import pytest

from cred.addresses import Address
from cred.credrank import credrank
from cred.errors import InvalidInputError, OverlapError
from cred.facts.activity import Links
from cred.graph.builder import StructureBuilder
from cred.graph.identities import (
    links_to_separate,
    participants_by_account,
    participants_by_address,
)
from cred.graph.merging import merge_structures
from cred.graph.structure import ABSENT, Labels, Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import (
    Declaration,
    EdgeKind,
    EdgeWeight,
    Factor,
    FactorTable,
    Field,
    NodeKind,
    Rule,
    Weights,
)
from tests.cred.community import ANN, BOB, CAT, Like, community
from tests.cred.graphs import in_week
from tests.memory_log import MemoryDirectory

PEOPLE = {ANN: "ann", BOB: "bob", CAT: "cat"}


@dataclass(frozen=True)
class Renamed:
    """Labels with another address for each node."""

    labels: Labels
    address: Address

    def node(self, row: int) -> Address:
        del row
        return self.address

    def edge(self, row: int) -> Address:
        return self.labels.edge(row)


DECLARED = Declaration(
    "goals",
    nodes=(NodeKind("goal", ("goal",), 10, (Field.CONTRIBUTION,)),),
    edges=(),
    factors=(Factor("urgency", Rule.FIRST, "how urgent", FactorTable(0.0, {"now": 2.0})),),
)


def goals(
    target: Address | None = ("chat", "POST", "post0"), prefix: Address = ("goal",)
) -> Structure:
    """One goal that points to a node of another structure."""
    directory = MemoryDirectory()
    directory.contributions.of("ship")
    declaration = Declaration(
        "goals",
        nodes=(NodeKind("goal", prefix, 10, (Field.CONTRIBUTION,)),),
        edges=(
            EdgeKind("needs", (*prefix, "NEEDS"), EdgeWeight(1, 0.5), (Field.CONTRIBUTION,)),
        ),
        factors=(Factor("urgency", Rule.FIRST, "how urgent"),),
    )
    builder = StructureBuilder(declaration, directory)
    number = np.array([1])
    goal = builder.nodes("goal", [number], at_ms=in_week(0), contribution=number)
    edges = builder.edges("needs", [number], source=goal, target=ABSENT, at_ms=in_week(0))
    if target is not None:
        builder.loose_end(int(edges[0]), target=target)
    return builder.build()


def test_rows_come_one_after_the_other_with_everything_they_refer_to() -> None:
    first, second = goals(None), community([Like(BOB, 0, roles=("mod",)), Like(CAT, 0)])

    both = merge_structures([first, second])

    assert [both.labels.node(row) for row in range(8)] == [
        first.labels.node(0),
        *(second.labels.node(row) for row in range(7)),
    ]
    assert [both.labels.edge(row) for row in range(7)] == [
        first.labels.edge(0),
        *(second.labels.edge(row) for row in range(6)),
    ]
    weights = Weights(factors={"role": FactorTable(1, {"mod": 4})})
    joined = apply_weights(both, weights, participants_by_account(both, PEOPLE))
    alone = apply_weights(second, weights, participants_by_account(second, PEOPLE))
    assert joined.mint.tolist() == [10, *alone.mint.tolist()]
    assert joined.forward.tolist() == alone.forward.tolist()
    assert (joined.source - 1).tolist() == alone.source.tolist()
    assert (joined.target - 1).tolist() == alone.target.tolist()
    assert joined.dangling == 1


def test_two_structures_of_disjoint_people_score_as_one_graph() -> None:
    structure = community([Like(BOB, 0), Like(ANN, 1)])
    graph = apply_weights(
        merge_structures([structure]), Weights(), participants_by_account(structure, PEOPLE)
    )

    alone = credrank(
        apply_weights(structure, Weights(), participants_by_account(structure, PEOPLE))
    )

    assert credrank(graph).scores.cred.tolist() == alone.scores.cred.tolist()


def test_a_loose_end_is_resolved_to_the_other_structure_s_node() -> None:
    for order in ((0, 1), (1, 0)):
        parts = [goals(), community([Like(BOB, 0)])]
        both = merge_structures([parts[at] for at in order])

        edge = next(row for row in range(5) if both.labels.edge(row)[0] == "goal")
        target = int(both.edges.target[edge])
        assert both.labels.node(target) == ("chat", "POST", "post0")
        assert both.loose_ends == {}


def test_an_end_at_a_contribution_is_resolved_to_the_node_that_stands_for_it() -> None:
    chat, goal = community([Like(BOB, 0)]), goals(None)
    post = int(np.flatnonzero(chat.nodes.contribution == 1)[0])
    goal = replace(
        goal,
        nodes=replace(goal.nodes, contribution=np.array([9], np.int32)),
        loose_ends={0: (None, 1)},
    )

    for order in ([chat, goal], [goal, chat]):
        both = merge_structures(order)

        target = both.edges.target[
            [
                row
                for row, kind in enumerate(both.edges.kind)
                if both.edge_kinds[kind].name == "needs"
            ]
        ]
        assert both.labels.node(int(target[0])) == chat.labels.node(post)
        assert both.loose_ends == {}


def test_keys_that_only_one_structure_has_stay_unwritten() -> None:
    chat, goal = community([Like(BOB, 0)]), goals(None)

    both = merge_structures([chat, goal])

    assert all(
        both.factor_keys[name] is keys for name, keys in chat.factor_keys.items() if keys
    )


def test_a_structure_that_has_nothing_yet_costs_nothing() -> None:
    chat = community([Like(BOB, 0), Like(CAT, 0)])
    empty = StructureBuilder(DECLARED, MemoryDirectory()).build()

    both = merge_structures([chat, empty])

    for part in ("nodes", "edges", "reviews"):
        for column in fields(getattr(chat, part)):
            mine = getattr(getattr(chat, part), column.name)
            if column.name != "codes":
                assert getattr(getattr(both, part), column.name) is mine
    assert all(both.reviews.codes[name] is codes for name, codes in chat.reviews.codes.items())
    # Of a factor that only the other one has there is one number, however many reviews.
    assert both.reviews.codes["urgency"].tolist() == [ABSENT, ABSENT]
    assert both.reviews.codes["urgency"].strides == (0,)
    assert both.sources == ("chat", "goals")
    alone = apply_weights(chat, Weights(), participants_by_account(chat, PEOPLE))
    merged = apply_weights(both, Weights(), participants_by_account(both, PEOPLE))
    assert merged.mint.tolist() == alone.mint.tolist()
    assert merged.forward.tolist() == alone.forward.tolist()


def test_keys_that_several_structures_have_are_written_only_when_asked() -> None:
    class Unwritten(Sequence[tuple[str, ...]]):
        def __init__(self, *keys: str) -> None:
            self.keys, self.read = keys, list[int]()

        def __len__(self) -> int:
            return len(self.keys)

        @overload
        def __getitem__(self, code: int) -> tuple[str, ...]: ...
        @overload
        def __getitem__(self, code: slice) -> Sequence[tuple[str, ...]]: ...
        def __getitem__(self, code: int | slice) -> tuple[str, ...] | Sequence[tuple[str, ...]]:
            assert isinstance(code, int)
            self.read.append(code)
            return (self.keys[code],)

    first, second = Unwritten("a", "b"), Unwritten("c", "d", "e")
    aims = goals(None, prefix=("aim",))
    parts = [
        replace(goals(None), factor_keys={"urgency": first}),
        replace(aims, factor_keys={"urgency": ()}),
        replace(
            aims, factor_keys={"urgency": second}, labels=Renamed(aims.labels, ("aim", "other"))
        ),
    ]
    renamed = replace(parts[2], node_kinds=(replace(aims.node_kinds[0], prefix=("end",)),))
    edge = replace(aims.edge_kinds[0], prefix=("end", "NEEDS"))
    parts[2] = replace(renamed, edge_kinds=(edge,))

    keys = merge_structures(parts).factor_keys["urgency"]

    assert (len(keys), first.read, second.read) == (5, [], [])
    assert (keys[3], keys[-5], second.read, first.read) == (("d",), ("a",), [1], [0])
    assert [*keys] == [("a",), ("b",), ("c",), ("d",), ("e",)]
    assert keys[1:4] == [("b",), ("c",), ("d",)]
    with pytest.raises(IndexError):
        keys[5]


def test_a_loose_end_that_nobody_has_stays_loose() -> None:
    nowhere = ("chat", "POST", "post9")

    both = merge_structures([community([Like(BOB, 0)]), goals(nowhere)])

    edge = len(both.edges.kind) - 1
    assert both.loose_ends == {edge: (None, nowhere)}
    assert both.edges.target[edge] == ABSENT
    graph = apply_weights(both, Weights(), participants_by_account(both, PEOPLE))
    assert graph.dangling == 1


def test_both_ends_may_be_loose_and_one_found() -> None:
    part = goals()
    edges = replace(part.edges, source=np.array([ABSENT]))
    ends = {0: (("not", "there"), ("chat", "POST", "post0"))}

    both = merge_structures(
        [community([Like(BOB, 0)]), replace(part, edges=edges, loose_ends=ends)]
    )

    assert both.loose_ends == {4: (("not", "there"), None)}


def test_a_node_in_two_structures_is_an_error_that_names_it_and_both() -> None:
    message = r"node chat/PERSON/ann .*chat's, as one of 'chat/PERSON', and chat's"
    with pytest.raises(OverlapError, match=message):
        merge_structures([community([Like(BOB, 0)]), goals(None), community([])])


def test_a_node_under_another_s_prefix_is_found_only_if_it_is_the_same() -> None:
    clash = goals(None, prefix=("chat", "POST"))

    merged = merge_structures([community([Like(BOB, 0)]), clash])

    assert merged.labels.node(6) == ("chat", "POST", "ship")
    labels = Renamed(clash.labels, ("chat", "POST", "post0"))
    with pytest.raises(OverlapError, match=r"chat/POST/post0 .*chat's, .*goals's, "):
        merge_structures([community([Like(BOB, 0)]), replace(clash, labels=labels)])


@pytest.mark.parametrize("prefix", [("chat",), ("chat", "POST"), ("chat", "POST", "post0")])
@pytest.mark.parametrize("chat_first", [True, False])
def test_a_node_of_both_is_found_whichever_prefix_is_the_wider(
    prefix: Address,
    chat_first: bool,  # noqa: FBT001
) -> None:
    clash = goals(None, prefix=prefix)
    clash = replace(clash, labels=Renamed(clash.labels, ("chat", "POST", "post0")))
    parts = [community([Like(BOB, 0)]), clash]

    with pytest.raises(OverlapError, match=r"node chat/POST/post0 .*(chat|goals)'s, .*'s, "):
        merge_structures(parts if chat_first else parts[::-1])


def test_weights_of_a_prefix_beside_the_kinds_come_from_one_structure() -> None:
    first = replace(goals(None), node_weights={("goal", "ship"): 2.0})
    other = goals(None, prefix=("aim",))
    second = replace(other, node_weights={("aim", "ship"): 3.0})
    overlapping = replace(other, node_weights={("goal", "ship"): 2.0})

    assert merge_structures([first, second]).node_weights == {
        ("goal", "ship"): 2.0,
        ("aim", "ship"): 3.0,
    }
    with pytest.raises(InvalidInputError, match="nodes under 'goal/ship' a weight"):
        merge_structures([first, overlapping])


def test_an_edge_in_two_structures_is_an_error_that_names_it() -> None:
    first = goals(None)
    second = replace(first, labels=Renamed(first.labels, ("goal", "other")))

    with pytest.raises(OverlapError, match="edge goal/NEEDS/ship"):
        merge_structures([first, second])


def test_a_factor_declared_in_two_ways_is_an_error() -> None:
    first = goals(None)
    second = goals(None, prefix=("aim",))
    different = replace(second, factors=(Factor("urgency", Rule.LARGEST, "how urgent"),))

    assert len(merge_structures([first, second]).factors) == 1
    with pytest.raises(InvalidInputError, match="urgency"):
        merge_structures([first, different])


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(InvalidInputError, match="at least one"):
        merge_structures([])


def test_accounts_not_listed_are_no_participants_and_people_may_have_several() -> None:
    structure = community([Like(BOB, 0)])

    people = participants_by_account(
        structure, {BOB: "the couple", ANN: "the couple", 99: "nowhere"}
    )

    assert people.ids == ("the couple", "nowhere")
    assert people.of_node.tolist() == [0, 0, -1, -1, -1, -1]
    assert participants_by_account(structure, {}).of_node.tolist() == [-1] * 6


def test_participants_by_address_are_each_listed_once_and_share_none() -> None:
    structure = community([Like(BOB, 0)])
    ann, bob = ("chat", "PERSON", "ann"), ("chat", "PERSON", "bob")

    people = participants_by_address(
        structure, [("b", [bob]), ("a", [ann, ("not", "there")]), ("c", [])]
    )

    assert people.ids == ("b", "a", "c")
    assert people.of_node.tolist() == [1, 0, -1, -1, -1, -1]
    with pytest.raises(InvalidInputError, match="'b' is listed twice"):
        participants_by_address(structure, [("b", []), ("b", [])])
    with pytest.raises(InvalidInputError, match="chat/PERSON/ann belongs to two"):
        participants_by_address(structure, [("b", [ann]), ("a", [ann])])


def test_separating_an_account_links_only_those_that_it_alone_connected() -> None:
    triangle = Links(account=np.array([1, 2, 1]), other=np.array([3, 3, 2]))
    star = Links(account=np.array([1, 2, 3]), other=np.array([9, 9, 9]))

    assert links_to_separate(triangle, 3) == ([(1, 3), (2, 3)], [])
    assert links_to_separate(star, 9) == ([(1, 9), (2, 9), (3, 9)], [(1, 2), (1, 3)])
