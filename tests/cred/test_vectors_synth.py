"""Agreement with SourceCred's fixed point on larger made-up communities."""

import numpy as np
import pytest

from cred.files.graph_file import parse_graph_file
from tests.cred.reference import scores_of, sourcecred_iteration
from tests.cred.vectors import SYNTH, beside


@pytest.mark.parametrize("name", SYNTH)
def test_everybody_s_and_every_node_s_cred_is_the_reference_s_fixed_point(name: str) -> None:
    vector = beside("synth", name)
    ranking = parse_graph_file(vector).rank(sourcecred_boundaries=True)

    scores, converged = ranking.scores, vector["expectedConverged"]
    assert [person["id"] for person in converged["participants"]] == list(scores.participants)
    expected = [person["cred"] for person in converged["participants"]]
    np.testing.assert_allclose(scores.cred.sum(axis=1), expected, rtol=1e-9)
    node_cred = np.array(converged["nodeCred"], float)
    np.testing.assert_allclose(scores.node_cred, node_cred, rtol=1e-9)

    distribution, steps = sourcecred_iteration(ranking.chain.complete())
    stopped, chain = vector["expected"], ranking.chain
    assert steps == stopped["solver"]["iterations"]
    per_week = [person["credPerInterval"] for person in stopped["participants"]]
    np.testing.assert_allclose(scores_of(distribution, chain).cred, per_week, rtol=1e-10)
