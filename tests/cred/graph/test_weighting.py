"""Applying weights to a structure: prefixes, factors, averaging, and what is switched off."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cred.addresses import Address
from cred.errors import InvalidInputError
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import Participants, participants_by_account
from cred.graph.review_weights import review_weights
from cred.graph.structure import ABSENT, Labels, Structure
from cred.graph.weighting import apply_weights, edge_weights
from cred.graph.weights import EdgeWeight, FactorTable, Weights
from tests.cred.community import ANN, BOB, CAT, Like, community

LIKES = (Like(BOB, 0), Like(CAT, 0), Like(ANN, 1))
POST0, POST1, LIKE0, LIKE1, LIKE2 = 3, 4, 5, 6, 7
"""Node rows, after the three people's."""


def graph_of(structure: Structure, **changed: object) -> ContributionGraph:
    people = participants_by_account(structure, {ANN: "ann", BOB: "bob", CAT: "cat"})
    return apply_weights(structure, Weights(**changed), people)  # type: ignore[arg-type]


def weights_of_reviews(structure: Structure, **changed: object) -> list[float]:
    weights = Weights(**changed)  # type: ignore[arg-type]
    return [float(weight) for weight in review_weights(structure, weights).review]


def test_declared_defaults_hold_where_nothing_is_changed() -> None:
    graph = graph_of(community(LIKES))

    assert graph.mint.tolist() == [0, 0, 0, 0, 0, 2, 2, 2]
    assert graph.forward.tolist() == [0.25, 0.25, 1, 1, 1, 1, 1, 1]
    assert graph.backward.tolist() == [1, 1, 0.0625, 0.0625, 0.0625, 0.5, 0.5, 0.5]
    assert graph.participants == ("ann", "bob", "cat")
    assert graph.participant.tolist() == [0, 1, 2, -1, -1, -1, -1, -1]
    assert (graph.dangling, graph.switched_off) == (0, 0)


def test_a_kind_s_own_prefix_replaces_its_default_and_every_other_prefix_multiplies() -> None:
    graph = graph_of(
        community(LIKES),
        nodes={
            ("chat", "LIKE"): 3.0,
            (): 0.5,
            ("chat",): 10.0,
            ("chat", "LIKE", "post0"): 7.0,
            ("chat", "LIKE", "post0", "cat"): 11.0,
            ("chat", "LI"): 1000.0,
            ("chat", "LIKE", "post0", "cat", "more"): 1000.0,
        },
        edges={("chat", "WROTE", "ann"): EdgeWeight(2, 3), ("chat",): EdgeWeight(10, 100)},
    )

    assert graph.mint.tolist()[LIKE0:] == [105, 1155, 15]
    assert graph.forward.tolist()[:3] == [5, 2.5, 10]
    assert graph.backward.tolist()[:3] == [300, 100, 6.25]


def test_a_node_s_own_weight_multiplies_and_0_leaves_it_present() -> None:
    structure = community(LIKES)
    own = np.ones(len(structure.nodes.kind))
    own[LIKE0:] = [2.5, 0, 1]

    graph = graph_of(replace(structure, nodes=replace(structure.nodes, weight=own)))

    assert graph.mint.tolist()[LIKE0:] == [5, 0, 2]
    assert graph.present.all()


def test_a_participant_s_node_never_mints() -> None:
    assert (
        graph_of(community(LIKES), nodes={("chat", "PERSON"): 5.0}).mint[:3].tolist() == [0] * 3
    )


def test_labels_are_looked_at_once_and_only_of_kinds_that_a_long_prefix_can_match() -> None:
    structure = community(LIKES)
    looked: list[int] = []

    class Watched:
        def node(self, row: int) -> Address:
            looked.append(row)
            return structure.labels.node(row)

        def edge(self, row: int) -> Address:
            raise AssertionError(row)

    labels: Labels = Watched()
    graph_of(
        replace(structure, labels=labels),
        nodes={("chat", "POST", "post1"): 3.0, ("chat", "POST", "x", "y"): 2.0},
    )

    assert looked == [POST0, POST1]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (FactorTable(), 1),
        (FactorTable(0.5), 0.5),
        (FactorTable(0.5, {"category": 3, "other": 9}), 3),
        (FactorTable(0.5, {"category": 3, "channel": 0.25}), 0.25),
    ],
)
def test_first_takes_the_first_key_that_is_listed(table: FactorTable, expected: float) -> None:
    structure = community([Like(BOB, 0, emoji=("channel", "category"))])

    assert weights_of_reviews(structure, factors={"emoji": table}) == [expected]


@pytest.mark.parametrize(
    ("values", "expected"), [({}, 1.5), ({"a": 1.0}, 1.5), ({"a": 2.0, "b": 4.0}, 4)]
)
def test_largest_takes_the_largest_of_the_default_and_what_is_listed(
    values: Mapping[str, float], expected: float
) -> None:
    structure = community([Like(BOB, 0, roles=("a", "b"))])

    assert weights_of_reviews(structure, factors={"role": FactorTable(1.5, values)}) == [
        expected
    ]


def test_product_multiplies_all_keys_the_unlisted_ones_with_the_default() -> None:
    structure = community([Like(BOB, 0, tags=("a", "b", "c"))])

    assert weights_of_reviews(structure, factors={"tag": FactorTable(0.5, {"a": 3})}) == [0.75]


def test_a_factor_that_does_not_apply_counts_one() -> None:
    structure = community([Like(BOB, 0, emoji=None), Like(CAT, 0)])

    assert weights_of_reviews(structure, factors={"emoji": FactorTable(7)}) == [1, 7]


def test_factors_without_changes_weigh_as_if_they_listed_only_what_nobody_has() -> None:
    structure = community([*LIKES, Like(BOB, 0, emoji=None, roles=("a",))])
    listed = {factor.name: FactorTable(1.0, {"nobody": 5}) for factor in structure.factors}

    alone = review_weights(structure, Weights())
    looked_up = review_weights(structure, Weights(factors=listed))

    assert alone.factors.keys() == looked_up.factors.keys()
    for name, values in alone.factors.items():
        assert values.tolist() == looked_up.factors[name].tolist()
    assert alone.review.tolist() == looked_up.review.tolist()
    assert alone.item.tolist() == looked_up.item.tolist()


def test_a_factor_s_declared_weights_hold_until_others_are_given() -> None:
    structure = community([Like(BOB, 0, roles=("mod",)), Like(CAT, 0)])
    declared = replace(structure.factors[1], weights=FactorTable(0.5, {"mod": 3.0}))
    structure = replace(structure, factors=(structure.factors[0], declared))

    assert weights_of_reviews(structure) == [3, 0.5]
    assert weights_of_reviews(structure, factors={"emoji": FactorTable(2)}) == [6, 1]
    assert weights_of_reviews(structure, factors={"role": FactorTable()}) == [1, 1]


def test_a_factor_that_no_review_has_keys_of_costs_nothing() -> None:
    structure = community([Like(BOB, 0), Like(CAT, 0)])
    declared = replace(structure.factors[1], weights=FactorTable(0.0, {"mod": 3.0}))
    none = np.full(2, ABSENT, np.int32)
    structure = replace(
        structure,
        factors=(structure.factors[0], declared),
        reviews=replace(structure.reviews, codes={**structure.reviews.codes, "role": none}),
        factor_keys={**structure.factor_keys, "role": ()},
    )

    weights = review_weights(structure, Weights())

    assert weights.review.tolist() == [1, 1]
    assert weights.factors["role"].strides == (0,)


def test_factors_multiply_and_a_void_review_weighs_nothing() -> None:
    structure = community([Like(BOB, 0, roles=("a",)), Like(ANN, 0, void=True)])
    tables = {"emoji": FactorTable(2), "role": FactorTable(1, {"a": 5})}

    assert weights_of_reviews(structure, factors=tables) == [10, 0]


def test_averaging_divides_by_the_roles_of_distinct_reviewers_but_the_author() -> None:
    """Bob twice (role 3) and cat (default 1) like ann's post, ann her own: 3 + 1 + 0.5."""
    structure = community(
        [
            Like(BOB, 0, roles=("mod",)),
            Like(BOB, 0, emoji=("🎉",), roles=("mod",)),
            Like(CAT, 0),
            Like(ANN, 0),
        ]
    )
    roles = {"role": FactorTable(1, {"mod": 3})}

    averaged = weights_of_reviews(structure, factors=roles, averaging=0.5)

    assert averaged == pytest.approx([3 / 4.5, 3 / 4.5, 1 / 4.5, 1 / 4.5])


def test_an_average_over_nobody_divides_by_one() -> None:
    assert weights_of_reviews(community([Like(ANN, 0)]), averaging=0.0) == [1]


def test_reviews_that_have_no_role_are_not_averaged() -> None:
    structure = community([Like(BOB, 0, roles=None), Like(CAT, 0), Like(BOB, 0)])

    assert weights_of_reviews(structure, averaging=0.0) == [1, 0.5, 0.5]


def test_without_a_role_factor_nothing_is_averaged() -> None:
    structure = community([Like(BOB, 0), Like(CAT, 0)])
    codes = {name: code for name, code in structure.reviews.codes.items() if name != "role"}
    without = replace(
        structure,
        factors=tuple(factor for factor in structure.factors if factor.name != "role"),
        reviews=replace(structure.reviews, codes=codes),
    )

    assert weights_of_reviews(without, averaging=1.0) == [1, 1]


def test_what_depends_on_something_without_weight_is_switched_off() -> None:
    """Cat's like has no weight, nor have the likes of bob's post: the post is left out, too."""
    structure = community([Like(BOB, 0), Like(CAT, 0, emoji=("👎",)), Like(ANN, 1, ("👎",))])

    graph = graph_of(structure, factors={"emoji": FactorTable(1, {"👎": 0})})

    assert graph.present.tolist() == [True, True, True, True, False, True, False, False]
    assert graph.mint.tolist() == [0, 0, 0, 0, 0, 2, 0, 0]
    assert graph.row.tolist() == [0, 2, 5]
    assert (graph.dangling, graph.switched_off) == (0, 5)


def test_a_kind_may_stay_while_its_review_weighs_nothing() -> None:
    structure = community([Like(BOB, 0), Like(CAT, 0, emoji=("👎",)), Like(ANN, 1, ("👎",))])
    like = replace(structure.node_kinds[2], stays=True)
    structure = replace(structure, node_kinds=(*structure.node_kinds[:2], like))

    graph = graph_of(structure, factors={"emoji": FactorTable(1, {"👎": 0})})

    # Bob's post still depends on its likes, and so do edges.
    assert graph.present.tolist() == [True, True, True, True, False, True, True, True]
    assert graph.mint.tolist() == [0, 0, 0, 0, 0, 2, 0, 0]
    assert graph.row.tolist() == [0, 2, 5]


def test_an_item_can_mint_what_its_reviews_weigh_and_scale_an_edge() -> None:
    structure = community(LIKES, mints_item=True, scaled_by_item=True)

    graph = graph_of(
        structure,
        nodes={("chat", "POST"): 3.0},
        factors={"emoji": FactorTable(5)},
    )

    assert graph.mint[[POST0, POST1]].tolist() == [30, 15]
    assert graph.forward[:2].tolist() == [2.5, 1.25]
    assert graph.backward[:2].tolist() == [1, 1]


def test_edges_without_both_ends_dangle_and_are_counted() -> None:
    structure = community(LIKES)
    target = structure.edges.target.copy()
    target[[0, 4]] = ABSENT

    graph = graph_of(replace(structure, edges=replace(structure.edges, target=target)))

    assert graph.dangling == 2
    assert graph.row.tolist() == [1, 2, 3, 5, 6, 7]


def test_edges_of_a_structure_without_nodes_all_dangle() -> None:
    structure = community([], authors=[])
    nodes = replace(
        structure.nodes,
        **{name: getattr(structure.nodes, name)[:0] for name in structure.nodes.__slots__},
    )
    loose = community(LIKES).edges
    none = np.full(len(loose.kind), ABSENT, np.int32)
    edges = replace(loose, source=none, target=none, review=none, item=none)

    graph = apply_weights(
        replace(structure, nodes=nodes, edges=edges), Weights(), Participants((), nodes.account)
    )

    assert (graph.dangling, len(graph.row)) == (8, 0)


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_bad_node_and_factor_weights_are_refused_by_name(bad: float) -> None:
    structure = community(LIKES)

    with pytest.raises(InvalidInputError, match="chat/POST/post1"):
        graph_of(structure, nodes={("chat", "POST", "post1"): bad})
    with pytest.raises(InvalidInputError, match="every address"):
        graph_of(structure, nodes={(): bad})
    with pytest.raises(InvalidInputError, match="role"):
        graph_of(structure, factors={"role": FactorTable(bad)})
    with pytest.raises(InvalidInputError, match="emoji"):
        graph_of(structure, factors={"emoji": FactorTable(1, {"👍": bad})})
    with pytest.raises(InvalidInputError, match="averaging"):
        graph_of(structure, averaging=bad)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_bad_edge_weights_are_refused_by_name(bad: float) -> None:
    for weight in (EdgeWeight(bad, 1), EdgeWeight(1, bad)):
        with pytest.raises(InvalidInputError, match="chat/WROTE"):
            graph_of(community(LIKES), edges={("chat", "WROTE"): weight})


def test_a_negative_edge_weight_is_kept_for_the_chain_to_drop() -> None:
    graph = graph_of(community(LIKES), edges={("chat", "WROTE"): EdgeWeight(-1, 1)})

    assert graph.forward[:2].tolist() == [-1, -1]


def test_products_beyond_all_numbers_are_refused_by_name() -> None:
    structure = community(LIKES, scaled_by_item=True)

    with pytest.raises(InvalidInputError, match="chat/LIKE/post0/bob"):
        graph_of(structure, nodes={(): 1e200, ("chat", "LIKE"): 1e200})
    with pytest.raises(InvalidInputError, match="chat/WROTE/ann/post0"):
        graph_of(
            structure,
            edges={("chat", "WROTE"): EdgeWeight(1e200, 1)},
            factors={"emoji": FactorTable(1e200)},
        )
    with pytest.raises(InvalidInputError, match="chat/LIKE/post0/bob"):
        graph_of(structure, factors={"emoji": FactorTable(1e200), "role": FactorTable(1e200)})


def test_kinds_may_share_a_prefix_only_with_the_same_weight() -> None:
    structure = community(LIKES)
    person, post, like = structure.node_kinds
    same = replace(structure, node_kinds=(person, replace(post, prefix=person.prefix), like))
    other = replace(same, node_kinds=(person, replace(post, prefix=like.prefix), like))

    assert graph_of(same).mint[LIKE0] == 2
    with pytest.raises(InvalidInputError, match="chat/LIKE"):
        graph_of(other)


def test_edge_weights_can_be_computed_alone() -> None:
    structure = community(LIKES)

    forward, backward = edge_weights(structure, Weights(), review_weights(structure, Weights()))

    assert (forward[0], backward[0]) == (0.25, 1)
