"""The reduced system gives the plain chain's numbers, whatever the graph."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cred.chain.attributions import attributions_by_epoch
from cred.credrank import Engine, Ranking, credrank
from cred.epochs import epochs_covering
from cred.errors import NotConvergedError
from cred.files.graph_file import GraphFile, parse_graph_file
from cred.solver.compiled_graph import compile_graph
from cred.solver.inactive_weeks import runs_between, runs_to_the_end
from cred.solver.reduced_system import ReducedSystem
from tests.cred.graphs import Content, a_file, files, in_week
from tests.cred.vectors import PIPELINE, REAL, SMALL, SYNTH, beside, pipeline, small
from tests.laws import examples

PROMISED = 1e-12
NOTHING = 1e-150
"""As a part of all mint: near the limits of floating point no digit is promised."""


def assert_alike(file: GraphFile, **more: Any) -> tuple[Ranking, Ranking]:
    """Compare the reduced system with the plain chain; return both rankings."""
    plain = file.rank(engine=Engine.PLAIN, **more)
    reduced = file.rank(engine=Engine.REDUCED, **more)
    assert reduced.stationary.error <= PROMISED
    assert reduced.stationary.residual <= PROMISED
    distance = np.abs(reduced.scores.cred - plain.scores.cred).sum()
    assert distance <= PROMISED * plain.scores.total_mint
    nothing = NOTHING * plain.scores.total_mint
    for ours, theirs in (
        (reduced.scores.cred, plain.scores.cred),
        (reduced.scores.node_cred, plain.scores.node_cred),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=PROMISED, atol=nothing)
    return reduced, plain


@pytest.mark.parametrize("name", [name for name in SMALL if "-error-" not in name])
def test_small_vectors(name: str) -> None:
    for boundaries in (False, True):
        assert_alike(parse_graph_file(small(name)), sourcecred_boundaries=boundaries)


@pytest.mark.parametrize("name", [name for name in PIPELINE if "-error-" not in name])
def test_pipeline_vectors(name: str) -> None:
    assert_alike(parse_graph_file(pipeline(name)))


@pytest.mark.parametrize("name", SYNTH)
def test_made_up_communities(name: str) -> None:
    assert_alike(parse_graph_file(beside("synth", name)))


@pytest.mark.parametrize("name", REAL)
def test_real_communities(name: str) -> None:
    assert_alike(parse_graph_file(beside("real", name)))


@given(files())
@settings(max_examples=examples(200))
def test_any_small_graph(content: Content) -> None:
    assert_alike(parse_graph_file(content))


def a_graph(seed: int) -> Content:
    """Draw a graph of up to 300 contributions in up to 40 weeks that has everything at once.

    Threads, circles of replies, hubs, parallel edges, loops, edges between people, weights of 0
    and of very different sizes, quiet weeks, somebody whom nothing reaches.
    """
    draw = np.random.default_rng(seed)
    count, people = int(draw.integers(1, 300)), int(draw.integers(1, 12))
    weeks = int(draw.integers(1, 40))
    names = [f"n{at}" for at in range(count)] + [f"p{at}" for at in range(people)]
    mints = {
        name: float(draw.choice([0.0, 1.0, draw.lognormal(0, 3)])) for name in names[:count]
    }
    mints["n0"] = 1.0
    edges = []
    for _ in range(int(draw.integers(1, 900))):
        source = int(draw.integers(count + people))
        near = (source + int(draw.geometric(0.3))) % (count + people)
        hub = int(draw.integers(min(3, count)))
        target = int(draw.choice([near, near, hub, count + int(draw.integers(people)), source]))
        forward, backward = draw.choice([0.0, 1.0, 1 / 16, draw.lognormal(0, 4)], 2).tolist()
        week = int(draw.integers(weeks)) // 3 * 3
        edges.append((names[source], names[target], week, forward, backward))
    edges.append(("n0", "p0", 0, 1.0, 1.0))
    chances = 0.02 + 0.9 * draw.dirichlet([1, 1, 1, 1, 2])
    content = a_file(
        mints,
        edges,
        names[count:],
        parameters=dict(
            zip(
                ("alpha", "beta", "gammaForward", "gammaBackward"),
                chances.tolist(),
                strict=False,
            )
        ),
    )
    for node in content["nodes"][:count]:
        if draw.random() < 0.8:
            node["timestampMs"] = in_week(int(draw.integers(weeks)))
    if people > 1:
        content["personalAttributions"] = [
            {
                "fromParticipantId": "p0",
                "recipients": [
                    {
                        "toParticipantId": f"p{to}",
                        "proportions": [
                            {"timestampMs": in_week(week), "proportionValue": part}
                            for week, part in ((1, 0.3), (9, 0.0), (20, 0.5))
                        ],
                    }
                    for to in (0, 1)
                ],
            }
        ]
    return content


@pytest.mark.parametrize("seed", range(60))
def test_graphs_with_everything_at_once(seed: int) -> None:
    assert_alike(parse_graph_file(a_graph(seed)))


@pytest.mark.parametrize("seed", range(0, 60, 6))
@pytest.mark.parametrize("tolerance", [1e-2, 1e-6, 1e-10])
def test_all_errors_together_are_below_the_tolerance(seed: int, tolerance: float) -> None:
    file = parse_graph_file(a_graph(seed))
    exact = file.rank(engine=Engine.PLAIN)
    graph = file.graph()
    given = attributions_by_epoch(file.attributions, graph.participants, exact.epochs)
    compiled = compile_graph(
        graph, exact.epochs.indices(graph.edge_ms), given, weeks=len(exact.epochs)
    )

    flow = ReducedSystem(compiled, graph, file.parameters).solve(
        graph.mint, tolerance=tolerance, each=False
    )

    accrued = (exact.chain.accrual * flow.weeks).T
    cred = accrued * exact.scores.total_mint / accrued.sum()
    distance = np.abs(cred - exact.scores.cred).sum()
    assert distance <= (tolerance + 1e-13) * exact.scores.total_mint


@pytest.mark.parametrize("seed", range(0, 60, 6))
def test_one_compiled_graph_serves_all_weights(seed: int) -> None:
    """What is compiled for some weights is right for others, switched off and on again."""
    files = [parse_graph_file(a_graph(seed)) for _ in range(3)]
    draw = np.random.default_rng(seed)
    graphs = [file.graph() for file in files]
    epochs = epochs_covering(graphs[0].times_ms())
    given = attributions_by_epoch(files[0].attributions, graphs[0].participants, epochs)
    compiled = compile_graph(
        graphs[0], epochs.indices(graphs[0].edge_ms), given, weeks=len(epochs)
    )
    for graph in graphs[1:]:
        for weights in (graph.forward, graph.backward, graph.mint):
            weights[:] = weights * draw.choice([0.0, 1.0, 3.0], len(weights), p=[0.2, 0.5, 0.3])
        if not graph.mint.sum():
            graph.mint[graph.participant < 0] = 1.0
        plain = credrank(
            graph,
            parameters=files[0].parameters,
            attributions=files[0].attributions,
            epochs=epochs,
            engine=Engine.PLAIN,
        )

        flow = ReducedSystem(compiled, graph, files[0].parameters).solve(graph.mint)

        found = flow.by_row(plain.chain.nodes)
        np.testing.assert_allclose(found, plain.stationary.flow, rtol=PROMISED)


@pytest.mark.parametrize("seed", range(0, 60, 6))
def test_a_graph_compiled_before_gives_the_same_numbers_to_the_bit(seed: int) -> None:
    file = parse_graph_file(a_graph(seed))
    given: dict[str, Any] = {"parameters": file.parameters, "attributions": file.attributions}
    before = credrank(file.graph(), **given)
    graph = file.graph()
    for weights in (graph.mint, graph.forward, graph.backward):
        weights[:] = weights * np.random.default_rng(seed).choice([0.5, 1.0, 3.0], len(weights))

    again = credrank(graph, reuse=before.compiled, **given)

    anew = credrank(graph, **given)
    assert again.compiled is before.compiled
    assert anew.compiled is not before.compiled
    assert again.scores.cred.tobytes() == anew.scores.cred.tobytes()
    assert again.scores.node_cred.tobytes() == anew.scores.node_cred.tobytes()
    assert again.stationary.flow.tobytes() == anew.stationary.flow.tobytes()
    assert again.stationary.residual == anew.stationary.residual


@pytest.mark.parametrize("name", ["source", "target", "participant", "node_ms", "edge_ms"])
def test_only_the_same_graph_is_taken_for_compiled(name: str) -> None:
    file = parse_graph_file(a_graph(6))
    given: dict[str, Any] = {"parameters": file.parameters, "attributions": file.attributions}
    before, graph = file.rank().compiled, file.graph()
    column = getattr(graph, name).copy()
    at = -1 if name == "participant" else np.argmax(column != column[0])
    column[at] = column[at - 1]
    assert not np.array_equal(column, getattr(graph, name))
    graph = replace(graph, **{name: column})

    known = credrank(graph, reuse=before, **given)

    assert known.compiled is not before
    anew = credrank(graph, **given)
    assert known.scores.cred.tobytes() == anew.scores.cred.tobytes()


def test_other_attributions_are_compiled_anew() -> None:
    file = parse_graph_file(a_graph(6))
    before = file.rank().compiled

    unattributed = credrank(file.graph(), parameters=file.parameters, reuse=before)
    fewer = [
        replace(attribution, changes=tuple((at, part / 2) for at, part in attribution.changes))
        for attribution in file.attributions
    ]
    otherwise = credrank(
        file.graph(), parameters=file.parameters, attributions=fewer, reuse=before
    )

    assert file.attributions
    assert unattributed.compiled is not before
    assert otherwise.compiled is not before


def test_a_slow_chain_needs_few_sweeps() -> None:
    """Contributions pass nearly everything to each other, and hardly anything to ann."""
    names = [f"n{at}" for at in range(60)]
    edges = [(a, b, 0, 1.0, 1.0) for at, a in enumerate(names) for b in names[at + 1 :: 7]]
    edges.append(("n0", "ann", 0, 1e-3, 0.0))
    parameters = {"alpha": 0.02, "beta": 0.4, "gammaForward": 0.1, "gammaBackward": 0.1}
    content = a_file(dict.fromkeys(names, 1.0), edges, parameters=parameters)

    reduced, plain = assert_alike(parse_graph_file(content))

    assert 5 * reduced.stationary.steps < plain.stationary.steps


def test_sweeps_that_do_not_do_are_an_error() -> None:
    file = parse_graph_file(a_graph(1))
    graph = file.graph()
    epochs = epochs_covering(graph.times_ms())
    compiled = compile_graph(
        graph,
        epochs.indices(graph.edge_ms),
        attributions_by_epoch((), graph.participants, epochs),
        weeks=len(epochs),
    )

    with pytest.raises(NotConvergedError, match="after 3 steps"):
        ReducedSystem(compiled, graph, file.parameters).solve(graph.mint, max_steps=3)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(1e-9, 1), st.integers(1, 12))
def test_a_run_does_what_its_weeks_do_one_by_one(
    ahead: float, back: float, leak: float, weeks: int
) -> None:
    """Against the dense system of the run's weeks, entered at its first."""
    whole = ahead + back + leak
    ahead, back, leak = ahead / whole, back / whole, leak / whole
    web = np.diag(np.full(weeks - 1, ahead), 1) + np.diag(np.full(weeks - 1, back), -1)
    for runs, reflected in (
        (runs_between(ahead, back, leak, weeks), 0.0),
        (runs_to_the_end(ahead, back, leak, weeks), ahead),
    ):
        last = web.copy()
        last[-1, -1] += reflected
        visits = np.linalg.solve((np.eye(weeks) - last).T, np.eye(weeks)[0])
        passes = visits[-1] * (ahead - reflected)
        assert runs.passes[weeks] == pytest.approx(passes, rel=1e-6, abs=1e-12)
        assert runs.returns[weeks] == pytest.approx(visits[0] * back, rel=1e-6, abs=1e-12)
        assert runs.lost[weeks] == pytest.approx(visits.sum() * leak, rel=1e-6, abs=1e-12)
