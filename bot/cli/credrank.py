"""`credbot credrank`: computes the cred of a graph file, without a database."""

import gzip
import json
import math
import sys
import zlib
from pathlib import Path
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from bot.chat.console.narrow import fit_table
from bot.cli.output import print_json, results_console, sparkline
from bot.cli.status import InputError
from bot.commands.kit.wording import percent, pluralize
from cred.credrank import Engine
from cred.errors import InvalidInputError
from cred.files.graph_file import parse_graph_file
from cred.files.graph_file import ranking_as_json as scores_as_json

_GZIP: Final = b"\x1f\x8b"
_SHOWN: Final = 20
_WEEKS_SHOWN: Final = 26
_WIDTH_FOR_BARS: Final = 60


def rank(file: Path, *, as_json: bool, sourcecred_boundaries: bool, engine: str) -> None:
    """Print the scores of a graph file.

    Parameters
    ----------
    engine
        The value of a `cred.credrank.Engine`; all engines give the same numbers.

    Raises
    ------
    InputError
        If the file cannot be read, is not JSON, or is not a graph that can be ranked.
    NotConvergedError
        If the computation does not reach its tolerance.
    """
    value = load_json(file)
    try:
        ranking = parse_graph_file(value).rank(
            sourcecred_boundaries=sourcecred_boundaries, engine=Engine(engine)
        )
    except InvalidInputError as error:
        raise InputError(f"{_display_name(file)}: {error}") from error
    scores = scores_as_json(ranking)
    if as_json:
        print_json(scores, indent=None)
    else:
        _show(scores)


def _display_name(file: Path) -> str:
    return "standard input" if str(file) == "-" else str(file)


def load_json(file: Path) -> object:
    """Return the JSON value of a file, plain or gzip; "-" means standard input.

    Raises
    ------
    InputError
        If the file cannot be read or is not JSON.
    """
    name = _display_name(file)
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        if data.startswith(_GZIP):
            data = gzip.decompress(data)
        return json.loads(data)
    except IsADirectoryError:
        raise InputError(f"{name} is a folder: name a graph file in it.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{name} is damaged gzip ({error}): fetch it again.") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}).") from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not JSON: byte {error.start} is not UTF-8.") from None
    except RecursionError:
        raise InputError(f"{name} is not a graph file: it is nested too deeply.") from None
    except ValueError:
        # Python refuses to parse longer integers, because that takes quadratic time.
        raise InputError(
            f"{name} holds a number that is too long: {sys.get_int_max_str_digits():,} digits "
            "are the most."
        ) from None


def _show(scores: dict[str, Any]) -> None:
    people = sorted(scores["participants"], key=lambda person: -person["cred"])
    total = math.fsum(person["cred"] for person in people)
    weeks = len(scores["epochStarts"])
    console = results_console()
    participants, duration = pluralize(len(people), "participant"), pluralize(weeks, "week")
    table = Table(title=Text(f"Cred of {participants} in {duration}"))
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("participant", overflow="fold")
    table.add_column("cred", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    # A narrow terminal gets the figures without the bars.
    with_bars = console.width >= _WIDTH_FOR_BARS
    if with_bars:
        table.add_column(f"last {pluralize(min(weeks, _WEEKS_SHOWN), 'week')}", no_wrap=True)
    for rank, person in enumerate(people[:_SHOWN], 1):
        table.add_row(
            str(rank),
            Text(person["id"]),
            f"{person['cred']:,.2f}",
            percent(person["cred"] / total) if total else "–",
            *([sparkline(person["credPerInterval"][-_WEEKS_SHOWN:])] if with_bars else []),
        )
    console.print(fit_table(table, console.width))
    if len(people) > _SHOWN:
        console.print(
            Text(f"... and {len(people) - _SHOWN:,} more; --json prints all of them.")
        )
    solver = scores["solver"]
    console.print(
        Text(
            f"{scores['totalMint']:,.2f} cred minted; solved in {solver['iterations']} steps "
            f"to a residual of {solver['residual']:.1e}."
        )
    )
