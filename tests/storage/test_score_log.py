"""Score snapshots: what comes back is what was saved, or an error."""

from dataclasses import fields, replace

import numpy as np
import pytest

from storage.errors import CorruptError, InvalidRecordError
from storage.file.database import Database
from storage.scores import ScoreKey, ScoreLog, ScoreSnapshot


def a_snapshot(log_position: int = 7, *, cred: float = 0.1) -> ScoreSnapshot:
    return ScoreSnapshot(
        log_position=log_position,
        settings_version=2,
        parameters={"seed_return": 0.1, "accrual": 0.4},
        algorithm="credrank-1",
        computed_ms=99,
        epoch_starts_ms=np.array([10, 20, 30]),
        epoch_end_ms=40,
        participants=("1", "5"),
        cred=np.full((2, 3), cred),
        contributions=np.array([4, 9]),
        contribution_cred=np.array([0.5, np.nan]),
        total_mint=1 / 3,
    )


def assert_same(loaded: ScoreSnapshot | None, other: ScoreSnapshot) -> None:
    assert loaded is not None
    for field in fields(ScoreSnapshot):
        np.testing.assert_array_equal(getattr(loaded, field.name), getattr(other, field.name))


@pytest.fixture
def scores(database: Database) -> ScoreLog:
    return ScoreLog(database)


async def test_a_snapshot_comes_back_bit_for_bit(scores: ScoreLog) -> None:
    saved = a_snapshot()
    await scores.save(saved)

    assert_same(await scores.latest(), saved)
    assert_same(await scores.at(saved.key), saved)


async def test_a_snapshot_of_nothing_comes_back_too(scores: ScoreLog) -> None:
    nothing = np.empty(0, np.int64)
    saved = replace(
        a_snapshot(),
        participants=(),
        cred=np.empty((0, 3)),
        contributions=nothing,
        contribution_cred=np.empty(0),
    )
    await scores.save(saved)

    assert_same(await scores.latest(), saved)


async def test_there_is_no_snapshot_before_the_first(scores: ScoreLog) -> None:
    assert await scores.latest() is None
    assert await scores.at(a_snapshot().key) is None


async def test_a_key_finds_its_own_snapshot_in_whatever_order_parameters_are(
    scores: ScoreLog,
) -> None:
    await scores.save(a_snapshot(1, cred=1))
    await scores.save(a_snapshot(2, cred=2))
    key = ScoreKey(1, 2, {"accrual": 0.4, "seed_return": 0.1}, "credrank-1")

    assert_same(await scores.at(key), a_snapshot(1, cred=1))
    assert await scores.at(replace(key, settings_version=3)) is None


async def test_saving_a_key_again_replaces_it_and_makes_it_the_latest(scores: ScoreLog) -> None:
    await scores.save(a_snapshot(1, cred=1))
    await scores.save(a_snapshot(2))
    await scores.save(a_snapshot(1, cred=3))

    assert_same(await scores.latest(), a_snapshot(1, cred=3))


async def test_only_the_newest_are_kept(scores: ScoreLog, database: Database) -> None:
    for position in range(6):
        await scores.save(a_snapshot(position), keep=3)

    assert await scores.at(a_snapshot(2).key) is None
    assert_same(await scores.at(a_snapshot(3).key), a_snapshot(3))
    arrays = await database.read(
        lambda c: c.execute("SELECT count(DISTINCT snapshot) FROM score_arrays").fetchone()
    )
    assert arrays == (3,)


async def test_arrays_that_do_not_fit_together_are_refused(scores: ScoreLog) -> None:
    with pytest.raises(InvalidRecordError, match=r"\(2, 3\) is wanted"):
        await scores.save(replace(a_snapshot(), cred=np.zeros((3, 2))))
    with pytest.raises(InvalidRecordError, match="contributions"):
        await scores.save(replace(a_snapshot(), contribution_cred=np.zeros(3)))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE score_arrays SET data = zeroblob(length(data)) WHERE name = 'cred'",
        "UPDATE score_arrays SET data = substr(data, 2) WHERE name = 'cred'",
        "UPDATE score_arrays SET shape = '[3,2]' WHERE name = 'cred'",
        "DELETE FROM score_arrays WHERE name = 'contributions'",
        "UPDATE score_snapshots SET total_mint = 9",
        'UPDATE score_snapshots SET participants = \'["5","1"]\'',
        "UPDATE score_snapshots SET settings_version = 3",
    ],
)
async def test_a_damaged_snapshot_is_an_error_never_a_score(
    scores: ScoreLog, database: Database, damage: str
) -> None:
    await scores.save(a_snapshot())
    async with database.transaction() as connection:
        await connection.execute(damage)

    with pytest.raises(CorruptError, match="log position 7"):
        await scores.latest()
