"""What an edge costs: ten million of them beside a million.

python -m bench.big [--edges 1000000,10000000] [--markdown FILE] [--folder FOLDER]
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.children import child, console, heading
from bench.report import bare_sheet, markdown, show


def main() -> int:
    """Measure, print, and write Markdown where asked; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.big", description="Time and memory of an edge, by size."
    )
    parser.add_argument("--edges", default="1000000,10000000", help="sizes, commas between")
    parser.add_argument("--markdown", type=Path, help="file to write the table to")
    parser.add_argument("--folder", type=Path, help="where to put data")
    wanted = parser.parse_args()
    sizes = sorted(int(part) for part in wanted.edges.split(","))
    with tempfile.TemporaryDirectory(dir=wanted.folder, prefix="credbot-bench-") as folder:
        sheet = bare_sheet(measured(folder, sizes))
    console().print(heading(), highlight=False)
    show(sheet, console())
    if wanted.markdown is not None:
        text = f"# Benchmark of large graphs\n\n{heading()}.\n\n{markdown(sheet)}"
        wanted.markdown.write_text(text, encoding="utf-8")
    return 0


def measured(folder: str, sizes: list[int]) -> list[dict[str, Any]]:
    """Return the figures of each size, the smallest first."""
    runs = []
    for edges in sizes:
        size = f"{edges:,} edges"
        child(f"drawing {size}", "bench.bare", "events", folder, str(edges))
        whole = child(f"all of {size}", "bench.bare", "whole", folder, str(edges))
        alone = child(f"graph of {size}", "bench.bare", "solver", folder, str(edges))
        runs.append(whole | {"alone_bytes": alone["peak_bytes"]})
    return runs


if __name__ == "__main__":
    sys.exit(main())
