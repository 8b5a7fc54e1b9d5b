"""Snapshots of what a recompute found, and of a graph in which nothing mints."""

import numpy as np

from bot.community.scoring.graph_building import ScoringInputs
from cred.credrank import ALGORITHM, Ranking
from cred.epochs import Epochs, epochs_covering
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.structure import ABSENT
from storage.canonical_json import Json
from storage.scores import ScoreSnapshot


def empty_snapshot(
    graph: ContributionGraph,
    before: ScoreSnapshot,
    position: int,
    inputs: ScoringInputs,
    now_ms: int,
) -> ScoreSnapshot:
    """Return the scores of a graph in which nothing mints: nobody has cred in any week."""
    times_ms = graph.times_ms()
    if len(times_ms):
        epochs = epochs_covering(times_ms)
    else:  # all of it is gone
        epochs = Epochs(before.epoch_starts_ms, before.epoch_end_ms)
    return ScoreSnapshot(
        log_position=position,
        settings_version=inputs.settings_version,
        parameters=_parameters(inputs),
        algorithm=ALGORITHM,
        computed_ms=now_ms,
        epoch_starts_ms=epochs.starts_ms,
        epoch_end_ms=epochs.end_ms,
        participants=graph.participants,
        cred=np.zeros((len(graph.participants), len(epochs.starts_ms))),
        contributions=np.zeros(0, np.int64),
        contribution_cred=np.zeros(0),
        total_mint=0.0,
    )


def _parameters(inputs: ScoringInputs) -> dict[str, Json]:
    return {
        **inputs.settings.parameters.as_mapping(),
        **people_parameters(inputs.left_out, inputs.erasures),
        **inputs.archive_parameters,
    }


def people_parameters(left_out: frozenset[int], erasures: int) -> dict[str, Json]:
    """Return what a snapshot keeps of who takes part.

    Only numbers of accounts, because a snapshot outlives an erasure. An erased person keeps
    their cred, but weights that name what they posted no longer find it.
    """
    return {"left_out": [*sorted(left_out)], "erasures": erasures}


def snapshot_of(
    ranking: Ranking,
    position: int,
    inputs: ScoringInputs,
    now_ms: int,
) -> ScoreSnapshot:
    """Return what is kept of a ranking: cred by week, and that of every contribution."""
    scores = ranking.scores
    nodes = ranking.graph.structure.nodes
    rows = np.flatnonzero(nodes.contribution != ABSENT)
    node_cred = scores.node_cred[rows]
    return ScoreSnapshot(
        log_position=position,
        settings_version=inputs.settings_version,
        parameters=_parameters(inputs),
        algorithm=ALGORITHM,
        computed_ms=now_ms,
        epoch_starts_ms=scores.epochs.starts_ms,
        epoch_end_ms=scores.epochs.end_ms,
        participants=scores.participants,
        cred=scores.cred,
        contributions=nodes.contribution[rows].astype(np.int64),
        contribution_cred=node_cred,
        total_mint=scores.total_mint,
    )
