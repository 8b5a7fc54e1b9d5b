"""The plain solver at its limits: no return to the seed, no way out, slow chains."""

import numpy as np
import pytest

from cred.chain.parameters import Parameters
from cred.chain.webbing import webbing
from cred.credrank import Engine, Ranking, credrank
from cred.errors import InvalidInputError, NotConvergedError
from cred.files.graph_file import parse_graph_file
from tests.cred.graphs import Content, a_file
from tests.cred.reference import dense_eigenvector

NO_RETURN = Parameters(seed_return=0)


def rank(content: Content, parameters: Parameters) -> Ranking:
    return credrank(parse_graph_file(content).graph(), parameters=parameters)


def test_without_seed_return_everything_accrues_in_the_end() -> None:
    content = a_file(
        {"m": 1, "n": 2}, [("m", "n", 0, 1, 1), ("m", "ann", 0, 1, 1), ("n", "ann", 1, 1, 1)]
    )

    ranking = rank(content, NO_RETURN)

    oracle = dense_eigenvector(ranking.chain)
    distribution = ranking.stationary.distribution(ranking.chain)
    assert distribution == pytest.approx(oracle, rel=1e-9)
    assert ranking.scores.cred.sum() == pytest.approx(3)


def test_flow_that_can_never_leave_is_refused_by_name() -> None:
    content = a_file({"m": 1, "n": 1}, [("m", "n", 0, 1, 1), ("n", "ann", 0, 0, 1)])

    with pytest.raises(InvalidInputError, match="c/m"):
        rank(content, NO_RETURN)


def test_a_participant_who_keeps_everything_is_refused_by_name() -> None:
    """Ann passes all that accrues on to herself: nothing accrues, nothing returns."""
    give = {"toParticipantId": "ann", "proportions": [{"timestampMs": 0, "proportionValue": 1}]}
    content = a_file(
        {"m": 1, "n": 1},
        [("m", "ann", 0, 1, 1)],
        personalAttributions=[{"fromParticipantId": "ann", "recipients": [give]}],
    )
    file = parse_graph_file(content)

    with pytest.raises(InvalidInputError, match="IDENTITY/ann"):
        credrank(
            file.graph(),
            parameters=Parameters(0, 0.8, 0.1, 0.1),
            attributions=file.attributions,
        )


def test_a_trap_that_nothing_reaches_does_no_harm() -> None:
    content = a_file({"m": 1, "n": 0, "o": 0}, [("m", "ann", 0, 1, 0), ("n", "o", 0, 1, 1)])

    assert rank(content, NO_RETURN).scores.cred.sum() == pytest.approx(1)


def test_an_almost_closed_part_ends_in_an_error_not_in_a_hang() -> None:
    content = a_file({"m": 1, "n": 1}, [("m", "n", 0, 1, 1), ("m", "ann", 0, 1e-9, 0)])
    parameters = Parameters(seed_return=1e-9)

    with pytest.raises(NotConvergedError):
        credrank(
            parse_graph_file(content).graph(),
            parameters=parameters,
            max_steps=2000,
            engine=Engine.PLAIN,
        )


@pytest.mark.parametrize("weeks", [1, 2, 5])
@pytest.mark.parametrize(
    "parameters",
    [
        Parameters(),
        Parameters(0.1, 0.4, 0.0, 0.0),
        Parameters(0.1, 0.4, 0.5, 0.0),
        Parameters(0.1, 0.4, 0.0, 0.5),
        Parameters(0.0, 1e-6, 0.4, 0.6 - 1e-6),
    ],
)
def test_webbing_solves_its_system_and_the_transposed_one(
    parameters: Parameters, weeks: int
) -> None:
    forward, backward = parameters.webbing_forward, parameters.webbing_backward
    web = np.zeros((weeks, weeks))
    for week in range(weeks):
        web[week, min(week + 1, weeks - 1)] += forward
        web[week, max(week - 1, 0)] += backward
    matrix = np.eye(weeks) - web.T
    solver = webbing(parameters, weeks)

    inflow = np.arange(1.0, 2 * weeks + 1).reshape(weeks, 2)
    through = solver.solve(inflow.copy())
    value = np.linspace(0, 1, weeks)

    assert matrix @ through == pytest.approx(inflow, rel=1e-9)
    assert matrix.T @ solver.solve_transposed(value) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_webbing_that_nothing_leaves_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="webbing_forward"):
        webbing(Parameters(0, 0, 0.5, 0.5), 3)
