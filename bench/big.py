"""Measure what an edge costs in a graph of ten million, beside one of a million.

python -m bench.big [--edges 1000000,10000000] [--markdown FILE] [--folder FOLDER]
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.children import console, heading, run_child
from bench.report import bare_sheet, markdown, show


def main() -> int:
    """Measure, print, and write Markdown if asked to; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.big", description="Time and memory of an edge, by size."
    )
    parser.add_argument("--edges", default="1000000,10000000", help="sizes, commas between")
    parser.add_argument("--markdown", type=Path, help="file to write the table to")
    parser.add_argument("--folder", type=Path, help="where to put data")
    options = parser.parse_args()
    sizes = sorted(int(part) for part in options.edges.split(","))
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="credbot-bench-") as folder:
        sheet = bare_sheet(measure(folder, sizes))
    console().print(heading(), highlight=False)
    show(sheet, console())
    if options.markdown is not None:
        text = f"# Benchmark of large graphs\n\n{heading()}.\n\n{markdown(sheet)}"
        options.markdown.write_text(text, encoding="utf-8")
    return 0


def measure(folder: str, sizes: list[int]) -> list[dict[str, Any]]:
    """Return the figures of every size, in the order of `sizes`."""
    runs = []
    for edges in sizes:
        size = f"{edges:,} edges"
        run_child(f"drawing {size}", "bench.bare", "events", folder, str(edges))
        whole = run_child(f"all of {size}", "bench.bare", "whole", folder, str(edges))
        alone = run_child(f"graph of {size}", "bench.bare", "solver", folder, str(edges))
        runs.append(whole | {"alone_bytes": alone["peak_bytes"]})
    return runs


if __name__ == "__main__":
    sys.exit(main())
