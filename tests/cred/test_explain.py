"""Explanations: parts sum to the whole, and come from where they say."""

from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cred.causes import Cause, CauseKind, by_cause
from cred.chain.transition_matrix import ATTRIBUTION
from cred.credrank import Ranking, credrank
from cred.errors import InvalidInputError
from cred.explain import (
    MINT,
    NONE,
    CredOrigin,
    EdgeFlow,
    Parts,
    by_edge_kind,
    by_origin,
    explain_node,
    explain_participant,
)
from cred.files.graph_file import parse_graph_file
from cred.graph.identities import participants_by_account
from cred.graph.weighting import apply_weights
from cred.graph.weights import Weights
from tests.cred.community import ANN, BOB, CAT, Like, community
from tests.cred.graphs import Content, a_file, files, rank
from tests.cred.test_vectors_small import SAME
from tests.cred.vectors import PIPELINE, pipeline, small


def assert_sums(ranking: Ranking, parts: Parts) -> None:
    whole = pytest.approx(parts.total, rel=1e-12)
    assert fsum(parts.amount) == whole
    assert fsum(origin.amount for origin in by_origin(parts)) == whole
    assert fsum(flow.amount for flow in by_edge_kind(ranking, parts)) == whole
    assert fsum(cause.amount for cause in by_cause(ranking, parts)) == whole


def assert_everything_sums(ranking: Ranking, weeks: slice) -> None:
    for participant in range(len(ranking.scores.participants)):
        parts = explain_participant(ranking, participant, weeks)
        assert parts.total == pytest.approx(ranking.scores.cred[participant, weeks].sum())
        assert_sums(ranking, parts)
    for node in ranking.chain.nodes.tolist():
        parts = explain_node(ranking, node)
        assert parts.total == ranking.scores.node_cred[node]
        assert_sums(ranking, parts)


@given(files(), st.integers(0, 3), st.integers(0, 4))
def test_parts_sum_to_the_whole(content: Content, first: int, end: int) -> None:
    assert_everything_sums(rank(content), slice(first, end))


@pytest.mark.parametrize("name", SAME)
def test_parts_sum_to_the_whole_on_the_reference_s_small_graphs(name: str) -> None:
    assert_everything_sums(parse_graph_file(small(name)).rank(), slice(None))


@pytest.mark.parametrize("name", [name for name in PIPELINE if "error" not in name])
def test_parts_sum_to_the_whole_from_plugin_graphs(name: str) -> None:
    assert_everything_sums(parse_graph_file(pipeline(name)).rank(), slice(1, 3))


def test_webbing_is_accounted_for() -> None:
    """What arrives in week 0 is worth 9/10 there and 1/10 in week 1 (see test_credrank).

    x is mint 1 through the only edge; ann has 0.9 in week 0 and 0.1 in week 1, all of it from
    the one contribution by the one edge that arrives in week 0.
    """
    ranking = rank(a_file({"m": 1, "n": 0}, [("m", "ann", 0, 1, 0), ("n", "ann", 1, 1, 0)]))

    for weeks, amount in ((slice(0, 1), 0.9), (slice(1, 2), 0.1), (slice(None), 1.0)):
        parts = explain_participant(ranking, 0, weeks)

        assert parts.amount.tolist() == pytest.approx([amount])
        assert (parts.node.tolist(), parts.participant.tolist()) == ([0], [NONE])
        assert (parts.week.tolist(), parts.edge.tolist()) == ([0], [0])
        assert parts.reverse.tolist() == [False]


def test_attributions_are_parts_of_what_the_receiver_has() -> None:
    give = {
        "toParticipantId": "bob",
        "proportions": [{"timestampMs": 0, "proportionValue": 0.25}],
    }
    ranking = rank(
        a_file(
            {"m": 1},
            [("ann", "m", 0, 0, 1)],
            ["ann", "bob"],
            personalAttributions=[{"fromParticipantId": "ann", "recipients": [give]}],
        )
    )

    parts = explain_participant(ranking, 1, slice(None))

    assert parts.edge.tolist() == [ATTRIBUTION]
    assert (parts.node.tolist(), parts.participant.tolist()) == ([NONE], [0])
    assert parts.amount.tolist() == pytest.approx([1 / 7])
    amount = float(parts.amount[0])
    assert list(by_origin(parts)) == [CredOrigin(NONE, 0, amount)]
    assert by_edge_kind(ranking, parts) == [
        EdgeFlow("attribution", reverse=False, amount=amount)
    ]
    assert list(by_cause(ranking, parts)) == [
        Cause(CauseKind.PARTICIPANT, 0, NONE, NONE, amount)
    ]


def test_a_bonus_is_a_flow_of_its_own() -> None:
    vector = pipeline("07b-dependency-minting-not-in-first-week.json")
    ranking = parse_graph_file(vector).rank()
    recipient = vector["input"]["dependencies"][0]["id"]
    index = ranking.scores.participants.index(recipient)

    parts = explain_participant(ranking, index, slice(None))

    assert {flow.name for flow in by_edge_kind(ranking, parts)} == {"bonus"}
    assert {cause.kind for cause in by_cause(ranking, parts)} == {CauseKind.MINTED}
    bonus = by_origin(parts)[0].node
    assert ranking.graph.node_address(bonus)[:3] == ("sourcecred", "core", "BONUS")


def likes() -> Ranking:
    """Bob and cat like ann's post; ann likes bob's, as does somebody without participant."""
    structure = community(
        [Like(BOB, 0), Like(CAT, 0, roles=("mod",)), Like(ANN, 1), Like(CAT, 1)]
    )
    people = participants_by_account(structure, {ANN: "ann", BOB: "bob"})
    return credrank(apply_weights(structure, Weights(), people))


def test_causes_are_reviewers_authors_and_what_mints() -> None:
    ranking = likes()

    causes = by_cause(ranking, explain_participant(ranking, 0, slice(None)))

    reviews = {cause.account: cause for cause in causes if cause.kind is CauseKind.REVIEW}
    assert {number: cause.participant for number, cause in reviews.items()} == {
        ANN: 0,  # her own like of bob's post sends a little back to her
        BOB: 1,
        CAT: NONE,
    }
    assert list(causes) == sorted(causes, key=lambda cause: -cause.amount)
    assert max(review.amount for review in reviews.values()) == causes[0].amount
    own = [cause for cause in causes if cause.kind is CauseKind.PARTICIPANT]
    assert {cause.participant for cause in own} == {0}


def test_shares_of_causes_are_what_flows_into_the_contribution() -> None:
    """A post passes on of each cause in proportion to its inflow."""
    ranking = likes()
    post = 3
    into = {
        (cause.kind, cause.participant, cause.account, cause.node): cause.amount
        for cause in by_cause(ranking, explain_node(ranking, post))
    }
    whole = sum(into.values())
    parts = explain_participant(ranking, 0, slice(None))
    through = parts.node == post
    only = Parts(
        node=parts.node[through],
        participant=parts.participant[through],
        week=parts.week[through],
        edge=parts.edge[through],
        reverse=parts.reverse[through],
        amount=parts.amount[through],
        total=float(parts.amount[through].sum()),
    )

    causes = by_cause(ranking, only)

    direct = explain_node(ranking, post)
    assert whole == pytest.approx(direct.total)
    liking = [cause for cause in causes if cause.kind is CauseKind.REVIEW]
    inflow = {
        int(node): float(amount)
        for node, amount in zip(direct.node, direct.amount, strict=True)
        if node not in (post, 0)
    }
    assert len(liking) == 2
    for cause in liking:
        node = 5 if cause.account == BOB else 6
        assert cause.amount / only.total == pytest.approx(inflow[node] / direct.total)


def test_a_node_s_parts_are_its_mint_and_what_arrives() -> None:
    ranking = rank(a_file({"m": 2}, [("ann", "m", 0, 0.5, 1)]))

    parts = explain_node(ranking, 0)

    amounts = dict(zip(parts.edge.tolist(), parts.amount.tolist(), strict=True))
    assert amounts == {
        MINT: pytest.approx(40 / 9 * 0.6625),
        0: pytest.approx(40 / 9 * 0.3375),
    }
    assert parts.participant.tolist() == [0, NONE]
    assert parts.week.tolist() == [0, NONE]
    assert [flow.name for flow in by_edge_kind(ranking, parts)] == ["minted", "edge"]


def test_flow_between_contributions_is_of_no_week() -> None:
    ranking = rank(a_file({"m": 1, "n": 0}, [("m", "n", 0, 1, 0), ("n", "ann", 0, 1, 0)]))

    parts = explain_node(ranking, 1)

    assert (parts.node.tolist(), parts.week.tolist()) == ([0, 1], [NONE, NONE])
    causes = by_cause(ranking, explain_participant(ranking, 0, slice(None)))
    assert [(cause.kind, cause.node) for cause in causes] == [(CauseKind.CONTRIBUTION, 0)]


def test_people_s_nodes_and_what_is_switched_off_have_no_cred_to_explain() -> None:
    ranking = rank(a_file({"m": 1}, [("m", "ann", 0, 1, 0)]))

    with pytest.raises(InvalidInputError, match="p/ann"):
        explain_node(ranking, 1)
    off = community([Like(BOB, 0)])
    graph = apply_weights(off, Weights(), participants_by_account(off, {ANN: "ann"}))
    with pytest.raises(InvalidInputError, match="chat/POST/post1"):
        explain_node(credrank(graph), 4)


def test_somebody_without_cred_has_no_parts() -> None:
    ranking = rank(a_file({"m": 1}, [("m", "ann", 0, 1, 0)], ["ann", "bob"]))

    parts = explain_participant(ranking, 1, slice(None))

    assert (len(parts.amount), parts.total) == (0, 0)
    assert list(by_origin(parts)) == []
    assert by_edge_kind(ranking, parts) == []
    assert list(by_cause(ranking, parts)) == []


def test_where_nothing_accrues_nothing_is_explained() -> None:
    ranking = rank(a_file({"m": 1, "n": 0}, [("m", "n", 0, 1, 0)]))

    assert explain_participant(ranking, 0, slice(None)).amount.tolist() == []
    parts = explain_node(ranking, 1)
    assert np.isnan(parts.total)
    assert parts.amount.tolist() == [0]
