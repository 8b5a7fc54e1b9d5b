"""All benchmarks in one run, on one machine: medians, and ratios measured side by side.

python -m bench [--edges 10000,100000,1000000] [--markdown FILE] [--folder FOLDER]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench.children import child, console, heading
from bench.filling import slug_of
from bench.report import (
    Sheet,
    import_sheet,
    ingest_sheet,
    markdown,
    pace_sheet,
    reply_sheet,
    scoring_sheet,
    show,
    solver_sheet,
    what_if_sheet,
)

_REPEATS = "3"
_MINUTE = "60"
_BUSY_EDGES = 100_000
"""Smaller communities are not measured for a minute: nobody waits for their scores."""


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
    machine = f"{heading()}; medians of {_REPEATS}"
    console().print(f"{machine}\n", highlight=False)
    for sheet in sheets:
        show(sheet, console())
    if wanted.markdown is not None:
        text = "\n".join(markdown(sheet) for sheet in sheets)
        wanted.markdown.write_text(f"# Benchmark\n\n{machine}.\n\n{text}", encoding="utf-8")
    return 0


def _measured(folder: str, sizes: list[int], megabytes: int) -> list[Sheet]:
    runs = []
    for edges in sizes:
        child(f"recording {edges:,} edges", "bench.filling", folder, str(edges))
        what = f"scoring {edges:,} edges"
        runs.append(child(what, "bench.scoring", folder, slug_of(edges), _REPEATS))
    largest = sizes[-1]
    replies = child("asking meanwhile", "bench.replying", folder, slug_of(largest))
    paces = [
        (edges, child("fifty events a second", "bench.pace", folder, slug_of(edges), _MINUTE))
        for edges in sizes
        if edges >= _BUSY_EDGES
    ]
    ingest = child("ingesting", "bench.ingest", "--json", "--folder", folder)
    imported = child("importing", "bench.importing", folder, str(megabytes))
    return [
        scoring_sheet(runs),
        solver_sheet(runs),
        what_if_sheet(runs),
        pace_sheet(paces),
        ingest_sheet(ingest),
        reply_sheet(largest, replies),
        import_sheet(imported),
    ]


if __name__ == "__main__":
    sys.exit(main())
