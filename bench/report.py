"""Figures as tables, for the terminal and for Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.bare import STAGES

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of text with a title and a note."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def scoring_sheet(runs: Sequence[Figures]) -> Sheet:
    """Return the times of the stages from log to scores."""
    stages = (
        "columns",
        "fold",
        "build",
        "weigh",
        "compile",
        "reduce",
        "solve",
        "certify",
        "scores",
    )
    return Sheet(
        "From the log to scores",
        (
            "edges",
            "events",
            *stages,
            "cold",
            "of that the system",
            "a recompute",
            "new weights",
            "peak memory",
            "an edge",
            "chain",
        ),
        tuple(
            (
                f"{run['edges']:,}",
                f"{run['events']:,}",
                *(_time(run[f"{stage}_s"]) for stage in stages),
                _time(run["cold_s"]),
                _time(run["cold_system_s"]),
                _time(run["recompute_s"]),
                _time(run["resolve_s"]),
                f"{run['peak_bytes'] / 1e6:,.0f} MB",
                f"{run['peak_bytes'] / run['edges']:,.0f} B",
                _time(run["chain_s"]),
            )
            for run in runs
        ),
        "Cold: all stages, once, from the column store to scores, as the first thing that a "
        "process does; the system's part goes into memory that was never used before. A "
        "recompute: the same as the scheduler does it, with the snapshot saved. New weights: "
        "from the structure and the compiled graph to published scores, each row to 1e-13 and "
        "certified. Peak memory: after the cold run, without what the process held once "
        "everything was imported. Solve: with every node's flow. "
        "The chain is built only when somebody asks where cred came from.",
    )


def bare_sheet(runs: Sequence[Figures]) -> Sheet:
    """Return what an edge costs, by size; the smallest comes first."""

    def per_edge(run: Figures) -> float:
        return float(sum(run[f"{stage}_s"] for stage in STAGES) / run["edges"])

    return Sheet(
        "What an edge costs, by size",
        (
            "edges",
            *STAGES,
            "all",
            "per edge",
            "beside the smallest",
            "peak memory per edge",
            "of the solver alone",
        ),
        tuple(
            (
                f"{run['edges']:,}",
                *(_time(run[f"{stage}_s"]) for stage in STAGES),
                _time(per_edge(run) * run["edges"]),
                f"{per_edge(run) * 1e9:,.0f} ns",
                _ratio(per_edge(run), per_edge(runs[0])),
                f"{run['peak_bytes'] / run['edges']:,.0f} B",
                f"{run['alone_bytes'] / run['edges']:,.0f} B",
            )
            for run in runs
        ),
        "One run each, in a process of its own, from columns of events in memory to scores, "
        "each row to 1e-13, without a database. Memory: the peak, without what the process "
        "held once everything was imported. The solver alone: from the graph's columns, which "
        "are included, to scores.",
    )


def solver_sheet(runs: Sequence[Figures]) -> Sheet:
    """Return the times of the solver and of others, at the same accuracy."""
    return Sheet(
        "The solver beside others, at the same accuracy",
        (
            "edges",
            "matrix entries",
            "L1 error",
            "credbot",
            "power iteration",
            "ratio",
            "networkx.pagerank",
            "ratio",
            "credbot, plain engine",
            "ratio",
            "one pass of memory",
        ),
        tuple(
            (
                f"{run['edges']:,}",
                f"{comparison['matrix_entries']:,}",
                f"{comparison['reached']:.0e}",
                f"{_time(comparison['ours_s'])} ({comparison['ours_steps']} sweeps)",
                f"{_time(comparison['power_s'])} ({comparison['power_steps']} steps)",
                _ratio(comparison["power_s"], comparison["ours_s"]),
                f"{_time(comparison['networkx_s'])} (error {comparison['networkx_error']:.0e})",
                _ratio(comparison["networkx_s"], comparison["ours_s"]),
                f"{_time(comparison['plain_s'])} ({comparison['plain_steps']} steps)",
                _ratio(comparison["plain_s"], comparison["ours_s"]),
                f"{_time(comparison['pass_s'])} ({_passes(comparison):,.0f} for credbot's)",
            )
            for run in runs
            for comparison in run["compared"]
        ),
        "Ratio: how many times as long as credbot. credbot solves the reduced system (the time "
        "to reduce it is above) and proves an error of 1e-6 and 1e-9; the column has the error "
        "it reached. Power iteration: scipy, on the complete matrix, for as many steps as that "
        "error takes, without tests in between; building the matrix "
        f"({', '.join(_time(run['compared'][0]['matrix_s']) for run in runs)}) is not counted. "
        "The plain engine proves the error of each row, relative to it.",
    )


def ingest_sheet(runs: Sequence[Figures]) -> Sheet:
    """Return the rates at which events are acknowledged."""
    return Sheet(
        "Ingest: events acknowledged, each on disk",
        ("writer", "producers", "events a second", "p50", "p99"),
        tuple(
            (
                run["writer"],
                f"{run['producers']}",
                f"{run['events_per_second']:,.0f}",
                f"{run['p50_ms']:.1f} ms",
                f"{run['p99_ms']:.1f} ms",
            )
            for run in runs
        ),
    )


def reply_sheet(edges: int, run: Figures) -> Sheet:
    """Return the times of replies."""
    return Sheet(
        f"A command's reply, {edges:,} edges",
        ("what", "times", "p50", "p99", "longest"),
        tuple(
            (
                words,
                f"{run[name]:,}",
                *(
                    f"{run[f'{name}_{quantile}_ms']:.1f} ms"
                    for quantile in ("p50", "p99", "max")
                ),
            )
            for words, name in (
                ("a reply, nothing else going on", "idle"),
                ("a reply during a recompute", "busy"),
                ("the event loop's delay during the first", "lag"),
            )
        ),
        f"Slowest: {run['slowest']}",
    )


def pace_sheet(runs: Sequence[tuple[int, Figures]]) -> Sheet:
    """Return how soon events are in everybody's scores, by the number of edges."""
    return Sheet(
        "Fifty events a second: how soon each is in everybody's scores",
        (
            "edges",
            "events",
            "p50",
            "p99",
            "longest",
            "recomputes",
            "one recompute",
            "recomputing in the busiest minute",
        ),
        tuple(
            (
                f"{edges:,}",
                f"{run['events']:,}",
                f"{run['p50_s']:.1f} s",
                f"{run['p99_s']:.1f} s",
                f"{run['max_s']:.1f} s",
                f"{run['recomputes']:,}",
                _time(run["recompute_s"]),
                f"{run['busiest_minute_s']:.1f} s",
            )
            for edges, run in runs
        ),
        "From the moment an event is on disk to the end of the recompute whose scores hold it.",
    )


def import_sheet(run: Figures) -> Sheet:
    """Return the time and memory of importing a large export."""
    return Sheet(
        "Importing an export of DiscordChatExporter",
        ("file", "messages", "time", "speed", "peak memory"),
        (
            (
                f"{run['bytes'] / 1e6:,.0f} MB",
                f"{run['messages']:,}",
                _time(run["import_s"]),
                f"{run['bytes'] / 1e6 / run['import_s']:.1f} MB/s",
                f"{run['peak_bytes'] / 1e6:,.0f} MB",
            ),
        ),
    )


def show(sheet: Sheet, console: Console) -> None:
    """Print a table."""
    table = Table(title=Text(sheet.title, "bold"), title_justify="left")
    for column, heading in enumerate(sheet.headings):
        table.add_column(heading, justify="right" if column else "left")
    for row in sheet.rows:
        table.add_row(*map(Text, row))
    console.print(table)
    if sheet.note:
        console.print(Text(sheet.note, "dim"))
    console.print()


def markdown(sheet: Sheet) -> str:
    """Return a table as Markdown."""
    lines = [f"## {sheet.title}", "", _row(sheet.headings)]
    lines.append(
        _row(["---" if column == 0 else "---:" for column in range(len(sheet.headings))])
    )
    lines += [_row(row) for row in sheet.rows]
    return "\n".join([*lines, *(["", sheet.note] if sheet.note else []), ""])


def _passes(comparison: Figures) -> float:
    """Return how many passes of memory take as long as the solver."""
    return float(comparison["ours_s"] / comparison["pass_s"])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


def _ratio(theirs: float, ours: float) -> str:
    return f"{theirs / ours:.2g}x" if theirs < 100 * ours else f"{theirs / ours:,.0f}x"
