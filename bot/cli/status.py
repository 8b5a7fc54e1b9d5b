"""How commands end: with an exit status, and one clear sentence where they failed.

0: done. 1: it could not be done. 2: the command or what it was given is wrong. 130: Ctrl-C,
143: SIGTERM, 141: the reader of the output went away.
Nobody ever sees a stack trace.

CliError
├── InputError     the command, or what it was given, is wrong: status 2
├── OutputError    the result could not be written: status 1
└── StoppedError   Ctrl-C or SIGTERM; says what is kept and how to go on

What the other folders raise is told by its own words; `_status` knows which is whose fault.
"""

import asyncio
import inspect
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Final

import typer

from bot.cli.output import say

FAILED: Final = 1
WRONG: Final = 2
INTERRUPTED: Final = 130
TERMINATED: Final = 143
_WORD: Final = re.compile(r"[a-z]+[ ,:]")
_OUTPUT_CLOSED: Final = 141
"""What a shell reports of a program whose reader went away (128 + SIGPIPE)."""

Command = Callable[[], int | Coroutine[object, object, int | None] | None]


class CliError(Exception):
    """Base of everything the command line raises on purpose; the message is what is told."""


class InputError(CliError):
    """A command cannot do what it was asked; the message says what, where and what to do."""


class OutputError(CliError):
    """The result could not be written; the message says why."""


class StoppedError(CliError):
    """A command was told to stop; the message says what is kept and how to go on."""


_terminations: list[int] = []


def interrupted_by(number: int, _frame: object) -> None:
    """Do at a signal what Ctrl-C does, and remember which it was."""
    _terminations.append(number)
    signal.raise_signal(signal.SIGINT)


def finish(command: Command) -> None:
    """Run a command's work and leave with its status.

    Raises
    ------
    typer.Exit
        Always, so that typer's own endings and ours are the same.
    """
    raise typer.Exit(guarded(command))


def guarded(command: Command) -> int:
    """Run something and return the exit status; whatever it raises becomes a sentence.

    What was printed has been written when this returns.
    """
    try:
        status = _done(command)
        # A program without standard output has nothing to flush.
        if sys.stdout is not None:
            sys.stdout.flush()
    except (KeyboardInterrupt, StoppedError) as stopped:
        say(str(stopped) or "Stopped.")
        return TERMINATED if _terminations else INTERRUPTED
    except BrokenPipeError:
        _give_up_output()  # the reader (`| head`) has enough
        return _OUTPUT_CLOSED
    except OutputError as error:
        _give_up_output()
        say(str(error))
        return FAILED
    except Exception as error:  # noqa: BLE001 -- the edge of the program
        message, status = explained(error)
        say(message)
        return status
    return status


def _done(command: Command) -> int:
    """Run something to its end, also where that is by leaving, and return its status."""
    try:
        result = command()
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
    except (typer.Exit, SystemExit) as leaving:
        code = leaving.exit_code if isinstance(leaving, typer.Exit) else leaving.code
        return code if isinstance(code, int) else FAILED
    return result if isinstance(result, int) else 0


def _give_up_output() -> None:
    """Throw away what is left to write: Python would complain once more when it ends."""
    with suppress(OSError):  # there is no output that could be thrown away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def explained(error: Exception) -> tuple[str, int]:
    """Return the sentence and the status for an error."""
    if isinstance(error, InputError):
        return str(error), WRONG
    if (status := _status(error)) is not None:
        return _sentence(error), status
    if isinstance(error, MemoryError):
        return "There is not enough memory: try a smaller input or a larger machine.", FAILED
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}.", FAILED
    last = traceback.extract_tb(error.__traceback__)[-1]
    message = (
        f"A fault in credbot: {type(error).__name__} at {Path(last.filename).name}:"
        f"{last.lineno}: {error!s:.200}. Please report it with the command that you ran."
    )
    return message, FAILED


def _status(error: Exception) -> int | None:
    """Return the status of an error that says itself what is wrong; None for any other."""
    # Imported here, so that a command's help need not wait for them.
    from bot.app.app import CannotRunError  # noqa: PLC0415
    from bot.community.errors import ServiceError  # noqa: PLC0415
    from bot.importers.discord_export.errors import ExportError  # noqa: PLC0415
    from bot.importers.sourcecred.errors import InstanceError  # noqa: PLC0415
    from bot.settings import SettingsError  # noqa: PLC0415
    from cred.errors import CredError, InvalidInputError  # noqa: PLC0415
    from storage.errors import InvalidRecordError, StorageError  # noqa: PLC0415

    wrong = (
        CannotRunError,
        ExportError,
        InstanceError,
        InvalidInputError,
        InvalidRecordError,
        ServiceError,
        SettingsError,
    )
    if isinstance(error, wrong):
        return WRONG
    return FAILED if isinstance(error, CredError | StorageError) else None


def _sentence(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    # What begins with a file, a setting or an option is not to be written differently.
    if _WORD.match(text) and not isinstance(error, _file_errors()):
        text = text[0].upper() + text[1:]
    return text + ("" if text.endswith((".", "!", "?")) else ".")


def _file_errors() -> tuple[type[Exception], ...]:
    from bot.importers.discord_export.errors import ExportError  # noqa: PLC0415
    from bot.importers.sourcecred.errors import InstanceError  # noqa: PLC0415

    return ExportError, InstanceError
