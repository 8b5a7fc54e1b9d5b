"""A second bot on the same data or with the same account ends at once and says why."""

from pathlib import Path

import pytest

from bot.app.app import running_app
from bot.app.single_run import AlreadyRunningError, hold_alone
from bot.settings import Settings
from storage.errors import LockedError, UnreachableError
from storage.file.locking import acquire, hold_folder, release
from tests.bot.cli.conftest import Run, run

__all__ = ["run"]


ONE = {"discord_token": "a token of test_single_run"}
OTHER = {"discord_token": "another token of test_single_run"}


def settings_of(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"data_dir": folder, **more})


async def test_a_second_bot_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with running_app(settings_of(tmp_path, **ONE)):
        with pytest.raises(LockedError, match="Another credbot runs on the data folder"):
            async with running_app(settings_of(tmp_path, **OTHER)):
                pass

    async with running_app(settings_of(tmp_path, **OTHER)):
        pass


async def test_a_bot_whose_community_another_one_works_with_does_not_go_on_without_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / "discord-1.db"
    file.write_bytes(b"a community that the folder of another bot is linked to")
    held = acquire(file)

    try:
        async with running_app(settings_of(tmp_path, **ONE)) as app:
            with pytest.raises(LockedError, match="Another credbot works with"):
                await app.run()
    finally:
        release(held)


def test_deleting_all_that_can_be_deleted_opens_no_door(tmp_path: Path) -> None:
    with hold_alone(settings_of(tmp_path)):
        for file in tmp_path.iterdir():
            file.unlink()

        with pytest.raises(LockedError), hold_alone(settings_of(tmp_path)):
            pass


@pytest.mark.parametrize(
    ("account", "says"),
    [
        (ONE, "Discord token"),
        (
            {
                "discourse_url": "https://forum.example.org",
                "discourse_api_key": "a key of test_single_run",
            },
            "key of forum.example.org",
        ),
    ],
)
def test_a_second_bot_with_the_same_account_is_refused(
    tmp_path: Path, account: dict[str, object], says: str
) -> None:
    with (
        hold_alone(settings_of(tmp_path / "one", **account)),
        pytest.raises(AlreadyRunningError, match=says),
        hold_alone(settings_of(tmp_path / "two", **account)),
    ):
        pass

    with hold_alone(settings_of(tmp_path / "two", **account)):
        pass


def test_bots_with_other_accounts_do_not_meet(tmp_path: Path) -> None:
    """The same token on a server of one's own is another account."""
    with (
        hold_alone(settings_of(tmp_path / "1", **ONE)),
        hold_alone(settings_of(tmp_path / "2", **ONE, discord_api_url="http://127.0.0.1:1")),
        hold_alone(settings_of(tmp_path / "3", **OTHER)),
    ):
        pass


@pytest.mark.parametrize("command", ["run", "backfill"])
def test_the_command_ends_with_status_1_and_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("CRED_DISCORD_TOKEN", "one")
    with hold_folder(tmp_path / "data"):
        done = run(command)

    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("Another credbot runs on the data folder")
    assert done.err.count("\n") == 1


def test_a_data_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")

    for folder in (tmp_path / "data", tmp_path / "data" / "in it"):
        with (
            pytest.raises(UnreachableError, match="is not a folder: set CRED_DATA_DIR"),
            hold_alone(settings_of(folder)),
        ):
            pass
