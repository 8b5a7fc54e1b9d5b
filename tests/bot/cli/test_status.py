"""Every error of the program ends a command with the status that its kind always had."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Final

import pytest

import bot
import cred
import storage
from bot.cli.status import FAILED, WRONG, InputError, OutputError, explain
from bot.community.errors import CommunityError
from bot.importers.discord_export.errors import ExportError
from bot.importers.sourcecred.errors import InstanceError
from bot.settings import SettingsError
from bot.sources.port import CannotRunError
from cred.errors import CredError, InvalidInputError
from storage.errors import InvalidRecordError, StorageError

WRONG_INPUT: Final = (
    CannotRunError,
    ExportError,
    InputError,
    InstanceError,
    InvalidInputError,
    InvalidRecordError,
    CommunityError,
    SettingsError,
)
FAILURES: Final = (CredError, OutputError, StorageError)


def errors_of_the_program() -> Iterator[type[Exception]]:
    for package in (bot, cred, storage):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            for _, kind in inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            ):
                if issubclass(kind, Exception) and kind.__module__ == module.name:
                    yield kind


def test_every_error_has_the_status_of_its_kind() -> None:
    expected: dict[type[Exception], int] = {}
    found: dict[type[Exception], int] = {}
    for kind in errors_of_the_program():
        if issubclass(kind, (*WRONG_INPUT, *FAILURES)):
            expected[kind] = WRONG if issubclass(kind, WRONG_INPUT) else FAILED
            error = kind.__new__(kind, "it is so.")  # some take more than a message
            found[kind] = explain(error)[1]

    assert found == expected
    assert len(found) > 25  # the walk has been everywhere


def test_an_error_without_a_status_is_a_fault_of_the_program() -> None:
    rows: dict[str, int] = {}
    with pytest.raises(KeyError) as fault:
        _ = rows["row"]

    message, status = explain(fault.value)

    assert status == FAILED
    assert message.startswith("A fault in credbot: KeyError at test_status.py:")
