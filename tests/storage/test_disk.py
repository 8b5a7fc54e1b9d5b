"""Full and failing disks: one clear sentence, reads go on, nothing lost, and it heals."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.errors import DiskError, DiskFullError, OperatorError
from storage.file.database import Database
from storage.log.event_log import EventLog
from tests.storage.crash.victim import EVENTS_PER_BATCH, a_batch

ROOT = Path(__file__).parents[2]


async def fill(log: EventLog) -> tuple[int, OperatorError]:
    """Append until it fails; return how many were acknowledged, and the failure."""
    for n in range(100_000):
        try:
            await log.append(a_batch(0, n))
        except OperatorError as error:
            return n, error
    pytest.fail("the disk never filled up")


async def test_a_full_database_refuses_writes_keeps_reading_and_heals(
    database: Database, log: EventLog
) -> None:
    await log.append(a_batch(0, 0))
    async with database.transaction() as connection:
        await connection.execute("PRAGMA max_page_count = 60")

    acknowledged, error = await fill(log)

    assert isinstance(error, DiskFullError)
    assert "free some space" in str(error)
    assert await log.length() == acknowledged * EVENTS_PER_BATCH
    assert len(await log.columns()) == acknowledged * EVENTS_PER_BATCH
    await log.verify()
    with pytest.raises(DiskFullError):
        await log.append(a_batch(0, acknowledged))

    async with database.transaction() as connection:
        await connection.execute("PRAGMA max_page_count = 100000")
    assert (await log.append(a_batch(0, acknowledged))).new == EVENTS_PER_BATCH
    await log.verify()


async def test_all_producers_hear_of_a_full_disk_and_none_is_half_stored(
    database: Database, log: EventLog
) -> None:
    async with database.transaction() as connection:
        await connection.execute("PRAGMA max_page_count = 60")

    outcomes = await asyncio.gather(
        *(log.append(a_batch(p, n)) for n in range(40) for p in range(16)),
        return_exceptions=True,
    )

    stored = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)} == {
        DiskFullError
    }
    assert await log.length() == sum(appended.new for appended in stored)
    assert await log.length() % EVENTS_PER_BATCH == 0
    await log.verify()


def test_a_file_that_may_not_grow_fails_cleanly_and_heals(tmp_path: Path) -> None:
    """The kernel refuses to let files grow (EFBIG), which SQLite hears as an I/O error."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.storage.crash.cramped", str(tmp_path / "c.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    report = json.loads(done.stdout)
    stored = report["acknowledged"] * EVENTS_PER_BATCH
    assert stored > 100
    # All of the batch that failed may have been stored, never a part.
    assert report["readable while full"] in (stored, stored + EVENTS_PER_BATCH)
    assert len(report["complaints"]) == 5
    for complaint in report["complaints"]:
        assert complaint.startswith(("DiskError: The disk failed", "DiskFullError: No room"))
    assert report["new after"][0] in (0, EVENTS_PER_BATCH)
    assert report["new after"][1:] == [EVENTS_PER_BATCH, EVENTS_PER_BATCH]
    assert report["length"] == stored + 3 * EVENTS_PER_BATCH


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("a small disk needs mount and umount")
    make = [mount, "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(folder)]
    if subprocess.run(make, check=False, capture_output=True).returncode:
        pytest.skip("a small disk needs the right to mount one")
    yield folder
    subprocess.run([umount, "--lazy", str(folder)], check=True)


async def test_a_disk_that_is_really_full_fails_cleanly_and_heals(tiny_disk: Path) -> None:
    ballast = tiny_disk / "ballast"
    await asyncio.to_thread(ballast.write_bytes, bytes(700_000))
    async with Database.open(tiny_disk / "c.db") as database, EventLog(database) as log:
        acknowledged, error = await fill(log)
        assert isinstance(error, DiskFullError)
        assert await log.length() == acknowledged * EVENTS_PER_BATCH
        await log.verify()
        with pytest.raises(DiskFullError):
            await log.append(a_batch(0, acknowledged))

        await asyncio.to_thread(ballast.unlink)
        assert (await log.append(a_batch(0, acknowledged))).new == EVENTS_PER_BATCH
        await log.verify()

    async with Database.open(tiny_disk / "c.db") as database:
        assert await EventLog(database).length() == (acknowledged + 1) * EVENTS_PER_BATCH


def writers_descriptor(path: Path) -> int:
    """Return the writing connection's descriptor of a file: it is before the readers'."""
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("descriptors can only be found under /proc")
    found = []
    for entry in folder.iterdir():
        try:
            target = entry.readlink()
        except OSError:
            continue
        if target == path:
            found.append(int(entry.name))
    return min(found)


def put_in_place_of(descriptor: int, replacement: Path, flags: int) -> None:
    opened = os.open(replacement, flags)
    os.dup2(opened, descriptor, inheritable=False)
    os.close(opened)


@pytest.mark.parametrize(
    ("replacement", "flags"),
    [
        pytest.param("/dev/null", os.O_RDWR, id="what is written vanishes and flushing fails"),
        pytest.param("/dev/zero", os.O_RDONLY, id="writing fails"),
        pytest.param("/dev/full", os.O_RDWR, id="there is no room"),
    ],
)
async def test_an_io_error_of_the_write_ahead_log_loses_nothing(
    path: Path, log: EventLog, replacement: str, flags: int
) -> None:
    for n in range(20):
        await log.append(a_batch(0, n))
    descriptor = await asyncio.to_thread(writers_descriptor, path.with_name("community.db-wal"))
    await asyncio.to_thread(put_in_place_of, descriptor, Path(replacement), flags)

    outcomes = await asyncio.gather(
        *(log.append(a_batch(p, n)) for p, n in ((0, 20), (1, 0), (2, 0))),
        return_exceptions=True,
    )

    assert all(isinstance(outcome, DiskError | DiskFullError) for outcome in outcomes), outcomes
    assert await log.length() == 20 * EVENTS_PER_BATCH
    await log.verify()


async def test_after_an_io_error_the_file_is_opened_again_and_checked(
    path: Path, database: Database, log: EventLog
) -> None:
    await log.append(a_batch(0, 0))
    descriptor = await asyncio.to_thread(writers_descriptor, path.with_name("community.db-wal"))
    await asyncio.to_thread(put_in_place_of, descriptor, Path("/dev/null"), os.O_RDWR)
    with pytest.raises(DiskError, match="write it again"):
        await log.append(a_batch(0, 1))

    again = await log.append(a_batch(0, 1))

    assert again.new == EVENTS_PER_BATCH
    assert await log.length() == 2 * EVENTS_PER_BATCH
    await log.verify()
    await database.check(thorough=True)


async def test_a_commit_that_failed_but_happened_is_harmless_to_repeat(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measured: with a failing flush, transactions reported as failed were found stored."""

    def commit_then_fail(connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
        raise error

    with monkeypatch.context() as broken:
        broken.setattr("storage.file.database._commit", commit_then_fail)
        with pytest.raises(DiskError, match="SQLITE_IOERR_FSYNC"):
            await log.append(a_batch(0, 0))
    assert await log.length() == EVENTS_PER_BATCH

    again = await log.append(a_batch(0, 0))

    assert (again.new, again.last_seq) == (0, EVENTS_PER_BATCH)
    await log.verify()
