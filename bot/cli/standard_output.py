"""Makes a command fail if its standard output cannot be written, so that no result is lost.

A character that the output's encoding lacks is no failure: see `bot.runtime.output_encoding`.
"""

import errno
import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from bot.cli.status import OutputError
from bot.runtime.output_encoding import APPROXIMATE

_DUMB: Final = frozenset({"dumb", "unknown"})
"""Kinds of terminals that rich takes to be 80 columns wide, unless it is told both measures."""


def guard_standard_output() -> None:
    """Make every later write to standard output raise `OutputError` if it fails.

    A reader that went away (`| head`) still raises `BrokenPipeError`. What an encoding lacks is
    approximated, on standard error as well. A width of 0, as some terminals give, is none, and
    that of a terminal without abilities is its own.
    """
    if not os.environ.get("COLUMNS", "").strip("0"):
        os.environ.pop("COLUMNS", None)  # with 0, rich prints nothing
    if os.environ.get("TERM", "").lower() in _DUMB:
        size = shutil.get_terminal_size()
        os.environ |= {"COLUMNS": f"{size.columns}", "LINES": f"{size.lines}"}
    stdout = sys.stdout
    if stdout is None:  # it was closed before the program started
        sys.stdout = _GuardedOutput(_ClosedOutput(), "utf-8", write_through=True)
    elif isinstance(stdout, io.TextIOWrapper):
        encoding = stdout.encoding
        line_buffering, write_through = stdout.line_buffering, stdout.write_through
        sys.stdout = _GuardedOutput(
            stdout.detach(),
            encoding,
            APPROXIMATE,
            line_buffering=line_buffering,
            write_through=write_through,
        )
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors=APPROXIMATE)


class _GuardedOutput(io.TextIOWrapper):
    """Standard output that raises `OutputError`."""

    def write(self, text: str, /) -> int:
        with _output_errors():
            return super().write(text)

    def flush(self) -> None:
        with _output_errors():
            super().flush()


class _ClosedOutput(io.BytesIO):
    """Stands in for a standard output that is closed."""

    def write(self, _data: object, /) -> NoReturn:
        raise OSError(errno.EBADF, "it is closed")


@contextmanager
def _output_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"Standard output cannot be written ({error.strerror}): the result is not whole."
        ) from error
