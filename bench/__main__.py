"""All benchmarks in one run, on one machine: medians, and ratios measured side by side.

python -m bench [--edges 10000,100000,1000000] [--markdown FILE] [--folder FOLDER]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from rich.console import Console

from bench.filling import slug_of
from bench.report import (
    Sheet,
    import_sheet,
    ingest_sheet,
    markdown,
    reply_sheet,
    scoring_sheet,
    show,
    solver_sheet,
    what_if_sheet,
)

_REPEATS = "3"


def main() -> int:
    """Measure, print, and write Markdown where asked; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Time and memory of the whole computation."
    )
    parser.add_argument("--edges", default="10000,100000,1000000", help="sizes, commas between")
    parser.add_argument("--megabytes", type=int, default=200, help="size of the export")
    parser.add_argument("--markdown", type=Path, help="file to write the tables to")
    parser.add_argument("--folder", type=Path, help="where to put data: on the disk to measure")
    wanted = parser.parse_args()
    sizes = sorted(int(part) for part in wanted.edges.split(","))
    with tempfile.TemporaryDirectory(dir=wanted.folder, prefix="credbot-bench-") as folder:
        sheets = _measured(folder, sizes, wanted.megabytes)
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
    machine = (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}"
    )
    console.print(f"{machine}; medians of {_REPEATS}\n", highlight=False)
    for sheet in sheets:
        show(sheet, console)
    if wanted.markdown is not None:
        text = "\n".join(markdown(sheet) for sheet in sheets)
        wanted.markdown.write_text(
            f"# Benchmark\n\n{machine}; medians of {_REPEATS}.\n\n{text}", encoding="utf-8"
        )
    return 0


def _measured(folder: str, sizes: list[int], megabytes: int) -> list[Sheet]:
    runs = []
    for edges in sizes:
        _child(f"recording {edges:,} edges", "bench.filling", folder, str(edges))
        runs.append(
            _child(
                f"scoring {edges:,} edges", "bench.scoring", folder, slug_of(edges), _REPEATS
            )
        )
    largest = sizes[-1]
    replies = _child("asking meanwhile", "bench.replying", folder, slug_of(largest))
    ingest = _child("ingesting", "bench.ingest", "--json", "--folder", folder)
    imported = _child("importing", "bench.importing", folder, str(megabytes))
    return [
        scoring_sheet(runs),
        solver_sheet(runs),
        what_if_sheet(runs),
        ingest_sheet(ingest),
        reply_sheet(largest, replies),
        import_sheet(imported),
    ]


def _child(what: str, module: str, *arguments: str) -> Any:  # noqa: ANN401 -- JSON
    """Run a module in a process of its own, whose memory is its alone."""
    print(f"{what} ...", file=sys.stderr, flush=True)
    done = subprocess.run(  # noqa: S603 -- our own modules
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
