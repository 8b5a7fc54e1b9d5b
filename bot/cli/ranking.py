"""`credrank`: cred of a graph file, without a database."""

import gzip
import json
import math
import sys
import zlib
from pathlib import Path
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from bot.cli.output import print_json, results, sparkline
from bot.cli.status import CommandError
from cred.graphfile import read

_GZIP: Final = b"\x1f\x8b"
_SHOWN: Final = 20
_WEEKS_SHOWN: Final = 26


def rank(file: Path, *, as_json: bool, sourcecred_boundaries: bool) -> None:
    """Print the scores of a graph file.

    Raises
    ------
    CommandError
        If the file cannot be read or is no JSON.
    InvalidInputError, NotConvergedError
        If it is no graph that can be ranked.
    """
    scores = read(load(file)).run(sourcecred_boundaries=sourcecred_boundaries)
    if as_json:
        print_json(scores, indent=None)
    else:
        _show(scores)


def load(file: Path) -> object:
    """Return the JSON value of a file, plain or gzip; "-" is standard input.

    Raises
    ------
    CommandError
        If there is none.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        if data.startswith(_GZIP):
            data = gzip.decompress(data)
        return json.loads(data)
    except IsADirectoryError:
        raise CommandError(f"{file} is a folder: name a graph file in it.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CommandError(f"{file} is damaged gzip ({error}): fetch it again.") from None
    except OSError as error:
        raise CommandError(f"{file} cannot be read ({error.strerror}).") from None
    except json.JSONDecodeError as error:
        raise CommandError(
            f"{file} is no JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is no JSON: byte {error.start} is no UTF-8.") from None
    except RecursionError:
        raise CommandError(f"{file} is no graph file: it is nested too deeply.") from None
    except ValueError as error:
        raise CommandError(f"{file} holds a number that is too long ({error}).") from None


def _show(scores: dict[str, Any]) -> None:
    people = sorted(scores["participants"], key=lambda one: -one["cred"])
    whole = math.fsum(one["cred"] for one in people)
    weeks = len(scores["epochStarts"])
    table = Table(title=Text(f"Cred of {len(people):,} participants in {weeks:,} weeks"))
    table.add_column("#", justify="right")
    table.add_column("participant", overflow="ellipsis", no_wrap=True)
    table.add_column("cred", justify="right")
    table.add_column("share", justify="right")
    table.add_column(f"last {min(weeks, _WEEKS_SHOWN)} weeks", no_wrap=True)
    for place, one in enumerate(people[:_SHOWN], 1):
        table.add_row(
            str(place),
            Text(one["id"]),
            f"{one['cred']:,.2f}",
            f"{one['cred'] / whole:.1%}" if whole else "-",
            sparkline(one["credPerInterval"][-_WEEKS_SHOWN:]),
        )
    out = results()
    out.print(table)
    if len(people) > _SHOWN:
        out.print(Text(f"... and {len(people) - _SHOWN:,} more; --json prints all of them."))
    solver = scores["solver"]
    out.print(
        Text(
            f"{scores['totalMint']:,.2f} cred minted; solved in {solver['iterations']} steps "
            f"to a residual of {solver['residual']:.1e}."
        )
    )
