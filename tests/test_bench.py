"""Every benchmark runs, on a community small enough to be quick. Its figures are not judged."""

from pathlib import Path
from typing import Any

import pytest

from bench import big, importing, ingest, pace, reading, replying, scoring
from bench.filling import fill, slug_of
from bench.report import (
    Sheet,
    bare_sheet,
    import_sheet,
    ingest_sheet,
    markdown,
    pace_sheet,
    reply_sheet,
    scoring_sheet,
    solver_sheet,
)

EDGES = 2_000


def has_a_row_per(count: int, sheet: Sheet) -> bool:
    return (
        len(sheet.rows) == count
        and all(len(row) == len(sheet.headings) for row in sheet.rows)
        and markdown(sheet).startswith(f"## {sheet.title}")
    )


async def test_scoring_is_measured_stage_by_stage_and_beside_others(tmp_path: Path) -> None:
    filled = await fill(tmp_path, EDGES)

    figures: dict[str, Any] = await scoring.measure(tmp_path, slug_of(EDGES), 1)

    # The log keeps one of two equal reactions.
    assert 0 < figures["events"] <= filled["events"]
    assert 0.5 * EDGES < figures["edges"] < 1.5 * EDGES
    for comparison, promised in zip(figures["compared"], (1e-6, 1e-9), strict=True):
        assert comparison["reached"] <= promised
        assert comparison["networkx_error"] <= 10 * comparison["reached"]
    assert has_a_row_per(1, scoring_sheet([figures]))
    assert has_a_row_per(2, solver_sheet([figures]))


def test_sizes_are_measured_beside_each_other_without_a_database(tmp_path: Path) -> None:
    runs = big.measure(str(tmp_path), [EDGES, 2 * EDGES])

    assert 0.5 * EDGES < runs[0]["edges"] < runs[1]["edges"] < 3 * EDGES
    assert all(run["residual"] <= 1e-12 for run in runs)
    assert all(run["alone_bytes"] > 0 for run in runs)
    assert has_a_row_per(2, bare_sheet(runs))


async def test_every_event_of_a_busy_community_is_measured_until_it_is_scored(
    tmp_path: Path,
) -> None:
    await fill(tmp_path, EDGES)

    figures = await pace.measure(tmp_path, slug_of(EDGES), seconds=0.2)

    assert figures["events"] == 10
    assert figures["recomputes"] >= 1
    assert has_a_row_per(1, pace_sheet([(EDGES, figures)]))


async def test_replies_are_measured_in_a_community_of_any_size(tmp_path: Path) -> None:
    await fill(tmp_path, EDGES)

    figures = await replying.measure(tmp_path, slug_of(EDGES))

    assert figures["busy"] > 0
    assert figures["lag"] > 0
    assert has_a_row_per(3, reply_sheet(EDGES, figures))


async def test_ingest_is_measured_beside_a_commit_for_each_event(tmp_path: Path) -> None:
    runs = await ingest.measure(tmp_path, events=400, producers=4)

    assert [run.events for run in runs] == [400, 20]


def test_the_tables_of_ingest_have_a_row_per_writer() -> None:
    run = {"writer": "w", "producers": 1, "events_per_second": 1.0, "p50_ms": 1, "p99_ms": 1}

    assert has_a_row_per(2, ingest_sheet([run, run]))


def test_importing_is_measured_with_everybody_s_reactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRED_DATA_DIR", "put back afterwards")

    figures = importing.measure(tmp_path, 1)

    assert figures["status"] == 0
    assert figures["messages"] > 100
    assert has_a_row_per(1, import_sheet(figures))


async def test_reading_history_is_measured_in_requests(tmp_path: Path) -> None:
    first, broken_off, again, news, anew = await reading.measure(tmp_path, 300)

    assert first.reactors > 100
    assert again.reactors == anew.reactors == 0
    assert news.reactors == 10
    # Of the three places that are read at once, each may have asked for a message's two emojis.
    assert first.reactors <= broken_off.reactors <= first.reactors + 3
