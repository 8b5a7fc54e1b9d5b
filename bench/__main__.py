"""Run all benchmarks on one machine: medians, and ratios measured side by side.

python -m bench [--edges 10000,100000,1000000] [--markdown FILE] [--folder FOLDER]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench.children import console, heading, run_child
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
)

_REPEATS = "3"
_MINUTE = "60"
_BUSY_EDGES = 100_000
"""Smaller communities are not measured for a minute: nobody waits for their scores."""


def main() -> int:
    """Measure, print, and write Markdown if asked to; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Time and memory of the whole computation."
    )
    parser.add_argument("--edges", default="10000,100000,1000000", help="sizes, commas between")
    parser.add_argument("--megabytes", type=int, default=200, help="size of the export")
    parser.add_argument("--markdown", type=Path, help="file to write the tables to")
    parser.add_argument("--folder", type=Path, help="where to put data: on the disk to measure")
    options = parser.parse_args()
    sizes = sorted(int(part) for part in options.edges.split(","))
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="credbot-bench-") as folder:
        sheets = _measure(folder, sizes, options.megabytes)
    machine = f"{heading()}; medians of {_REPEATS}"
    console().print(f"{machine}\n", highlight=False)
    for sheet in sheets:
        show(sheet, console())
    if options.markdown is not None:
        text = "\n".join(markdown(sheet) for sheet in sheets)
        options.markdown.write_text(f"# Benchmark\n\n{machine}.\n\n{text}", encoding="utf-8")
    return 0


def _measure(folder: str, sizes: list[int], megabytes: int) -> list[Sheet]:
    runs = []
    for edges in sizes:
        run_child(f"recording {edges:,} edges", "bench.filling", folder, str(edges))
        label = f"scoring {edges:,} edges"
        runs.append(run_child(label, "bench.scoring", folder, slug_of(edges), _REPEATS))
    largest = sizes[-1]
    replies = run_child("asking meanwhile", "bench.replying", folder, slug_of(largest))
    paces = [
        (
            edges,
            run_child("fifty events a second", "bench.pace", folder, slug_of(edges), _MINUTE),
        )
        for edges in sizes
        if edges >= _BUSY_EDGES
    ]
    ingest = run_child("ingesting", "bench.ingest", "--json", "--folder", folder)
    imported = run_child("importing", "bench.importing", folder, str(megabytes))
    return [
        scoring_sheet(runs),
        solver_sheet(runs),
        pace_sheet(paces),
        ingest_sheet(ingest),
        reply_sheet(largest, replies),
        import_sheet(imported),
    ]


if __name__ == "__main__":
    sys.exit(main())
