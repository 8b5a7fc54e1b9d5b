"""Flow that follows changes: as right as it promises, or it says that it can't."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cred import liveflow
from cred.credrank import Engine, Ranking, credrank
from cred.epochs import WEEK_MS, Epochs
from cred.errors import NotFollowedError
from cred.graph import ContributionGraph
from cred.graphfile import read
from cred.liveflow import LiveFlow
from cred.parameters import Parameters
from tests.cred.graphs import MINTS, SUNDAY, WEIGHTS, a_file, in_week, rank
from tests.cred.test_folded import a_graph

THRESHOLD = 1e-9
PEOPLE = ("ann", "bob", "cat")


def numbers(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def floats(*values: float) -> NDArray[np.float64]:
    return np.array(values, np.float64)


def flow_of(ranking: Ranking, parameters: Parameters, threshold: float = THRESHOLD) -> LiveFlow:
    graph = ranking.graph
    base = np.flatnonzero(graph.participant < 0)
    nodes = np.zeros(len(graph.mint))
    nodes[base] = ranking.stationary.flow[: len(base)]
    weeks = ranking.stationary.flow[len(base) :].reshape(len(ranking.epochs), -1)
    return LiveFlow(graph, ranking.epochs, parameters, nodes, weeks, threshold=threshold)


@dataclass
class Mirror:
    """A graph beside its live flow: every change is made to both."""

    graph: ContributionGraph
    parameters: Parameters
    flow: LiveFlow
    weeks: int
    participant: list[int]
    ends: list[tuple[int, int, int]]
    """Nodes and week of each edge."""
    numbers: list[int] = field(default_factory=list)
    """What the flow calls each edge."""

    @classmethod
    def of(cls, edges: int, draw: Callable[[st.SearchStrategy[float]], float]) -> "Mirror":
        """Start from a graph of four contributions and three people, drawn."""
        names = ["n0", "n1", "n2", "n3", *PEOPLE]
        ends = [(f"n{at % 4}", names[(at * 3 + 1) % 7], at % 3) for at in range(edges)]
        content = a_file(
            {f"n{at}": draw(MINTS) + (at == 0) for at in range(4)},
            [
                *(
                    (one, other, week, draw(WEIGHTS), draw(WEIGHTS))
                    for one, other, week in ends
                ),
                ("n0", "ann", 0, 1.0, 0.5),
                ("n3", "bob", 2, 1.0, 0.0),
            ],
            PEOPLE,
        )
        ranking = rank(content)
        parameters = Parameters()
        graph = ranking.graph
        week = ranking.epochs.of(graph.edge_ms)
        return cls(
            graph,
            parameters,
            flow_of(ranking, parameters),
            len(ranking.epochs),
            graph.participant.tolist(),
            list(zip(graph.source.tolist(), graph.target.tolist(), week.tolist(), strict=True)),
            list(range(len(graph.source))),
        )

    def reweigh(self, edge: int, forward: float, backward: float) -> None:
        weights = self.graph.forward.copy(), self.graph.backward.copy()
        weights[0][edge], weights[1][edge] = forward, backward
        self.graph = replace(self.graph, forward=weights[0], backward=weights[1])
        self.flow.reweigh(numbers(self.numbers[edge]), floats(forward), floats(backward))

    def mint(self, node: int, mint: float) -> None:
        minted = self.graph.mint.copy()
        minted[node] = mint
        self.graph = replace(self.graph, mint=minted)
        self.flow.set_mint(numbers(node), floats(mint))

    def add_node(self, person: int) -> None:
        self.participant.append(person)
        self.graph = replace(
            self.graph,
            mint=np.append(self.graph.mint, 0.0),
            node_ms=np.append(self.graph.node_ms, SUNDAY),
            present=np.append(self.graph.present, True),
            participant=numbers(*self.participant).astype(np.int32),
        )
        self.flow.add_nodes(1)

    def add_person(self) -> None:
        people = (*self.graph.participants, f"new {len(self.graph.participants)}")
        self.graph = replace(self.graph, participants=people)
        self.flow.add_participant()
        self.add_node(len(people) - 1)

    def join(
        self, source: int, target: int, week: int, forward: float, backward: float
    ) -> None:
        at_ms = numbers(in_week(week))
        self.flow.reach(at_ms)
        self.weeks = max(self.weeks, week + 1)
        rows = [
            self.flow.rows_of(numbers(node), numbers(self.participant[node]), at_ms)
            for node in (source, target)
        ]
        joined = self.flow.join(rows[0], rows[1], floats(forward), floats(backward))
        self.numbers += joined.tolist()
        graph = self.graph
        self.graph = replace(
            graph,
            source=np.append(graph.source, source),
            target=np.append(graph.target, target),
            edge_ms=np.append(graph.edge_ms, in_week(week)),
            forward=np.append(graph.forward, forward),
            backward=np.append(graph.backward, backward),
            row=np.append(graph.row, 0),
        )

    def accrues(self) -> float:
        """Return what part of all flow accrues, on the graph as it is."""
        solution = self.ranked().stationary
        return float(solution.accumulated.sum() / solution.seed)

    def solved(self) -> NDArray[np.float64]:
        return self.ranked().scores.cred

    def ranked(self) -> Ranking:
        starts = SUNDAY + np.arange(self.weeks) * WEEK_MS
        return credrank(
            self.graph,
            parameters=self.parameters,
            epochs=Epochs(starts, SUNDAY + self.weeks * WEEK_MS),
            engine=Engine.PLAIN,
        )


@given(st.data())
def test_after_any_changes_everybody_has_what_solving_anew_gives(data: st.DataObject) -> None:
    def draw(strategy: st.SearchStrategy[float]) -> float:
        return data.draw(strategy)

    mirror = Mirror.of(data.draw(st.integers(0, 12)), draw)
    for _ in range(data.draw(st.integers(1, 12))):
        match data.draw(
            st.sampled_from(["reweigh", "mint", "node", "person", "join", "settle"])
        ):
            case "reweigh":
                edge = data.draw(st.integers(0, len(mirror.numbers) - 1))
                mirror.reweigh(edge, draw(WEIGHTS), draw(WEIGHTS))
            case "mint":
                mirror.mint(data.draw(st.integers(1, 3)), draw(MINTS))
            case "node":
                mirror.add_node(-1)
            case "person":
                mirror.add_person()
            case "join":
                node = st.integers(0, len(mirror.participant) - 1)
                mirror.join(
                    data.draw(node),
                    data.draw(node),
                    data.draw(st.integers(0, 4)),
                    draw(WEIGHTS),
                    draw(WEIGHTS),
                )
            case _:
                with suppress(NotFollowedError):
                    mirror.flow.settle()
    solved = mirror.solved()
    try:
        mirror.flow.settle()
    except NotFollowedError:
        assert solved.sum() == 0.0 or mirror.accrues() < 1e-8
        return

    cred, error = mirror.flow.cred(), mirror.flow.error()
    assert cred.shape == solved.shape
    assert np.abs(cred - solved).sum() <= (error + 1e-12) * solved.sum()
    assert error * mirror.accrues() < 1e-6
    # However little somebody has, as thresholds are of each row; but for rounding, of all flow.
    rounding = 1e-11 / mirror.accrues() * solved.sum()
    assert cred == pytest.approx(solved, rel=1e-6, abs=rounding)


def test_it_begins_where_the_ranking_is() -> None:
    ranking = rank(
        a_file({"a": 1.0, "b": 2.0}, [("a", "ann", 0, 1, 1), ("b", "bob", 3, 1, 1)], PEOPLE)
    )
    flow = flow_of(ranking, Parameters())

    assert flow.error() < 1e-12
    assert flow.settle() == 0
    np.testing.assert_allclose(flow.cred(), ranking.scores.cred, rtol=1e-12)


def test_a_coarse_threshold_says_how_coarse() -> None:
    edges = [("a", "ann", 0, 1.0, 1.0), ("a", "bob", 1, 1.0, 1.0), ("b", "bob", 2, 1.0, 0.5)]
    ranking = rank(a_file({"a": 1.0, "b": 2.0}, edges, PEOPLE))
    flow = flow_of(ranking, Parameters(), threshold=1e-2)

    flow.set_mint(numbers(1), floats(2.5))
    flow.settle()

    exact = rank(a_file({"a": 1.0, "b": 2.5}, edges, PEOPLE)).scores.cred
    off = np.abs(flow.cred() - exact).sum() / exact.sum()
    assert 1e-6 < off <= flow.error() < 0.1


def test_no_error_is_larger_than_what_is_told_however_much_waits_to_be_pushed() -> None:
    """Nearly all flow accrues, so what bob lacks changes his share and ann's."""
    parameters = Parameters(0.005, 0.99, 0.0, 0.0)
    edges = [("a", "ann", 0, 1.0, 0.0), ("b", "bob", 0, 1.0, 0.0)]

    def ranked(mint: float) -> Ranking:
        graph = rank(a_file({"a": 1.0, "b": mint}, edges, PEOPLE)).graph
        return credrank(graph, parameters=parameters)

    flow = flow_of(ranked(1.0), parameters, threshold=0.9)
    for mint in (0.9, 0.8, 0.5, 0.2, 1.5, 1.8):
        flow.set_mint(numbers(1), floats(mint))

        pushes = flow.settle()

        exact = ranked(mint).scores.cred
        off = np.abs(flow.cred() / flow.cred().sum() - exact / exact.sum()).sum()
        assert pushes == 0
        assert off <= flow.error() < 3.0 * off


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize("threshold", [1e-3, 1e-6, 1e-13])
@pytest.mark.parametrize("seed", range(4))
def test_time_and_again_no_row_lacks_more_than_the_threshold(
    seed: int, threshold: float
) -> None:
    file, draw = read(a_graph(seed)), np.random.default_rng(seed)
    ranking = credrank(file.graph(), parameters=file.parameters, tolerance=1e-2)
    flow = flow_of(ranking, file.parameters, threshold=threshold)
    contributions = np.flatnonzero(ranking.graph.participant < 0)
    edges = np.arange(len(ranking.graph.source))
    for _ in range(12):
        flow.settle()

        through, lacks = flow._flow, np.abs(flow._lacks)  # noqa: SLF001 - no row may differ
        assert np.all(lacks <= np.maximum(threshold * through, 1e-18 * flow.minted))
        told = flow.error() * file.parameters.accrual * flow._by_week().sum() / 2  # noqa: SLF001
        assert lacks.sum() <= told * (1 + 1e-9)
        assert told <= lacks.sum() * (1 + 1e-9) + 1e-12 * flow.minted
        flow.set_mint(draw.choice(contributions, 1), draw.lognormal(0, 2, 1))
        flow.reweigh(draw.choice(edges, 1), draw.lognormal(0, 2, 1), draw.lognormal(0, 2, 1))


def test_what_takes_longer_than_solving_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(liveflow, "_MOST_WORK", 0)
    flow = flow_of(rank(a_file({"a": 1.0}, [("a", "ann", 0, 1.0, 1.0)])), Parameters())
    flow.set_mint(numbers(0), floats(2.0))

    with pytest.raises(NotFollowedError, match="too much changed"):
        flow.settle()


def test_all_of_somebodys_flow_can_go_away() -> None:
    edges = [("a", "ann", 0, 1.0, 1.0), ("b", "bob", 0, 1.0, 1.0), ("c", "ann", 2, 1.0, 1.0)]
    flow = flow_of(rank(a_file({"a": 1.0, "b": 2.0, "c": 0.0}, edges, PEOPLE)), Parameters())

    flow.reweigh(numbers(1), floats(0.0), floats(0.0))
    flow.settle()

    assert flow.cred()[1].sum() < 1e-15
    assert flow.cred().sum() == pytest.approx(3.0)


def test_what_rounding_leaves_of_much_that_went_away_is_told_and_never_below_0() -> None:
    edges = [("a", "ann", 0, 1.0, 1.0), ("b", "bob", 2, 1.0, 1.0)]
    flow = flow_of(rank(a_file({"a": 1.0, "b": 0.7e9}, edges, PEOPLE)), Parameters())

    flow.set_mint(numbers(1), floats(0.0))
    flow.settle()

    exact = rank(a_file({"a": 1.0, "b": 0.0}, edges, PEOPLE)).scores.cred
    assert 0.0 < np.abs(flow.cred() - exact).sum() <= flow.error() * exact.sum()
    assert flow.cred().min() >= 0.0


@pytest.mark.parametrize("week", [-1, 50])
def test_what_is_dated_far_from_the_weeks_there_are_is_not_followed(week: int) -> None:
    flow = flow_of(rank(a_file({"a": 1.0}, [("a", "ann", 0, 1, 1)])), Parameters())

    with pytest.raises(NotFollowedError, match="dated where there are no weeks"):
        flow.reach(numbers(in_week(week)))


def test_what_there_is_no_room_for_is_not_followed() -> None:
    flow = flow_of(rank(a_file({"a": 1.0}, [("a", "ann", 0, 1, 1)])), Parameters())
    row, many = numbers(0), 20_000

    with pytest.raises(NotFollowedError, match="more came than"):
        flow.add_nodes(many)
    with pytest.raises(NotFollowedError, match="more came than"):
        flow.join(row.repeat(many), row.repeat(many), np.ones(many), np.ones(many))
    for _ in range(64):
        flow.add_participant()
    with pytest.raises(NotFollowedError, match="more people"):
        flow.add_participant()
