"""A server where anything happens: whatever it is, both engines give the same scores."""

import random

import pytest

from tests.bot.community.scoring.histories import Server, compare_engines


@pytest.mark.parametrize("seed", range(8))
def test_engines_agree_after_long_histories_with_deletions_and_unlinking(seed: int) -> None:
    assert compare_engines(Server(random.Random(seed))) > 15
