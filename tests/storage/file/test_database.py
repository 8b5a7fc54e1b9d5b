"""The file: opened, refused, migrated, locked, written as a whole."""

import asyncio
import sqlite3
import stat
import sys
from pathlib import Path

import pytest
from blockbuster import BlockingError

from storage.errors import (
    ChangedMigrationError,
    ClosedError,
    InvalidRecordError,
    LockedError,
    NewerSchemaError,
    NotADatabaseError,
    StorageError,
    UnreachableError,
)
from storage.file.database import Database, sqlite_advice
from storage.file.migrating import Migration, shipped_migrations

SHIPPED = shipped_migrations()


def plain(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


async def open_database(path: Path, *migrations: Migration) -> None:
    async with Database.open(path, migrations=migrations or None):
        pass


def value(path: Path, sql: str) -> object:
    connection = plain(path)
    try:
        return connection.execute(sql).fetchone()[0]
    finally:
        connection.close()


async def test_a_new_file_is_made_and_only_its_owner_may_read_it(path: Path) -> None:
    await open_database(path)

    assert stat.S_IMODE((await asyncio.to_thread(path.stat)).st_mode) == 0o600


async def test_opening_again_finds_what_was_written(path: Path) -> None:
    async with Database.open(path) as database, database.transaction() as connection:
        await connection.execute("INSERT INTO cursors VALUES ('discord', 'c', '7')")

    async with Database.open(path) as database, database.reading() as connection:
        rows = await connection.execute_fetchall("SELECT position FROM cursors")

    assert list(rows) == [("7",)]


async def test_the_settings_that_promises_stand_on_are_in_force(database: Database) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "secure_delete": 1,
    }

    async with database.transaction() as connection:
        found = {
            name: next(iter(await connection.execute_fetchall(f"PRAGMA {name}")))[0]
            for name in wanted
        }

    assert found == wanted


async def test_readers_cannot_write_and_never_checkpoint(database: Database) -> None:
    async with database.reading() as connection:
        (pages,) = next(iter(await connection.execute_fetchall("PRAGMA wal_autocheckpoint")))

    assert pages == 0
    with pytest.raises(StorageError):
        await database.read(lambda c: c.execute("DELETE FROM cursors"))


async def test_a_transaction_may_write_from_its_beginning_on(
    path: Path, database: Database
) -> None:
    """Begun without that right it could fail at its first write, having read what is stale."""

    def write_meanwhile() -> None:
        other = plain(path)
        try:
            other.execute("PRAGMA busy_timeout = 0")
            other.execute("BEGIN IMMEDIATE")
        finally:
            other.close()

    async with database.transaction():
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await asyncio.to_thread(write_meanwhile)


async def test_an_exception_rolls_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the exception is the body's
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO cursors VALUES ('discord', 'c', '7')")
            raise ZeroDivisionError

    assert await database.read(lambda c: c.execute("SELECT * FROM cursors").fetchall()) == []


async def test_being_cancelled_rolls_everything_back(database: Database) -> None:
    entered = asyncio.Event()

    async def never_finish() -> None:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO cursors VALUES ('discord', 'c', '7')")
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_finish())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await database.read(lambda c: c.execute("SELECT * FROM cursors").fetchall()) == []
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO cursors VALUES ('discord', 'd', '8')")


async def test_transactions_of_many_tasks_never_mix(database: Database) -> None:
    async def count_up(times: int) -> None:
        for _ in range(times):
            async with database.transaction() as connection:
                rows = await connection.execute_fetchall("SELECT position FROM cursors")
                (before,) = next(iter(rows))
                await connection.execute(
                    "UPDATE cursors SET position = ?", (str(int(before) + 1),)
                )

    async with database.transaction() as connection:
        await connection.execute("INSERT INTO cursors VALUES ('discord', 'c', '0')")
    await asyncio.gather(*(count_up(10) for _ in range(8)))

    position = await database.read(
        lambda c: c.execute("SELECT position FROM cursors").fetchone()
    )
    assert position == ("80",)


async def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    async with database.reading() as reader:
        before = list(await reader.execute_fetchall("SELECT * FROM cursors"))
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO cursors VALUES ('discord', 'c', '7')")
        after = list(await reader.execute_fetchall("SELECT * FROM cursors"))

    assert before == after == []


async def test_more_readers_than_connections_wait_for_their_turn(database: Database) -> None:
    async def ask(n: int) -> object:
        return await database.read(lambda c: c.execute("SELECT ?", (n,)).fetchone())

    answers = await asyncio.gather(*map(ask, range(9)))

    assert answers == [(n,) for n in range(9)]


async def test_what_the_schema_refuses_is_the_callers_error(database: Database) -> None:
    with pytest.raises(InvalidRecordError, match="constraint"):
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO cursors VALUES ('discord', 'c', NULL)")


@pytest.mark.usefixtures("database")
async def test_two_at_once_are_refused_in_one_process(path: Path) -> None:
    with pytest.raises(LockedError, match="Another credbot works with"):
        await open_database(path)


@pytest.mark.usefixtures("database")
async def test_refusing_a_second_one_in_this_process_leaves_the_first_its_locks(
    path: Path,
) -> None:
    """Closing any descriptor of a file drops the locks that SQLite holds on it."""
    with pytest.raises(LockedError):
        await open_database(path)

    # Another program can change the way of journalling only if nobody has the file open.
    script = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], timeout=0)\n"
        "print(connection.execute('PRAGMA journal_mode = DELETE').fetchone())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        str(path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert b"database is locked" in output


@pytest.mark.parametrize("is_deleted", [False, True])
@pytest.mark.usefixtures("database")
async def test_two_at_once_are_refused_in_two_processes(path: Path, is_deleted: bool) -> None:  # noqa: FBT001 - pytest passes by name
    if is_deleted:  # the lock was a file of its own, and a new one was locked again
        for beside in path.parent.glob("*.lock"):
            beside.unlink()
    script = (
        "import asyncio, pathlib, sys\n"
        "from storage.file.database import Database\n"
        "from storage.errors import LockedError\n"
        "async def main():\n"
        "    try:\n"
        "        async with Database.open(pathlib.Path(sys.argv[1])): print('opened')\n"
        "    except LockedError: print('locked')\n"
        "asyncio.run(main())\n"
    )

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(path), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()

    assert output.strip() == b"locked"


async def test_the_lock_is_free_again_after_closing_and_after_failing(path: Path) -> None:
    await open_database(path)
    with pytest.raises(NewerSchemaError):
        await open_database(path, *SHIPPED[:1])

    await open_database(path)


async def test_a_closed_database_says_so(path: Path) -> None:
    async with Database.open(path) as database:
        pass

    with pytest.raises(ClosedError):
        await database.read(repr)
    with pytest.raises(ClosedError):
        async with database.transaction():
            pass


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="folder exists"):
        await open_database(tmp_path / "nowhere" / "community.db")


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"# Notes\n" * 1000)

    with pytest.raises(NotADatabaseError, match="name another file"):
        asyncio.run(open_database(path))
    assert path.read_bytes() == b"# Notes\n" * 1000


async def test_the_database_of_another_program_is_refused_and_untouched(path: Path) -> None:
    connection = plain(path)
    connection.execute("CREATE TABLE wallets (owner TEXT)")
    connection.close()

    with pytest.raises(NotADatabaseError, match="another program"):
        await open_database(path)

    assert value(path, "SELECT count(*) FROM sqlite_schema") == 1


async def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    later = Migration(9_000, "the_future", "CREATE TABLE flying_cars (id INTEGER) STRICT;")
    await open_database(path, *SHIPPED, later)

    with pytest.raises(NewerSchemaError, match="install the newer version"):
        await open_database(path)


async def test_a_migration_that_was_changed_is_refused(path: Path) -> None:
    await open_database(path)
    first, *others = SHIPPED
    changed = Migration(first.number, first.name, first.script + "-- improved\n")

    with pytest.raises(ChangedMigrationError, match="0001"):
        await open_database(path, changed, *others)


async def test_a_later_migration_finds_the_data_of_before(path: Path) -> None:
    async with Database.open(path) as database, database.transaction() as connection:
        await connection.execute("INSERT INTO cursors VALUES ('discord', 'c', '7')")
    later = Migration(9_000, "cursors", "ALTER TABLE cursors ADD COLUMN note TEXT DEFAULT 'x';")

    await open_database(path, *SHIPPED, later)

    assert value(path, "SELECT position || note FROM cursors") == "7x"


async def test_a_migration_that_fails_leaves_nothing_behind(path: Path) -> None:
    await open_database(path)
    broken = Migration(
        9_000, "broken", "CREATE TABLE half (id INTEGER) STRICT;\nCREATE TABLE half (id);"
    )

    with pytest.raises(StorageError):
        await open_database(path, *SHIPPED, broken)

    assert value(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == 0
    await open_database(path)


def test_migrations_are_numbered_without_holes() -> None:
    assert [step.number for step in SHIPPED] == [*range(1, len(SHIPPED) + 1)]


async def test_every_table_is_strict(database: Database) -> None:
    lax = await database.read(
        lambda c: c.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict "
            "AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
    )

    assert lax == []


@pytest.mark.parametrize(
    ("version", "is_warned"), [((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False)]
)
def test_an_sqlite_with_the_wal_reset_bug_is_warned_of(
    version: tuple[int, int, int],
    is_warned: bool,  # noqa: FBT001 - pytest passes by name
) -> None:
    assert (sqlite_advice(version) is not None) is is_warned


async def test_a_sound_file_passes_the_check(database: Database) -> None:
    await database.check()
    await database.check(thorough=True)


async def test_these_tests_would_notice_a_blocked_event_loop() -> None:
    with pytest.raises(BlockingError):
        shipped_migrations()
