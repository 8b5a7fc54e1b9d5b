"""How a command ends: its exit status, and one clear sentence if it failed.

0     it did what it was asked
1     it could not: `FAILED`
2     the command or its input is wrong: `WRONG`
130   it was stopped with Ctrl-C
141   whoever read the output went away
143   it was stopped with SIGTERM

Nobody ever sees a stack trace. The errors of the command line itself are

CliError
├── InputError     the command or its input is wrong: status 2
├── OutputError    the result could not be written: status 1
└── StoppedError   Ctrl-C or SIGTERM: status 130 or 143

An error of any other folder carries the status in its attribute `exit_status`. An error
without one is a fault of the program: it must have been caught before it came here.
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
from typing import ClassVar, Final

import typer

from bot.cli.output import say

FAILED: Final = 1
WRONG: Final = 2
INTERRUPTED: Final = 130
TERMINATED: Final = 143
_OUTPUT_CLOSED: Final = 141
"""What a shell reports of a program whose reader went away (128 + SIGPIPE)."""
_WORD: Final = re.compile(r"[a-z]+[ ,:]")

Command = Callable[[], int | Coroutine[object, object, int | None] | None]


class CliError(Exception):
    """Base of everything the command line raises on purpose; the message is printed as is."""

    exit_status: ClassVar[int] = FAILED


class InputError(CliError):
    """The command or its input is wrong; the message says what, where, and what to do."""

    exit_status = WRONG


class OutputError(CliError):
    """The result could not be written; the message says why."""


class StoppedError(CliError):
    """The command was stopped; the message says what is kept and how to go on."""

    exit_status = INTERRUPTED


_terminations: list[int] = []


def interrupt(number: int, _frame: object) -> None:
    """Handle a signal as Ctrl-C is handled, and remember which signal it was."""
    _terminations.append(number)
    signal.raise_signal(signal.SIGINT)


def finish(command: Command) -> None:
    """Run a command's work and leave typer with its exit status.

    Raises
    ------
    typer.Exit
        Always: typer's own commands end that way too.
    """
    raise typer.Exit(run_command(command))


def run_command(command: Command) -> int:
    """Run a command and return its exit status; print what it raises as a sentence.

    All output has been written when this returns.
    """
    try:
        status = _run_to_end(command)
        # A program without standard output has nothing to flush.
        if sys.stdout is not None:
            sys.stdout.flush()
    except (KeyboardInterrupt, StoppedError) as stopped:
        say(str(stopped) or "Stopped.")
        return TERMINATED if _terminations else INTERRUPTED
    except BrokenPipeError:
        _discard_output()  # the reader, such as `| head`, has enough
        return _OUTPUT_CLOSED
    except OutputError as error:
        _discard_output()
        say(str(error))
        return error.exit_status
    except Exception as error:  # noqa: BLE001 -- the edge of the program
        message, status = explain(error)
        say(message)
        return status
    return status


def _run_to_end(command: Command) -> int:
    """Run a command until it returns or exits, and return its status."""
    try:
        result = command()
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
    except (typer.Exit, SystemExit) as leaving:
        code = leaving.exit_code if isinstance(leaving, typer.Exit) else leaving.code
        return code if isinstance(code, int) else FAILED
    return result if isinstance(result, int) else 0


def _discard_output() -> None:
    """Discard what is still to be written, or Python complains about it when it exits."""
    with suppress(OSError):  # there is no standard output
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def explain(error: Exception) -> tuple[str, int]:
    """Return the sentence to print for an error, and the exit status."""
    if isinstance(error, CliError):
        return str(error), error.exit_status
    status = getattr(error, "exit_status", None)
    if isinstance(status, int):
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


def _sentence(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    # The name of a file, setting or option keeps its first letter.
    if _WORD.match(text) and not getattr(error, "begins_with_file", False):
        text = text[0].upper() + text[1:]
    return text + ("" if text.endswith((".", "!", "?")) else ".")
