"""What-ifs: the same results as scoring again, and rates that finite differences confirm."""

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


def likes(*, mints_item: bool = False, scaled_by_item: bool = False) -> Structure:
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
    structure = likes()
    what_ifs = what_if(structure)
    what_ifs.outcome(SET)

    outcome = what_ifs.outcome(weights, tolerance=1e-12)

    people = participants_by_account(structure, {ANN: "ann", BOB: "bob", CAT: "cat"})
    anew = credrank(apply_weights(structure, weights, people), attributions=GIVES).scores
    assert outcome.epochs.starts_ms.tolist() == anew.epochs.starts_ms.tolist()
    np.testing.assert_allclose(outcome.cred, anew.cred, rtol=1e-11, atol=1e-12)
    assert outcome.total_mint == pytest.approx(anew.total_mint, rel=1e-14)


def test_only_what_switches_something_off_or_on_is_compiled_anew() -> None:
    what_ifs = what_if(likes())
    for emoji in (1.0, 2.0, 0.3):
        what_ifs.outcome(Weights(factors={"emoji": FactorTable(emoji)}))
    assert what_ifs.compilations == 1

    what_ifs.outcome(Weights(factors={"emoji": FactorTable(1.0, {"🎉": 0.0})}))

    assert what_ifs.compilations == 2


def test_only_other_weights_of_edges_are_reduced_anew() -> None:
    what_ifs = what_if(likes())
    reduced = what_ifs.outcome(SET).reduced

    again = what_ifs.outcome(replace(SET, factors={"emoji": FactorTable(3.0)})).reduced
    anew = what_ifs.outcome(replace(SET, edges={("chat",): EdgeWeight(0.5, 2.0)})).reduced

    assert again is reduced
    assert anew is not reduced
    assert what_ifs.compilations == 1


@pytest.mark.parametrize("scaled", [False, True])
def test_what_was_asked_before_changes_no_answer(scaled: bool) -> None:  # noqa: FBT001 - a case
    what_ifs = what_if(likes(scaled_by_item=scaled))
    questions = [SET, *OTHERS, *reversed(OTHERS), SET]

    for weights in questions:
        fresh = what_if(likes(scaled_by_item=scaled)).outcome(weights)

        np.testing.assert_array_equal(what_ifs.outcome(weights).cred, fresh.cred)


def test_weights_under_which_nothing_mints_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="above 0"):
        what_if(likes()).outcome(Weights(nodes={(): 0.0}))


def test_a_chain_without_seed_return_is_refused() -> None:
    structure = likes()
    people = participants_by_account(structure, {ANN: "ann"})

    with pytest.raises(InvalidInputError, match="seed_return"):
        WhatIf(structure, people, parameters=Parameters(seed_return=0.0))


def rates_of_ann(
    structure: Structure, weights: Weights
) -> tuple[list[Rate], Callable[..., float]]:
    """Return the rates of ann's cred, and a function that gives it under other weights."""
    what_ifs = what_if(structure)
    outcome = what_ifs.outcome(weights, tolerance=1e-13)
    gradient = what_ifs.gradient(outcome, 0)

    def cred_of_ann(other: Weights) -> float:
        return float(what_ifs.outcome(other, tolerance=1e-13).cred[0].sum())

    return rates(structure, weights, outcome.graph, gradient), cred_of_ann


def change_weight(weights: Weights, rate: Rate, by: float) -> Weights:
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
    in_effect = declared.get(rate.prefix[-1], EdgeWeight(1, 1))
    pair = list(weights.edges.get(rate.prefix) or in_effect)
    pair[0 if rate.kind is WeightKind.FORWARD else 1] = value
    return replace(weights, edges={**weights.edges, rate.prefix: EdgeWeight(*pair)})


@pytest.mark.parametrize("weights", [SET, replace(SET, averaging=0.5)])
@pytest.mark.parametrize(
    "structure", [likes(), likes(mints_item=True), likes(scaled_by_item=True)]
)
def test_rates_of_named_weights_are_finite_differences(
    structure: Structure, weights: Weights
) -> None:
    listed, cred_of_ann = rates_of_ann(structure, weights)

    named = {(rate.kind, rate.prefix, rate.factor, rate.key) for rate in listed}
    assert len(named) == len(listed) == 5 + 2 * 3 + 3 + 4
    now, step = cred_of_ann(weights), 1e-5
    for rate in listed:
        difference = (cred_of_ann(change_weight(weights, rate, step)) - now) / step
        if rate.weight > 0:
            below = (now - cred_of_ann(change_weight(weights, rate, -step))) / step
            difference = (difference + below) / 2
        assert rate.rate == pytest.approx(difference, rel=1e-3, abs=1e-4), rate


@pytest.mark.parametrize("weeks", [slice(0, 1), slice(1, None)])
def test_rates_may_be_of_some_weeks_cred(weeks: slice) -> None:
    what_ifs = what_if(likes())
    outcome = what_ifs.outcome(SET, tolerance=1e-13)
    changed = replace(SET, nodes={**SET.nodes, ("chat", "LIKE"): 3.0 + 1e-6})
    after = what_ifs.outcome(changed, tolerance=1e-13)

    rate = what_ifs.gradient(outcome, 0, weeks).mint

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
@pytest.mark.parametrize("structure", [likes(), likes(mints_item=True)])
@pytest.mark.parametrize(
    "factors", [{}, {"role": FactorTable(2.0, {"mod": 3.0}), "tag": FactorTable(1.5)}]
)
def test_weights_that_nobody_set_have_rates_at_the_weight_in_effect(
    structure: Structure, factors: dict[str, FactorTable], averaging: float | None
) -> None:
    weights = Weights(nodes={("chat", "POST"): 1.5}, factors=factors, averaging=averaging)
    what_ifs = what_if(structure)
    outcome = what_ifs.outcome(weights, tolerance=1e-13)
    gradient = what_ifs.gradient(outcome, 0)
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

    def cred_of_ann(other: Weights) -> float:
        return float(what_ifs.outcome(other, tolerance=1e-13).cred[0].sum())

    new = [rate for rate in listed if rate not in known]
    set_already = sum(len(table.values) for table in factors.values())
    assert len(listed) - len(known) == 5 + 2 * 3 + 7 - set_already
    assert len(new) == len(listed) - len(known)
    now, step = cred_of_ann(weights), 1e-5
    for rate in new:
        upwards = cred_of_ann(change_weight(weights, rate, step)) - now
        assert cred_of_ann(change_weight(weights, rate, 0.0)) == pytest.approx(now, rel=1e-12)
        assert rate.rate == pytest.approx(upwards / step, rel=1e-3, abs=1e-3), rate


def test_of_several_keys_the_first_that_is_listed_is_in_effect() -> None:
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
    outcome = what_if(likes()).outcome()
    still = Gradient(outcome.graph.mint, outcome.graph.forward, outcome.graph.backward)

    with pytest.raises(InvalidInputError, match="no factor 'mood'"):
        rates(likes(), Weights(), outcome.graph, still, keys=[("mood", "good")])


def test_scaling_all_mints_scales_cred_alike() -> None:
    """Euler: the prefix of all nodes multiplies every mint, so its rate is cred / weight."""
    structure = likes()
    weights = Weights(nodes={(): 2.0})

    listed, cred_of_ann = rates_of_ann(structure, weights)

    whole = next(rate for rate in listed if rate.kind is WeightKind.NODE and rate.prefix == ())
    assert whole.rate == pytest.approx(cred_of_ann(weights) / 2.0)
