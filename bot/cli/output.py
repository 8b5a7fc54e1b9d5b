"""Prints results on standard output, and everything else on standard error.

rich is imported where it is used: it takes a while, and a command that prints one value is to
answer at once.
"""

# ruff: noqa: PLC0415 -- explained above

import io
import sys
from typing import TYPE_CHECKING, Final

from bot.runtime.output_encoding import dump_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.text import Text

_BLOCKS: Final = "▁▂▃▄▅▆▇█"


def say(message: str) -> None:
    """Print a message that is not part of the result."""
    if sys.stderr is None:
        return  # it is closed, and `print` would write to standard output instead
    print(message, file=sys.stderr, flush=True)


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print a result as JSON; NaN and infinity, which JSON lacks, are errors."""
    print(dump_json(value, sys.stdout, indent=indent))


def results_console() -> "Console":
    """Return a console for results that people read, on what is standard output now."""
    from rich.console import Console

    class ResultsConsole(Console):
        """A console that raises `BrokenPipeError` if its reader goes away, as `print` does."""

        def on_broken_pipe(self) -> None:
            """Raise the error again; rich would exit with status 1."""
            raise  # noqa: PLE0704 -- rich calls this in its `except` block

    return ResultsConsole(file=sys.stdout, highlight=False)


def progress_bar(*, of_bytes: bool = False) -> "Progress":
    """Return a progress bar on standard error; it shows only if that is a terminal."""
    from rich import progress
    from rich.console import Console

    # If standard error is closed, rich would use standard output instead.
    console = Console(file=sys.stderr or io.StringIO())
    unit = progress.TransferSpeedColumn() if of_bytes else progress.MofNCompleteColumn()
    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        unit,
        progress.TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def sparkline(values: list[float]) -> "Text":
    """Return values as a row of small bars.

    >>> sparkline([0.0, 1.0, 2.0, 4.0]).plain
    '▁▃▅█'
    """
    from rich.text import Text

    largest = max(values, default=0.0)
    steps = [
        round(value / largest * (len(_BLOCKS) - 1)) if largest > 0 else 0 for value in values
    ]
    return Text("".join(_BLOCKS[step] for step in steps))
