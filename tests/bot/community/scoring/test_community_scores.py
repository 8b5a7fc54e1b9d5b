"""Questions about scores, on numbers small enough to answer by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community.scoring.community_scores import CommunityScores, Rank
from cred.epochs import WEEK_MS
from storage.scores import ScoreSnapshot

EVERY = slice(None)


def scores_of(cred: list[list[float]]) -> CommunityScores:
    """Return scores of participants "1", "2"…, given their cred by week."""
    values = np.array(cred, dtype=np.float64).reshape(len(cred), -1)
    weeks = values.shape[1]
    return CommunityScores(
        ScoreSnapshot(
            log_position=1,
            settings_version=0,
            parameters={},
            algorithm="test",
            computed_ms=0,
            epoch_starts_ms=np.arange(weeks, dtype=np.int64) * WEEK_MS,
            epoch_end_ms=weeks * WEEK_MS,
            participants=tuple(str(number + 1) for number in range(len(cred))),
            cred=values,
            contributions=np.zeros(0, np.int64),
            contribution_cred=np.zeros(0),
            total_mint=float(values.sum()),
        ),
        ranking=None,
    )


def test_equal_cred_shares_a_rank_and_the_next_one_is_skipped() -> None:
    board = scores_of([[1], [5], [5], [9], [0]]).board(EVERY)

    assert [(line.participant, line.rank) for line in board.lines(0, 9)] == [
        ("4", 1),
        ("2", 2),
        ("3", 2),
        ("1", 4),
    ]


def test_who_is_hidden_takes_no_rank_but_keeps_the_share() -> None:
    scores = scores_of([[6], [3], [1]])

    board = scores.board(EVERY, {"1", "77"})

    assert [(line.participant, line.rank, line.share) for line in board.lines(0, 9)] == [
        ("2", 1, 0.3),
        ("3", 2, 0.1),
    ]
    assert (board.hidden, board.hidden_share) == (1, 0.6)
    assert scores.rank_of(1, EVERY, {"1"}) == Rank(1, 2)
    assert scores.rank_of(0, EVERY, {"1"}) is None


def test_only_the_weeks_asked_about_count() -> None:
    scores = scores_of([[1, 0], [0, 4]])

    assert scores.cred_of(0, slice(1, 2)) == 0
    assert scores.rank_of(0, slice(1, 2)) is None
    assert scores.share_of(1, slice(1, 2)) == 1
    assert scores.share_of(1, slice(2, 2)) == 0
    assert scores.board(slice(2, 2)).lines(0, 9) == ()


def test_somebody_without_a_row_has_none() -> None:
    assert scores_of([[1]]).index_of("2") is None
    assert scores_of([[1]]).board(EVERY).line_of("2") is None


@given(
    st.lists(st.integers(0, 5).map(float), min_size=1, max_size=30), st.sets(st.integers(1, 30))
)
def test_a_board_and_a_rank_agree(cred: list[float], numbers: set[int]) -> None:
    scores = scores_of([[value] for value in cred])
    hidden = {str(number) for number in numbers}

    board = scores.board(EVERY, hidden)

    for row, participant in enumerate(scores.participants):
        line = board.line_of(participant)
        rank = scores.rank_of(row, EVERY, hidden)
        assert (line is None) == (rank is None)
        if line is not None and rank is not None:
            assert (line.rank, len(board)) == (rank.rank, rank.of)
    shown = sum(line.share for line in board.lines(0, 99))
    if sum(cred):
        assert shown + board.hidden_share == pytest.approx(1)
