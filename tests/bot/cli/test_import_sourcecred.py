"""`credbot import sourcecred`: what it prints, stores and refuses."""

import json
from pathlib import Path

import pytest

from storage.file import locking
from tests.bot.cli.conftest import Run
from tests.bot.importers.sourcecred.instances import (
    DISCORD_GRAPH,
    THREE,
    copy_instance,
    edit_json,
)

SLUG = "discord-100000000000000001"


def test_an_instance_moves_in_and_the_comparison_is_shown(run: Run, tmp_path: Path) -> None:
    done = run("import", "sourcecred", str(THREE))

    assert done.status == 0
    assert "Published 62.074985, ours 62.075000" in done.out
    assert "SourceCred stops when no probability changes by more than 1e-7" in done.out
    assert "ada" in done.out
    assert f"Imported into the community {SLUG}" in done.err
    assert "Its cred is 62.0" in done.err
    assert (tmp_path / "data" / f"{SLUG}.db").exists()
    again = run("import", "sourcecred", str(THREE))
    assert "nothing changed" in again.err
    value = run("settings", SLUG, "get", "sourcecred.archive")
    assert "discord, discourse, initiatives" in value.out


def test_json_holds_everybody_and_nothing_else_is_on_standard_output(run: Run) -> None:
    done = run(
        "import",
        "sourcecred",
        str(THREE),
        "--json",
        "--sourcecred-boundaries",
        "--community",
        "us",
    )

    result = json.loads(done.out)
    assert result["community"] == "us"
    assert result["comparison"]["sourcecredBoundaries"] is True
    assert result["comparison"]["worstWeek"] < 1e-4
    assert [participant["name"] for participant in result["comparison"]["participants"]][
        :2
    ] == ["ada", "ben"]
    assert result["moved"]["cred"] == pytest.approx(62.075)
    assert {part["what"] for part in result["parts"]} >= {
        "config/weights.json",
        "data/ledger.json: grain",
    }
    assert run("settings", "us", "get", "scoring.sourcecred-boundaries").out.strip() == "yes"


def test_who_was_published_but_is_not_in_the_ledger_is_shown(run: Run, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    ledger = root / "data" / "ledger.json"
    ada = "o5DhYjAtzz98ybSbnw7SVw"
    lines = [line for line in ledger.read_text().splitlines() if ada not in line]
    ledger.write_text("\n".join(lines))

    shown = run("import", "sourcecred", str(root), "--dry-run")
    result = json.loads(run("import", "sourcecred", str(root), "--dry-run", "--json").out)

    assert shown.status == 0
    assert "ada (not in the ledger)" in shown.out
    assert "The scores are not of these files: ada was published with 22.92" in shown.out
    by_name = {person["name"]: person for person in result["comparison"]["participants"]}
    assert (by_name["ada"]["inLedger"], by_name["ada"]["account"]) == (False, None)
    assert by_name["ada"]["published"] == pytest.approx(22.92, abs=1e-3)
    assert by_name["ben"]["inLedger"]


def test_a_dry_run_tells_all_of_it_and_keeps_nothing(run: Run, tmp_path: Path) -> None:
    done = run("import", "sourcecred", str(THREE), "--dry-run")

    assert done.status == 0
    assert "Published 62.074985" in done.out
    assert "Nothing was stored" in done.err
    assert not (tmp_path / "data").exists()


def test_a_broken_instance_is_one_sentence_and_nothing_is_written(
    run: Run, tmp_path: Path
) -> None:
    root = copy_instance(tmp_path)
    (root / DISCORD_GRAPH).write_bytes(b"x\x9c" + b"\0" * 50)

    done = run("import", "sourcecred", str(root))

    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith(f"{DISCORD_GRAPH} is damaged")
    assert done.err.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_no_text_of_an_instance_writes_to_the_terminal(run: Run, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (root / "config" / "\x1b[2Jhidden\u202e.json").write_text("{}")
    edit_json(root, "sourcecred.json", lambda value: {**value, "\x1b[31mred": 1})

    shown = run("import", "sourcecred", str(root), "--dry-run").out

    assert "[31mred (not known)" in shown
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown


def test_what_a_new_community_cannot_keep_leaves_no_file_of_it(
    run: Run, tmp_path: Path
) -> None:
    root = copy_instance(tmp_path)

    def nameless(value: dict[str, dict[str, object]]) -> object:
        return {**value, "plugins": {"/": value["plugins"]["sourcecred/discord"]}}

    edit_json(root, "config/pluginBudgets.json", nameless)
    done = run("import", "sourcecred", str(root))

    assert done.status == 2
    assert "say what the budget is for" in done.err
    assert done.out == ""
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere"], "nowhere is not a folder: name the folder of an instance."),
        (["."], "there is no sourcecred.json in it."),
        ([str(THREE), "--time-zone", "Mars/Base"], '"Mars/Base" is not a time zone'),
        ([str(THREE), "--community", "Not A Slug"], "is no name for a community"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Run, words: list[str], sentence: str) -> None:
    done = run("import", "sourcecred", *words)

    assert done.status == 2
    assert sentence in done.err


def test_without_a_discord_server_the_community_must_be_named(run: Run, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    edit_json(root, "config/plugins/sourcecred/discord/config.json", lambda _value: [])

    assert "--community" in run("import", "sourcecred", str(root)).err
    done = run("import", "sourcecred", str(root), "--community", "club")
    assert done.status == 0
    assert "Imported into the community club" in done.err


def test_graphs_that_clash_are_told(run: Run, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    shared = "N\0sourcecred\0discord\0REACTION\0"

    def twice(value: list[dict[str, list[dict[str, dict[str, float]]]]]) -> object:
        value[1]["weightsJSON"][1]["nodeWeights"][shared] = 3.0
        return value

    edit_json(root, "output/graphs/sourcecred/initiatives/graph", twice)

    done = run("import", "sourcecred", str(root))

    assert done.status == 2
    assert "two graphs give nodes under 'sourcecred/discord/REACTION' a weight" in done.err
    assert not (tmp_path / "data").exists()


def test_without_graphs_settings_and_people_move_in_all_the_same(
    run: Run, tmp_path: Path
) -> None:
    root = copy_instance(tmp_path)
    for path in (root / "output" / "graphs").rglob("graph"):
        path.unlink()

    done = run("import", "sourcecred", str(root))

    assert done.status == 0
    assert "There is no graph in output/graphs" in done.out
    assert "Imported into the community" in done.err
    assert "Its cred" not in done.err
    parts = json.loads(run("import", "sourcecred", str(root), "--json").out)["parts"]
    missing = [part["what"] for part in parts if part["left"].startswith("there is none")]
    assert missing == [
        f"graph of sourcecred/{plugin}" for plugin in ("discord", "discourse", "initiatives")
    ]
    assert run("settings", SLUG, "get", "weights.emoji.🔥").out.strip() == "2"


def test_a_community_that_a_bot_runs_is_left_alone(run: Run, tmp_path: Path) -> None:
    run("import", "sourcecred", str(THREE))
    held = locking.acquire(tmp_path / "data" / f"{SLUG}.db")

    done = run("import", "sourcecred", str(THREE))
    dry = run("import", "sourcecred", str(THREE), "--dry-run")

    locking.release(held)

    assert (done.status, done.out) == (1, "")
    assert "Another credbot works with" in done.err
    assert dry.status == 0
