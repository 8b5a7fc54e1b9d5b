import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cred.credrank import Engine
from tests.bot.cli.conftest import Run

DEPENDENCIES = Path(__file__).parents[2] / "vectors" / "pipeline" / "07-dependency-minting.json"
MINIMAL = Path(__file__).parents[2] / "vectors" / "small" / "01-minimal.json"


def run_credrank(run: Run, path: Path, *options: str) -> Any:
    done = run("credrank", str(path), "--json", *options)
    assert done.status == 0, done.err
    return json.loads(done.out)


def test_a_graph_file_is_ranked_as_sourcecred_does(run: Run) -> None:
    expected = json.loads(MINIMAL.read_text())["expectedConverged"]

    scores = run_credrank(run, MINIMAL)

    assert set(scores) == {
        "epochStarts",
        "lastEpochEndMs",
        "totalMint",
        "participants",
        "nodes",
        "solver",
    }
    for ours, theirs in zip(scores["participants"], expected["participants"], strict=True):
        assert ours["id"] == theirs["id"]
        assert ours["cred"] == pytest.approx(theirs["cred"], rel=1e-9)
        assert ours["credPerInterval"] == pytest.approx(theirs["credPerInterval"], rel=1e-9)


def test_whole_file_input_alone_plain_gzip_and_standard_input_are_the_same(
    run: Run, tmp_path: Path
) -> None:
    everything = MINIMAL.read_bytes()
    input_alone = tmp_path / "input_alone.json"
    input_alone.write_text(json.dumps(json.loads(everything)["input"]))
    compressed = tmp_path / "compressed"
    compressed.write_bytes(gzip.compress(everything))

    results = [run_credrank(run, path) for path in (MINIMAL, input_alone, compressed)]
    from_pipe = json.loads(run("credrank", "-", "--json", typed=everything).out)

    assert all(result == from_pipe for result in results)


@pytest.mark.parametrize("engine", Engine)
def test_every_engine_gives_the_same_numbers_in_the_same_form(run: Run, engine: Engine) -> None:
    default = run_credrank(run, DEPENDENCIES)

    scores = run_credrank(run, DEPENDENCIES, "--engine", engine.value)

    assert scores.keys() == default.keys()
    assert [node.keys() for node in scores["nodes"]] == [
        node.keys() for node in default["nodes"]
    ]
    for ours, theirs in zip(scores["participants"], default["participants"], strict=True):
        assert ours["cred"] == pytest.approx(theirs["cred"], rel=1e-12)
    # They went different ways.
    assert (scores["solver"] == default["solver"]) is (engine is Engine.REDUCED)


def test_an_engine_that_there_is_not_is_refused_with_those_there_are(run: Run) -> None:
    done = run("credrank", str(MINIMAL), "--engine", "steam")

    assert done.status == 2
    assert "folded" in done.err
    assert "plain" in done.err


def test_people_get_a_table(run: Run) -> None:
    done = run("credrank", str(MINIMAL))

    assert done.status == 0
    assert "Cred of 1 participant in 1 week " in done.out
    assert "minted" in done.out


@pytest.mark.parametrize("width", [30, 50, 80])
def test_a_narrow_table_keeps_every_figure(
    run: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    expected = json.loads(MINIMAL.read_text())["expectedConverged"]["participants"]

    table = run("credrank", str(MINIMAL)).out

    assert all(f"{participant['cred']:,.2f} " in table for participant in expected)
    assert ("week" in table.splitlines()[2]) is (width == 80)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON: line 1, column 1"),
        (b'{"nodes": [', "not JSON: line 1"),
        (b"\xff\xff{}", "not UTF-8"),
        (b"\x1f\x8b\x08\x00broken", "damaged gzip"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[1]", ""),
        (b"{}", "not a graph file"),
        (b'{"nodes": 3, "edges": [], "participants": []}', "nodes"),
        (b"1" * 10_000, "too long"),
        (b"NaN", ""),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(
    run: Run, tmp_path: Path, data: bytes, says: str
) -> None:
    path = tmp_path / "graph.json"
    path.write_bytes(data)

    done = run("credrank", str(path), "--json")

    assert done.status == 2
    assert done.out == ""
    assert len(done.err.strip().splitlines()) == 1
    assert done.err.startswith(str(path))
    assert says in done.err


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_path_without_a_file_is_refused_by_name(run: Run, tmp_path: Path, name: str) -> None:
    done = run("credrank", str(tmp_path / name))

    assert done.status == 2
    assert str(tmp_path / name) in done.err


def test_wrong_usage_is_status_2_and_an_unknown_option_is_named(run: Run) -> None:
    for words in (["credrank"], ["credrank", "a", "--jsn"], ["nothing"], []):
        assert run(*words).status == 2, words
    assert "--jsn" in run("credrank", "a", "--jsn").err
