"""The settings log: versions are added, never changed."""

import math
import sqlite3
from pathlib import Path

import pytest

from storage.errors import ChainBrokenError, InvalidRecordError, StorageError
from storage.file.database import Database
from storage.settings import SettingsLog, SettingsVersion


@pytest.fixture
def settings(database: Database) -> SettingsLog:
    return SettingsLog(database)


async def test_before_the_first_version_nothing_is_set(settings: SettingsLog) -> None:
    assert await settings.current() == (0, {})
    assert await settings.history() == []
    assert await settings.at(0) == {}


async def test_a_version_changes_what_it_names_and_keeps_the_rest(
    settings: SettingsLog,
) -> None:
    await settings.append({"a": 1, "b": {"x": [True, "ü"]}}, "operator", "start", 5)
    version = await settings.append({"a": 2.5}, "account:3", "better", 6)

    assert version == 2
    assert await settings.current() == (2, {"a": 2.5, "b": {"x": [True, "ü"]}})
    assert await settings.at(1) == {"a": 1, "b": {"x": [True, "ü"]}}


async def test_none_puts_a_setting_back_to_its_default(settings: SettingsLog) -> None:
    await settings.append({"a": 1}, "operator", "", 5)
    await settings.append({"a": None}, "operator", "", 6)
    await settings.append({"a": 3}, "operator", "", 7)

    assert [await settings.at(version) for version in (1, 2, 3)] == [{"a": 1}, {}, {"a": 3}]


async def test_what_changes_nothing_makes_no_version(settings: SettingsLog) -> None:
    await settings.append({"a": {"x": 1, "y": 2}}, "operator", "", 5)

    assert await settings.append({"a": {"y": 2, "x": 1}, "b": None}, "operator", "", 6) == 1
    assert await settings.append({}, "operator", "", 6) == 1


async def test_history_tells_who_changed_what_and_why(settings: SettingsLog) -> None:
    await settings.append({"a": 1}, "operator", "start", 5)
    await settings.append({"a": None, "b": 2}, "account:3", "tidy", 6)

    assert await settings.history() == [
        SettingsVersion(1, "operator", "start", 5, {"a": 1}),
        SettingsVersion(2, "account:3", "tidy", 6, {"a": None, "b": 2}),
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, {1, 2}, "\ud800"])
async def test_what_json_cannot_hold_is_refused_whole(
    settings: SettingsLog, value: object
) -> None:
    with pytest.raises(InvalidRecordError):
        await settings.append({"good": 1, "bad": value}, "operator", "", 5)  # type: ignore[dict-item]

    assert await settings.current() == (0, {})


async def test_a_version_that_does_not_exist_is_named(settings: SettingsLog) -> None:
    with pytest.raises(InvalidRecordError, match="no settings version 4: the newest is 0"):
        await settings.at(4)


@pytest.mark.parametrize(
    "statement", ["UPDATE settings_changes SET value = '9'", "DELETE FROM settings_versions"]
)
async def test_versions_cannot_be_rewritten(
    database: Database, settings: SettingsLog, statement: str
) -> None:
    await settings.append({"a": 1}, "operator", "", 5)

    with pytest.raises(StorageError, match="append-only"):
        async with database.transaction() as connection:
            await connection.execute(statement)


async def test_tampering_with_a_version_is_found(path: Path) -> None:
    async with Database.open(path) as database:
        await SettingsLog(database).append({"a": 1}, "operator", "", 5)
        await SettingsLog(database).append({"a": 2}, "operator", "", 5)
        await SettingsLog(database).verify()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER settings_changes_stay")
    connection.execute("UPDATE settings_changes SET value = '9' WHERE version = 2")
    connection.close()

    async with Database.open(path) as database:
        with pytest.raises(ChainBrokenError) as caught:
            await SettingsLog(database).verify()

    assert caught.value.seq == 2
