"""Budgets, dependencies and attributions: what they do and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cred.addresses import BONUS, IDENTITY
from cred.chain.attributions import Attribution, attributions_by_epoch
from cred.credrank import credrank
from cred.epochs import Epochs, epochs_covering
from cred.errors import InvalidInputError
from cred.files.graph_file import parse_graph_file
from cred.graph.contribution_graph import ContributionGraph
from cred.minting.budgets import Budget, apply_budgets
from cred.minting.dependencies import Dependency, mint_dependencies
from tests.cred.graphs import a_file, in_week


def dated_graph() -> tuple[ContributionGraph, Epochs]:
    """x/a and x/b mint 3 and 1 in week 0, x/c 2 in week 1, y/d 5 in week 0, y/e 7 in none."""
    content = a_file(
        {"a": 3, "b": 1, "c": 2, "d": 5, "e": 7},
        [(name, "ann", 0, 1, 1) for name in "abcde"],
        ["ann", "bob"],
    )
    for node, prefix, week in zip(content["nodes"], "xxxyy", (0, 0, 1, 0, None), strict=False):
        node["address"][0] = prefix
        node["timestampMs"] = None if week is None else in_week(week)
    content["participants"].append({"id": "noa", "address": ["p", "not there"]})
    graph = parse_graph_file(content).graph()
    return graph, epochs_covering(graph.times_ms())


def test_a_week_over_budget_is_scaled_down_and_no_other() -> None:
    graph, epochs = dated_graph()

    assert apply_budgets(graph, [Budget(("x",), ((0, 2.0),))], epochs).mint.tolist() == [
        1.5, 0.5, 2, 5, 7, 0, 0,
    ]  # fmt: skip


def test_nodes_without_a_date_are_under_no_budget() -> None:
    graph, epochs = dated_graph()

    assert apply_budgets(graph, [Budget((), ((0, 0.0),))], epochs).mint.tolist() == [
        0, 0, 0, 0, 7, 0, 0,
    ]  # fmt: skip


def test_a_budget_is_that_of_the_last_period_that_began_by_the_week_s_start() -> None:
    graph, epochs = dated_graph()
    mid_week, next_week = in_week(0), in_week(1, day=0)

    later = Budget(("x",), ((mid_week, 1.0), (next_week, np.inf)))
    assert apply_budgets(graph, [later], epochs).mint[:3].tolist() == [3, 1, 2]
    exactly = Budget(("x",), ((in_week(0, day=0), 4.0), (next_week, 0.5)))
    assert apply_budgets(graph, [exactly], epochs).mint[:3].tolist() == [3, 1, 0.5]


def test_a_budget_may_be_for_one_node() -> None:
    graph, epochs = dated_graph()

    mint = apply_budgets(graph, [Budget(("x", "a"), ((0, 2.0),))], epochs).mint
    assert mint[:3].tolist() == [2, 1, 2]


@given(st.floats(0, 10), st.floats(0, 10))
def test_no_week_mints_more_than_its_budget(first: float, second: float) -> None:
    graph, epochs = dated_graph()

    mint = apply_budgets(
        graph, [Budget(("x",), ((0, first),)), Budget(("y",), ((0, second),))], epochs
    ).mint

    def up_to(budget: float) -> float:
        return budget * (1 + 1e-15) + 1e-300  # rounding, and where floats end

    assert mint[:2].sum() <= up_to(first)
    assert mint[2] <= up_to(first)
    assert mint[3] <= up_to(second)
    assert (mint <= graph.mint).all()


@pytest.mark.parametrize("other", [("x",), ("x", "a"), ()])
def test_budgets_that_overlap_are_refused(other: tuple[str, ...]) -> None:
    graph, epochs = dated_graph()

    with pytest.raises(InvalidInputError, match=r"'x'.*overlap"):
        apply_budgets(graph, [Budget(("x",), ()), Budget(other, ())], epochs)


def test_bad_budgets_are_refused_by_name() -> None:
    graph, epochs = dated_graph()

    with pytest.raises(InvalidInputError, match=r"'x'.*order"):
        apply_budgets(graph, [Budget(("x",), ((2, 1.0), (1, 1.0)))], epochs)
    for bad in (-1.0, np.nan):
        with pytest.raises(InvalidInputError, match="'x'"):
            apply_budgets(graph, [Budget(("x",), ((0, bad),))], epochs)


def test_a_dependency_is_minted_for_on_top_of_each_week() -> None:
    """Half of what week 0 mints (3 + 1 + 5), 10 % of what week 1 mints (2)."""
    graph, epochs = dated_graph()
    dependency = Dependency("bob", ((0, 0.5), (in_week(1, day=0), 0.1)))

    more = mint_dependencies(graph, [dependency], epochs)

    assert more.mint[7:].tolist() == pytest.approx([4.5, 0.2])
    assert more.node_ms[7:].tolist() == epochs.starts_ms.tolist()
    assert more.target[5:].tolist() == [6, 6]
    assert (more.forward[5:].tolist(), more.backward[5:].tolist()) == ([1, 1], [0, 0])
    assert more.row.tolist() == [0, 1, 2, 3, 4, -1, -2]
    start = str(epochs.starts_ms[0])
    assert more.node_address(7) == more.edge_address(5) == (*BONUS, start, *IDENTITY, "bob")
    scores = credrank(more).scores
    assert scores.total_mint == pytest.approx(18 + 4.7)
    assert (scores.cred[1] > 0).all()


def test_a_recipient_without_a_node_gets_one() -> None:
    graph, epochs = dated_graph()

    more = mint_dependencies(
        graph, [Dependency("noa", ((0, 0.5),)), Dependency("bob", ((0, 0.5),))], epochs
    )

    assert more.node_address(7) == (*IDENTITY, "noa")
    assert more.participant[7:].tolist() == [2, -1, -1, -1, -1]
    assert more.mint[8:].tolist() == [4.5, 1, 4.5, 1]  # they do not compound
    assert more.target[5:].tolist() == [7, 7, 6, 6]
    cred = credrank(more).scores.cred.sum(axis=1)
    assert cred[1] == pytest.approx(cred[2])


def test_weeks_without_weight_or_mint_have_no_bonus() -> None:
    graph, epochs = dated_graph()

    more = mint_dependencies(graph, [Dependency("bob", ((in_week(1, day=0), 0.5),))], epochs)

    assert more.mint[7:].tolist() == [1]
    assert mint_dependencies(graph, [Dependency("bob", ())], epochs).mint[7:].tolist() == []


def test_bad_dependencies_are_refused_by_name() -> None:
    graph, epochs = dated_graph()
    once = Dependency("bob", ((0, 0.5),))

    for bad, match in (
        ([Dependency("eve", ())], "'eve' is not a participant"),
        ([once, once], "'bob' is listed twice"),
        ([Dependency("bob", ((2, 0.5), (1, 0.5)))], "'bob'.*order"),
        ([Dependency("bob", ((2, -0.5),))], "'bob'.*-0.5"),
        ([Dependency("bob", ((2, np.nan),))], "'bob'.*nan"),
        ([Dependency("bob", ((2, np.inf),))], "'bob'.*inf"),
    ):
        with pytest.raises(InvalidInputError, match=match):
            mint_dependencies(graph, bad, epochs)


TWO_WEEKS = epochs_covering(np.array([in_week(0), in_week(1)], np.int64))
NEXT = in_week(1, day=0)


def test_an_attribution_holds_from_the_first_week_that_starts_at_or_after_it() -> None:
    give = Attribution("ann", "bob", ((in_week(0), 0.25),))
    exactly = Attribution("bob", "ann", ((NEXT, 0.5),))

    result = attributions_by_epoch([give, exactly], ("ann", "bob"), TWO_WEEKS)

    assert result.epoch.tolist() == [1, 1]
    assert result.giver.tolist() == [0, 1]
    assert result.receiver.tolist() == [1, 0]
    assert result.proportion.tolist() == [0.25, 0.5]
    assert result.total_given(2, 2).tolist() == [[0, 0], [0.25, 0.5]]


def test_rounding_above_everything_is_not_giving_more_than_everything() -> None:
    giving = [Attribution("ann", to, ((0, 0.1),)) for to in "bcdefghijk"]
    names = ("ann", *"bcdefghijk")

    given = attributions_by_epoch(giving, names, TWO_WEEKS).total_given(2, 11)

    assert given[0, 0] == pytest.approx(1)
    assert given.max() <= 1


def test_bad_attributions_are_refused_by_name() -> None:
    once = Attribution("ann", "bob", ((0, 0.5),))

    for bad, match in (
        ([Attribution("eve", "bob", ())], "'eve'"),
        ([Attribution("ann", "eve", ())], "'eve'"),
        ([once, once], "'ann' to 'bob' is listed twice"),
        ([Attribution("ann", "bob", ((2, 0.5), (1, 0.5)))], "'ann' to 'bob'.*order"),
        ([Attribution("ann", "bob", ((0, 1.5),))], "'ann' to 'bob'.*1.5"),
        ([Attribution("ann", "bob", ((0, np.nan),))], "'ann' to 'bob'.*nan"),
        ([once, Attribution("ann", "cat", ((NEXT, 0.75),))], f"'ann' sum to 1.25.*{NEXT}"),
    ):
        with pytest.raises(InvalidInputError, match=match):
            attributions_by_epoch(bad, ("ann", "bob", "cat"), TWO_WEEKS)
