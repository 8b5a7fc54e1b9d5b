"""Every file of an instance that is not used is named, with the reason."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from bot.importers.sourcecred.instance import read_instance
from tests.bot.importers.sourcecred.instances import THREE, copy_instance, reasons_by_part

UNUSED = {
    "config/grain.json": "credbot does not pay out grain yet",
    "config/params.json": "TimelineCred",
    "config/weight.json": "not a file that SourceCred reads",
    "config/plugins/sourcecred/github/config.json": "of a plugin that is not in use",
    "config/plugins/sourcecred/discord/notes.txt": "not a file that SourceCred reads",
    "data/updater.txt": "SourceCred's note of the version",
    "data/ledger.json.bak": "not a file that SourceCred reads",
    "output/accounts.json": "output/credGrainView is read instead",
    "output/credGraph.json": "output/credGraph is read instead",
    "output/credResult.json": "TimelineCred",
    "output/credResult.json.gzip": "TimelineCred",
    "output/contributions/sourcecred/discord/contributions": "CredEquate",
    "output/graphs/sourcecred/github/graph": "of a plugin that is not in use",
    "output/grainIntegration/2022-01-30_payouts.csv": "payments that were made",
    "output/neo4j/nodes_1.csv": "Neo4j",
    "output/static/logo.svg": "not an output of SourceCred that credbot knows",
}


def test_every_file_that_is_not_used_is_named_with_the_reason(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    for name in UNUSED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("anything")
    (root / "output" / ".gitkeep").write_text("")

    instance = read_instance(root, UTC)

    left = reasons_by_part(instance)
    assert {name: reason for name, reason in UNUSED.items() if reason not in left[name]} == {}
    assert {*instance.unused_files} == {*UNUSED, "config/currencyDetails.json"}
    assert sorted(instance.timeline_files) == [
        "config/params.json",
        "output/credResult.json",
        "output/credResult.json.gzip",
    ]


def test_of_many_files_alike_the_folder_is_named(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (root / "output" / "grainIntegration").mkdir()
    for week in range(57):
        (root / "output" / "grainIntegration" / f"{week}.csv").write_text("0xa,1")

    assert reasons_by_part(read_instance(root, UTC))["output/grainIntegration/ (57 files)"] == (
        "lists of payments that were made"
    )


def test_what_archivers_and_editors_leave_is_no_file_of_an_instance(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    for path in [path for path in root.rglob("*.json") if "output" not in path.parts]:
        path.with_name(f"._{path.name}").write_bytes(b"\x00\x05\x16\x07\xff")

    instance = read_instance(root, UTC)

    assert instance.initiatives == read_instance(THREE, UTC).initiatives
    assert not any("._" in name for name in instance.unused_files)


def test_a_file_name_that_is_no_utf_8_ends_nothing(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    try:
        (root / "config" / "caf\udce9.json").write_text("{}")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")

    json.dumps(reasons_by_part(read_instance(root, UTC)), ensure_ascii=False).encode()
