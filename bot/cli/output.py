"""What commands print: results on standard output, everything else on standard error."""

import io
import json
import sys
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

_BLOCKS: Final = "▁▂▃▄▅▆▇█"


def say(message: str) -> None:
    """Tell the person something that is not the result."""
    if sys.stderr is None:
        return  # closed; `print` would put it among the results
    print(message, file=sys.stderr, flush=True)


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print a result as JSON; NaN and infinity, which JSON has not, are an error."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent))


class _Results(Console):
    """A console that says so when its reader went away, as every other output does."""

    def on_broken_pipe(self) -> None:
        """Raise it on, for the command to end with its status; rich would end with 1."""
        raise  # noqa: PLE0704 -- called where it is handled


def results() -> Console:
    """Return where results for people go. Made anew: tests change standard output."""
    return _Results(file=sys.stdout, highlight=False)


def progress(*, of_bytes: bool = False) -> Progress:
    """Return a progress bar on standard error; nothing where that is no terminal."""
    # Where standard error is closed, rich would take standard output instead.
    console = Console(file=sys.stderr or io.StringIO())
    unit: ProgressColumn = TransferSpeedColumn() if of_bytes else MofNCompleteColumn()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        unit,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def sparkline(values: list[float]) -> Text:
    """Return values as a row of small bars.

    >>> sparkline([0.0, 1.0, 2.0, 4.0]).plain
    '▁▃▅█'
    """
    top = max(values, default=0.0)
    steps = [round(value / top * (len(_BLOCKS) - 1)) if top > 0 else 0 for value in values]
    return Text("".join(_BLOCKS[step] for step in steps))
