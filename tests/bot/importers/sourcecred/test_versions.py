"""Outputs of other versions of SourceCred give the same numbers, or are named."""

import gzip
import shutil
import zlib
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from bot.importers.sourcecred.comparison import compare
from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.instance import Instance, read_instance
from bot.importers.sourcecred.mapping import map_config
from cred.chain.parameters import Parameters
from tests.bot.importers.sourcecred.instances import (
    DISCORD_GRAPH,
    THREE,
    copy_instance,
    edit_json,
    reasons_by_part,
)

OUTPUTS = ("graph", "credGraph", "credGrainView")
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 12345\n" % (b"a" * 64)
BOM = b"\xef\xbb\xbf"


def rewrite(
    root: Path, outputs: tuple[str, ...], suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    """Give outputs the names and the packing of another version."""
    for path in [path for path in (root / "output").rglob("*") if path.name in outputs]:
        text = zlib.decompress(path.read_bytes())
        path.unlink()
        path.with_name(path.name + suffix).write_bytes(pack(text))


def read(root: Path) -> Instance:
    return read_instance(root, UTC)


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        pytest.param(".json.gzip", zlib.compress, id="0.9"),
        pytest.param(".json", bytes, id="before 0.9, and --no-zip"),
        pytest.param("", gzip.compress, id="true gzip under the present name"),
        pytest.param("", bytes, id="plain under the present name"),
        pytest.param(".json.gzip", gzip.compress, id="true gzip under the name of 0.9"),
        pytest.param(".json.gz", gzip.compress, id="packed by hand"),
        pytest.param(".json", zlib.compress, id="packed under a plain name"),
        pytest.param(".json", lambda text: BOM + text, id="with a byte order mark"),
        pytest.param("", lambda text: zlib.compress(BOM + text), id="with a packed mark"),
    ],
)
def test_outputs_of_every_version_give_the_same_numbers(
    suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    root = copy_instance(tmp_path)
    rewrite(root, OUTPUTS, suffix, pack)

    old, new = read(root), read(THREE)

    assert old.published is not None
    assert old.published.file == f"output/credGrainView{suffix}"
    assert old.published.cred == new.published.cred if new.published else False
    assert old.scoring_run is not None
    assert new.scoring_run is not None
    assert old.scoring_run.attribution_ms == new.scoring_run.attribution_ms
    assert [row.ours for row in compare(old, sourcecred_boundaries=True).rows] == [
        row.ours for row in compare(new, sourcecred_boundaries=True).rows
    ]
    assert not old.without_graph


def test_parameters_are_read_from_an_older_cred_graph(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)

    def with_headers(value: Any) -> Any:
        value["mpg"]["parameters"]["alpha"] = 0.2
        header = {"type": "sourcecred/credGraph", "version": "0.1.0"}
        return [header, value | {"mpg": [header, value["mpg"]]}]

    edit_json(root, "output/credGraph", with_headers)
    rewrite(root, ("credGraph",), ".json.gzip", zlib.compress)

    instance = read(root)

    assert instance.scoring_run is not None
    assert instance.scoring_run.parameters == Parameters(seed_return=0.2)
    assert map_config(instance).settings["scoring.seed_return"] == 0.2
    assert "output/credGraph.json.gzip" in reasons_by_part(instance)


def test_a_cred_graph_that_names_no_parameters_is_told(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    edit_json(root, "output/credGraph", lambda value: value["mpg"].pop("parameters") and value)

    instance = read(root)

    assert instance.scoring_run is None
    assert (
        "does not name CredRank's parameters" in reasons_by_part(instance)["output/credGraph"]
    )


def test_of_copies_of_several_versions_the_newest_is_read_and_the_others_named(
    tmp_path: Path,
) -> None:
    root = copy_instance(tmp_path)
    (root / f"{DISCORD_GRAPH}.json").write_text("of 2020")
    (root / f"{DISCORD_GRAPH}.json.gzip").write_text("of 2021")

    left = reasons_by_part(read(root))

    assert left[f"{DISCORD_GRAPH}.json"] == f"{DISCORD_GRAPH} is read instead"
    assert left[f"{DISCORD_GRAPH}.json.gzip"] == f"{DISCORD_GRAPH} is read instead"


def test_an_empty_copy_hides_no_other(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    rewrite(root, OUTPUTS, ".json", bytes)
    (root / DISCORD_GRAPH).write_bytes(b"")

    instance = read(root)

    assert compare(instance, sourcecred_boundaries=True).ours == pytest.approx(62.075)
    assert reasons_by_part(instance)[DISCORD_GRAPH] == "it is empty (0 bytes)"


@pytest.mark.parametrize("name", ["graph", "graph.json.gzip"])
def test_an_empty_graph_is_told_by_name(name: str, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    path = root / DISCORD_GRAPH
    path.unlink()
    path.with_name(name).write_bytes(b"")

    reason = reasons_by_part(read(root))["graph of sourcecred/discord"]

    assert f"output/graphs/sourcecred/discord/{name} is empty (0 bytes)" in reason


@pytest.mark.parametrize(
    "name",
    [
        "config/weights.json",
        "config/pluginBudgets.json",
        "data/ledger.json",
        "output/credGrainView",
    ],
)
def test_any_other_empty_file_is_told(name: str, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (root / name).write_bytes(b"")

    assert reasons_by_part(read(root))[name] == "it is empty (0 bytes)"


@pytest.mark.parametrize("content", [b"", BOM, b" \n"])
def test_an_empty_sourcecred_json_is_refused_as_empty(content: bytes, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (root / "sourcecred.json").write_bytes(content)

    with pytest.raises(InstanceError, match=r"^sourcecred\.json is empty"):
        read(root)


def test_a_graph_under_a_name_that_no_version_gave_is_named(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    path = root / DISCORD_GRAPH
    path.rename(path.with_name("graph-old.bin"))

    left = reasons_by_part(read(root))

    assert (
        "graph-old.bin has no name that SourceCred gives" in left["graph of sourcecred/discord"]
    )


@pytest.mark.parametrize(
    "name",
    [
        "sourcecred.json",
        "data/ledger.json",
        "config/weights.json",
        "config/plugins/sourcecred/discord/config.json",
        DISCORD_GRAPH,
        "output/credGraph",
        "output/credGrainView",
    ],
)
def test_a_git_lfs_pointer_is_called_so_wherever_it_stands(name: str, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (root / name).write_bytes(LFS)

    with pytest.raises(InstanceError) as told:
        read(root)

    assert str(told.value).startswith(f"{name} is a git-lfs pointer")
    assert "git lfs pull" in str(told.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"/annex/objects/MD5E-s12345--0123456789abcdef\n", "is a git-annex pointer"),
        (b"\n<!DOCTYPE html>\n<html lang='en'>", "is a web page about the file"),
    ],
)
def test_whatever_stands_in_place_of_a_file_is_called_so(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    root = copy_instance(tmp_path)
    (root / "output" / "credGraph").write_bytes(content)

    with pytest.raises(InstanceError, match=f"^output/credGraph {sentence}"):
        read(root)


def test_a_byte_order_mark_is_no_part_of_any_file(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    for path in root.rglob("*.json"):
        path.write_bytes(BOM + path.read_bytes())

    marked, plain = read(root), read(THREE)

    assert map_config(marked).settings == map_config(plain).settings
    assert marked.ledger.participants == plain.ledger.participants
    assert marked.initiatives == plain.initiatives
    assert compare(marked, sourcecred_boundaries=True).ours == pytest.approx(62.075)


def test_without_outputs_the_branch_that_often_holds_them_is_named(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    shutil.rmtree(root / "output" / "graphs")
    without_graphs = reasons_by_part(read(root))["graph of sourcecred/discord"]
    shutil.rmtree(root / "output")
    without_outputs = reasons_by_part(read(root))["graph of sourcecred/discord"]

    assert without_graphs.startswith("there is no folder output/graphs")
    assert without_outputs.startswith("there is no folder output")
    for reason in (without_graphs, without_outputs):
        assert "the branch gh-pages often holds the outputs" in reason


def test_outputs_that_are_missing_are_told_each(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    for name in ("credGrainView", "credGraph", "accounts.json"):
        (root / "output" / name).unlink()

    left = reasons_by_part(read(root))

    assert left["published scores"].startswith("output/credGrainView and output/accounts.json")
    assert "gh-pages" in left["published scores"]
    assert left["CredRank's parameters"].startswith("output/credGraph is missing")
    assert not {"published scores", "CredRank's parameters"} & {*reasons_by_part(read(THREE))}


def test_credequate_and_unknown_keys_are_told(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    plugins = [{"id": "sourcecred/discord", "configsByTarget": {}}, "sourcecred/github"]
    edit_json(
        root,
        "sourcecred.json",
        lambda value: value | {"credEquatePlugins": plugins, "creedEquatePlugins": []},
    )

    told = reasons_by_part(read(root))["sourcecred.json"]

    assert "creedEquatePlugins (not known)" in told
    assert "credEquatePlugins (sourcecred/discord, sourcecred/github)" in told
    assert "CredRank only" in told


@pytest.mark.parametrize("value", [[], None])
def test_without_credequate_nothing_is_said_of_it(value: object, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    edit_json(root, "sourcecred.json", lambda inside: inside | {"credEquatePlugins": value})

    assert "sourcecred.json" not in reasons_by_part(read(root))


def test_a_plugin_that_is_named_twice_is_used_once(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    edit_json(
        root,
        "sourcecred.json",
        lambda value: {"bundledPlugins": value["bundledPlugins"] + ["sourcecred/discord"]},
    )

    assert compare(read(root), sourcecred_boundaries=True).ours == pytest.approx(62.075)


def test_a_folder_under_the_name_of_an_output_is_no_output(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    rewrite(root, OUTPUTS, ".json", bytes)
    (root / DISCORD_GRAPH).mkdir()
    (root / "output" / "credGraph").mkdir()

    assert compare(read(root), sourcecred_boundaries=True).ours == pytest.approx(62.075)
