"""What if: the same answers as scoring anew, and rates that finite differences confirm."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cred.chain.attributions import Attribution
from cred.chain.parameters import Parameters
from cred.credrank import credrank
from cred.errors import InvalidInputError
from cred.graph.identities import participants_by_account
from cred.graph.structure import Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import EdgeWeight, FactorTable, Weights
from cred.solver.reduced_system import Gradient
from cred.whatif.mint_basis import MintBasis
from cred.whatif.sensitivity import Rate, WeightKind, rates
from cred.whatif.whatif import WhatIf
from tests.cred.community import ANN, BOB, CAT, Like, community
from tests.cred.graphs import in_week

GIVES = (Attribution("ann", "cat", ((in_week(0), 0.25),)),)
SET = Weights(
    nodes={
        ("chat", "LIKE"): 3.0,
        ("chat", "POST"): 1.5,
        ("chat",): 2.0,
        ("chat", "POST", "post1"): 0.0,
    },
    edges={("chat", "WROTE"): EdgeWeight(0.5, 2.0), ("chat", "LIKES"): EdgeWeight(1.0, 0.0)},
    factors={
        "emoji": FactorTable(1.0, {"👍": 2.0, "🎉": 0.5}),
        "role": FactorTable(1.0, {"mod": 4.0}),
        "tag": FactorTable(1.5, {"good": 3.0}),
    },
)
OTHERS = [
    Weights(),
    replace(SET, factors={"emoji": FactorTable(2.0)}),
    replace(SET, factors={"emoji": FactorTable(1.0, {"👍": 0.0})}),
    replace(SET, edges={("chat",): EdgeWeight(0.1, 7.0)}),
    replace(SET, averaging=0.5),
]


def liked(*, mints_item: bool = False, scaled_by_item: bool = False) -> Structure:
    return community(
        [
            Like(BOB, 0),
            Like(CAT, 0, roles=("mod",), tags=("good", "odd")),
            Like(ANN, 1, emoji=("🎉",)),
            Like(CAT, 1, tags=("good",)),
            Like(BOB, 2, emoji=("🎉",), void=True),
            Like(ANN, 2, roles=("mod", "other"), tags=("good",)),
            Like(ANN, 0, emoji=("🎉",), roles=None),
            Like(CAT, 2, emoji=None),
            Like(BOB, 3, void=True),
        ],
        authors=(ANN, BOB, CAT, ANN),
        mints_item=mints_item,
        scaled_by_item=scaled_by_item,
    )


def what_if(structure: Structure) -> WhatIf:
    people = participants_by_account(structure, {ANN: "ann", BOB: "bob", CAT: "cat"})
    return WhatIf(structure, people, attributions=GIVES)


@pytest.mark.parametrize("weights", [SET, *OTHERS])
def test_the_outcome_is_what_scoring_anew_gives(weights: Weights) -> None:
    structure = liked()
    asked = what_if(structure)
    asked.outcome(SET)

    outcome = asked.outcome(weights, tolerance=1e-12)

    people = participants_by_account(structure, {ANN: "ann", BOB: "bob", CAT: "cat"})
    anew = credrank(apply_weights(structure, weights, people), attributions=GIVES).scores
    assert outcome.epochs.starts_ms.tolist() == anew.epochs.starts_ms.tolist()
    np.testing.assert_allclose(outcome.cred, anew.cred, rtol=1e-11, atol=1e-12)
    assert outcome.total_mint == pytest.approx(anew.total_mint, rel=1e-14)


def test_only_what_switches_something_off_or_on_is_compiled_anew() -> None:
    asked = what_if(liked())
    for emoji in (1.0, 2.0, 0.3):
        asked.outcome(Weights(factors={"emoji": FactorTable(emoji)}))
    assert asked.compilations == 1

    asked.outcome(Weights(factors={"emoji": FactorTable(1.0, {"🎉": 0.0})}))

    assert asked.compilations == 2


def test_only_other_weights_of_edges_are_reduced_anew() -> None:
    asked = what_if(liked())
    reduced = asked.outcome(SET).reduced

    again = asked.outcome(replace(SET, factors={"emoji": FactorTable(3.0)})).reduced
    anew = asked.outcome(replace(SET, edges={("chat",): EdgeWeight(0.5, 2.0)})).reduced

    assert again is reduced
    assert anew is not reduced
    assert asked.compilations == 1


@pytest.mark.parametrize("scaled", [False, True])
def test_what_was_asked_before_changes_no_answer(scaled: bool) -> None:  # noqa: FBT001 - a case
    asked = what_if(liked(scaled_by_item=scaled))
    questions = [SET, *OTHERS, *reversed(OTHERS), SET]

    for weights in questions:
        fresh = what_if(liked(scaled_by_item=scaled)).outcome(weights)

        np.testing.assert_array_equal(asked.outcome(weights).cred, fresh.cred)


def test_weights_under_which_nothing_mints_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="above 0"):
        what_if(liked()).outcome(Weights(nodes={(): 0.0}))


def test_a_chain_without_seed_return_is_refused() -> None:
    structure = liked()
    people = participants_by_account(structure, {ANN: "ann"})

    with pytest.raises(InvalidInputError, match="seed_return"):
        WhatIf(structure, people, parameters=Parameters(seed_return=0.0))


def found(structure: Structure, weights: Weights) -> tuple[list[Rate], Callable[..., float]]:
    """Return the rates of ann's cred, and what it is under other weights."""
    asked = what_if(structure)
    outcome = asked.outcome(weights, tolerance=1e-13)
    gradient = asked.gradient(outcome, 0)

    def anns(other: Weights) -> float:
        return float(asked.outcome(other, tolerance=1e-13).cred[0].sum())

    return rates(structure, weights, outcome.graph, gradient), anns


def moved(weights: Weights, rate: Rate, by: float) -> Weights:
    value = rate.weight + by
    if rate.kind is WeightKind.NODE:
        return replace(weights, nodes={**weights.nodes, rate.prefix: value})
    if rate.kind is WeightKind.FACTOR:
        table = weights.factors.get(rate.factor, FactorTable())
        table = (
            replace(table, default=value)
            if rate.key is None
            else replace(table, values={**table.values, rate.key: value})
        )
        return replace(weights, factors={**weights.factors, rate.factor: table})
    declared = {"WROTE": EdgeWeight(0.25, 1), "GAVE": EdgeWeight(1, 0.0625),
                "LIKES": EdgeWeight(1, 0.5)}  # fmt: skip
    holds = declared.get(rate.prefix[-1], EdgeWeight(1, 1))
    pair = list(weights.edges.get(rate.prefix) or holds)
    pair[0 if rate.kind is WeightKind.FORWARD else 1] = value
    return replace(weights, edges={**weights.edges, rate.prefix: EdgeWeight(*pair)})


@pytest.mark.parametrize("weights", [SET, replace(SET, averaging=0.5)])
@pytest.mark.parametrize(
    "structure", [liked(), liked(mints_item=True), liked(scaled_by_item=True)]
)
def test_rates_of_named_weights_are_finite_differences(
    structure: Structure, weights: Weights
) -> None:
    listed, anns = found(structure, weights)

    assert len({(one.kind, one.prefix, one.factor, one.key) for one in listed}) == len(listed)
    assert len(listed) == 5 + 2 * 3 + 3 + 4
    for one in listed:
        step = 1e-5
        upwards = anns(moved(weights, one, step)) - anns(weights)
        if one.weight > 0:
            difference = (upwards + anns(weights) - anns(moved(weights, one, -step))) / step / 2
        else:
            difference = upwards / step
        assert one.rate == pytest.approx(difference, rel=1e-3, abs=1e-4), one


@pytest.mark.parametrize("weeks", [slice(0, 1), slice(1, None)])
def test_rates_may_be_of_some_weeks_cred(weeks: slice) -> None:
    asked = what_if(liked())
    outcome = asked.outcome(SET, tolerance=1e-13)
    moved = replace(SET, nodes={**SET.nodes, ("chat", "LIKE"): 3.0 + 1e-6})
    after = asked.outcome(moved, tolerance=1e-13)

    rate = asked.gradient(outcome, 0, weeks).mint

    difference = (after.cred - outcome.cred)[0, weeks].sum() / 1e-6
    by = (after.graph.mint - outcome.graph.mint) / 1e-6
    assert rate @ by == pytest.approx(difference, rel=1e-5)
    assert abs(difference) > 0.1
    assert not rate[outcome.graph.participant >= 0].any()


UNSET_NODES = [
    (),
    ("chat",),
    ("chat", "POST", "post1"),
    ("chat", "LIKE", "like3"),
    ("elsewhere",),
]
UNSET_EDGES = [("chat",), ("chat", "WROTE", "post1"), ("elsewhere",)]
UNSET_KEYS = [
    *(("emoji", "👍"), ("emoji", "🎉"), ("emoji", "nowhere")),
    *(("role", "mod"), ("role", "other"), ("tag", "good"), ("tag", "odd")),
]


@pytest.mark.parametrize("averaging", [None, 0.5])
@pytest.mark.parametrize("structure", [liked(), liked(mints_item=True)])
@pytest.mark.parametrize(
    "factors", [{}, {"role": FactorTable(2.0, {"mod": 3.0}), "tag": FactorTable(1.5)}]
)
def test_weights_that_nobody_set_have_rates_at_what_holds_now(
    structure: Structure, factors: dict[str, FactorTable], averaging: float | None
) -> None:
    weights = Weights(nodes={("chat", "POST"): 1.5}, factors=factors, averaging=averaging)
    asked = what_if(structure)
    outcome = asked.outcome(weights, tolerance=1e-13)
    gradient = asked.gradient(outcome, 0)
    known = rates(structure, weights, outcome.graph, gradient)

    listed = rates(
        structure,
        weights,
        outcome.graph,
        gradient,
        nodes=UNSET_NODES,
        edges=UNSET_EDGES,
        keys=UNSET_KEYS,
    )

    def anns(other: Weights) -> float:
        return float(asked.outcome(other, tolerance=1e-13).cred[0].sum())

    new = [one for one in listed if one not in known]
    set_already = sum(len(table.values) for table in factors.values())
    assert len(listed) - len(known) == 5 + 2 * 3 + 7 - set_already
    assert len(new) == len(listed) - len(known)
    for one in new:
        step = 1e-5
        upwards = anns(moved(weights, one, step)) - anns(weights)
        assert anns(moved(weights, one, 0.0)) == pytest.approx(anns(weights), rel=1e-12)
        assert one.rate == pytest.approx(upwards / step, rel=1e-3, abs=1e-3), one


def test_of_several_keys_the_first_that_is_listed_tells_what_holds() -> None:
    likes = [Like(BOB, 0, emoji=("🐙", "sea")), Like(CAT, 1, emoji=("🐙", "pet"))]
    structure, asked_keys = community(likes, authors=(ANN, BOB)), [("emoji", "🐙")]
    alike = Weights(factors={"emoji": FactorTable(1.0, {"sea": 3.0, "pet": 3.0})})
    unlike = Weights(factors={"emoji": FactorTable(1.0, {"sea": 3.0})})

    def octopus(weights: Weights) -> float:
        outcome = what_if(structure).outcome(weights)
        gradient = what_if(structure).gradient(outcome, 0)
        listed = rates(structure, weights, outcome.graph, gradient, keys=asked_keys)
        return next(rate.weight for rate in listed if rate.key == "🐙")

    assert octopus(alike) == 3.0
    with pytest.raises(InvalidInputError, match=r"from 1.0 to 3.0: set it first"):
        octopus(unlike)


def test_a_key_of_no_factor_is_refused() -> None:
    outcome = what_if(liked()).outcome()
    still = Gradient(outcome.graph.mint, outcome.graph.forward, outcome.graph.backward)

    with pytest.raises(InvalidInputError, match="no factor 'mood'"):
        rates(liked(), Weights(), outcome.graph, still, keys=[("mood", "good")])


def test_scaling_all_mints_scales_cred_alike() -> None:
    """Euler: the prefix of all nodes multiplies every mint, so its rate is cred / weight."""
    structure = liked()
    weights = Weights(nodes={(): 2.0})

    listed, anns = found(structure, weights)

    whole = next(one for one in listed if one.kind is WeightKind.NODE and one.prefix == ())
    assert whole.rate == pytest.approx(anns(weights) / 2.0)


@pytest.mark.parametrize("structure", [liked(), liked(mints_item=True)])
@pytest.mark.parametrize(
    ("factor", "tables"),
    [
        (
            "emoji",
            [FactorTable(), FactorTable(0.1, {"👍": 7.0}), FactorTable(2.0, {"🎉": 0.3})],
        ),
        ("role", [FactorTable(2.0, {"mod": 9.0}), FactorTable(0.5, {"other": 0.7})]),
        ("tag", [FactorTable(1.0, {"good": 5.0, "odd": 0.2}), FactorTable(3.0)]),
    ],
)
def test_a_basis_gives_the_outcomes_of_one_factor_s_weights(
    structure: Structure, factor: str, tables: list[FactorTable]
) -> None:
    asked = what_if(structure)

    basis = MintBasis(asked, structure, SET, factor, tolerance=1e-13)

    for table in tables:
        weights = replace(SET, factors={**SET.factors, factor: table})
        outcome = asked.outcome(weights, tolerance=1e-13)
        np.testing.assert_allclose(
            basis.cred_under(table), outcome.cred.sum(axis=1), rtol=1e-10
        )


@pytest.mark.parametrize("structure", [liked(), liked(mints_item=True)])
def test_a_basis_is_right_where_some_mint_far_more_than_others(structure: Structure) -> None:
    """With 👍 at 10⁻¹⁶, it counts as much as what has no emoji."""
    asked = what_if(structure)
    table = FactorTable(1e-16, {"🎉": 1e-16})
    weights = replace(SET, factors={"tag": FactorTable(1.0, {"good": 1e16})})

    basis = MintBasis(asked, structure, weights, "emoji", tolerance=1e-13)

    outcome = asked.outcome(
        replace(weights, factors={**weights.factors, "emoji": table}), tolerance=1e-13
    )
    np.testing.assert_allclose(basis.cred_under(table), outcome.cred.sum(axis=1), rtol=1e-10)


@pytest.mark.parametrize(
    ("structure", "weights", "factor", "named"),
    [
        (liked(), SET, "mood", "no factor"),
        (liked(), replace(SET, averaging=1.0), "emoji", "not linear"),
        (liked(scaled_by_item=True), SET, "emoji", "not linear"),
    ],
)
def test_where_cred_is_not_linear_there_is_no_basis(
    structure: Structure, weights: Weights, factor: str, named: str
) -> None:
    with pytest.raises(InvalidInputError, match=named):
        MintBasis(what_if(structure), structure, weights, factor)


def test_a_basis_refuses_a_weight_that_switches_something_off() -> None:
    structure = liked()
    basis = MintBasis(what_if(structure), structure, SET, "emoji")

    with pytest.raises(InvalidInputError, match="outcome instead"):
        basis.cred_under(FactorTable(0.0))


def test_everybody_s_change_is_a_finite_difference() -> None:
    structure = liked()
    asked = what_if(structure)
    before = asked.outcome(SET, tolerance=1e-13)
    other = replace(SET, nodes={**SET.nodes, ("chat", "LIKE"): 3.0 + 1e-6})
    after = asked.outcome(other, tolerance=1e-13)
    still = np.zeros(len(before.graph.forward))

    change = asked.directional_derivative(
        before, Gradient((after.graph.mint - before.graph.mint) / 1e-6, still, still)
    )

    np.testing.assert_allclose(change, (after.cred - before.cred) / 1e-6, atol=1e-5)
