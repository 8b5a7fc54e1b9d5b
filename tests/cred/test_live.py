"""Live scores of a small community: what follows, and what is refused rather than got wrong."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cred.attributions import Attribution
from cred.credrank import Ranking, credrank
from cred.dependencies import Dependency, with_bonus
from cred.epochs import WEEK_MS, Epochs, covering
from cred.errors import NotFollowedError
from cred.graph import ContributionGraph
from cred.identities import by_account
from cred.live import Live
from cred.structure import Structure
from cred.weighing import weigh
from cred.weights import FactorTable, Weights
from tests.cred.community import ANN, BOB, CAT, Like, community
from tests.cred.graphs import SUNDAY, in_week

pytestmark = pytest.mark.usefixtures("each_way")

AUTHORS = (ANN, BOB, CAT)
LIKES = [Like(BOB, 0), Like(CAT, 0), Like(ANN, 1), Like(ANN, 2)]


def weighed(structure: Structure, weights: Weights | None = None) -> ContributionGraph:
    people = by_account(structure, {ANN: "ann", BOB: "bob", CAT: "cat"})
    return weigh(structure, weights or Weights(), people)


def drawn(likes: list[Like], authors: tuple[int, ...] = AUTHORS) -> ContributionGraph:
    return weighed(community(likes, authors))


def assert_follows(before: ContributionGraph, after: ContributionGraph) -> None:
    live = Live(credrank(before), threshold=1e-12)

    live.follow(before, after)

    found, exact = live.scores(), credrank(after).scores
    assert found.participants == exact.participants
    assert found.total_mint == pytest.approx(exact.total_mint)
    np.testing.assert_allclose(found.cred, exact.cred, rtol=1e-9)
    assert np.abs(found.cred - exact.cred).sum() <= found.error * exact.total_mint


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (drawn(LIKES[1:]), drawn(LIKES)),
        (drawn(LIKES), drawn(LIKES[1:])),
        (drawn(LIKES), drawn(LIKES[::-1])),
        (drawn(LIKES[:3], AUTHORS), drawn([*LIKES, Like(BOB, 3)], (*AUTHORS, ANN))),
        (drawn(LIKES), drawn(LIKES, (ANN, BOB, BOB))),
    ],
    ids=["a like", "one taken back", "another order", "a week more", "another author"],
)
def test_live_scores_are_those_of_the_graph_as_it_is_now(
    before: ContributionGraph, after: ContributionGraph
) -> None:
    assert_follows(before, after)


def test_weights_of_what_is_there_already_are_followed() -> None:
    structure = community(LIKES, AUTHORS)
    weights = Weights(factors={"emoji": FactorTable(3.0)})

    assert_follows(weighed(structure), weighed(structure, weights))


def attributed() -> Ranking:
    return credrank(
        drawn(LIKES), attributions=[Attribution("ann", "bob", ((in_week(-1), 0.5),))]
    )


def with_a_bonus() -> Ranking:
    graph = drawn(LIKES)
    epochs = covering(graph.times_ms())
    return credrank(with_bonus(graph, [Dependency("ann", ((SUNDAY, 1.0),))], epochs))


def with_the_reference_s_boundaries() -> Ranking:
    return credrank(drawn(LIKES), sourcecred_boundaries=True)


def with_epochs(first: int, weeks: int, length: int = WEEK_MS) -> Ranking:
    starts = SUNDAY + (first + np.arange(weeks)) * length
    return credrank(drawn(LIKES), epochs=Epochs(starts, int(starts[-1]) + length))


@pytest.mark.parametrize(
    "ranking",
    [
        attributed,
        with_a_bonus,
        with_the_reference_s_boundaries,
        pytest.param(lambda: with_epochs(1, 2), id="week 0 is counted in week 1"),
        pytest.param(lambda: with_epochs(0, 2), id="week 2 is counted in week 1"),
        pytest.param(lambda: with_epochs(0, 30, WEEK_MS // 7), id="days"),
    ],
)
def test_a_ranking_with_what_live_scores_know_nothing_of_is_not_followed(
    ranking: Callable[[], Ranking],
) -> None:
    with pytest.raises(NotFollowedError, match="live scores know no"):
        Live(ranking())


def test_kinds_that_were_not_there_are_not_followed() -> None:
    graph = drawn(LIKES)
    structure = replace(graph.structure, node_kinds=graph.structure.node_kinds[::-1])

    with pytest.raises(NotFollowedError, match="other kinds"):
        Live(credrank(graph)).follow(graph, replace(graph, structure=structure))


def test_what_disappears_but_never_was_there_is_not_followed() -> None:
    live = Live(credrank(drawn(LIKES[1:])))

    with pytest.raises(NotFollowedError, match="never there"):
        live.follow(drawn(LIKES), drawn(LIKES[1:]))


@pytest.mark.parametrize("emptied", [0, 2], ids=["first", "last"])
def test_when_the_first_or_the_last_week_is_emptied_it_is_not_followed(emptied: int) -> None:
    """A ranking of what is left would have fewer weeks."""
    before = drawn(LIKES)
    at = before.edge_ms // WEEK_MS != in_week(emptied) // WEEK_MS
    dated = before.node_ms // WEEK_MS != in_week(emptied) // WEEK_MS
    columns = ("source", "target", "edge_ms", "forward", "backward", "row")
    after = replace(
        before,
        present=before.present & dated,
        **{name: getattr(before, name)[at] for name in columns},
    )

    with pytest.raises(NotFollowedError, match="nothing is left"):
        Live(credrank(before)).follow(before, after)
