import json
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Run
from tests.bot.importers.discord_export.exports import GUILD, export, message, write_export

SLUG = f"discord-{GUILD}"


@pytest.fixture(autouse=True)
def community(run: Run, tmp_path: Path) -> None:
    write_export(tmp_path / "a.json", export([message(0)]))
    assert run("import", "discord-export", str(tmp_path / "a.json")).status == 0


def test_what_is_set_is_got_and_listed(run: Run) -> None:
    done = run("settings", SLUG, "set", "weights.emoji.👍", "2.5", "discord.bots", "no")
    assert done.status == 0, done.err
    assert "version 1" in done.err

    assert run("settings", SLUG, "get", "weights.emoji.👍").out == "2.5\n"
    both = run("settings", SLUG, "get", "weights.emoji.👍", "discord.bots", "--json").out
    assert json.loads(both) == {"weights.emoji.👍": 2.5, "discord.bots": False}
    listed = json.loads(run("settings", SLUG, "list", "--json").out)
    assert listed["version"] == 1
    changed = [setting["key"] for setting in listed["settings"] if not setting["default"]]
    assert changed == ["discord.bots", "weights.emoji.👍"]


def test_a_reset_setting_has_its_default_again(run: Run) -> None:
    run("settings", SLUG, "set", "discord.bots", "no")

    assert run("settings", SLUG, "reset", "discord.bots").out == "yes\n"


def test_the_list_for_people_shows_families_too(run: Run) -> None:
    out = run("settings", SLUG).out

    assert "weights.emoji.*" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["set", "discord.bots"], "no value"),
        (["set", "discord.botz", "no"], 'did you mean "discord.bots"'),
        (["set", "discord.bots", "perhaps"], '"yes" or "no"'),
        (["get"], "needs the name"),
        (["list", "all"], "takes nothing more"),
        (["burn"], "burn"),
        (["set", "weights.emoji.👍", "-1"], "weights.emoji.👍 must be a number from 0"),
        (["set", "history.start", "soon"], "history.start must be"),
        (["set", "discord.bots", "no", "discord.bots", "yes"], "discord.bots is set twice"),
    ],
)
def test_mistakes_change_nothing_and_say_what_would_do(
    run: Run, words: list[str], says: str
) -> None:
    done = run("settings", SLUG, *words)

    assert done.status == 2
    assert done.out == ""
    assert says in done.err
    assert json.loads(run("settings", SLUG, "list", "--json").out)["version"] == 0


def test_an_unknown_community_is_answered_with_those_there_are(run: Run) -> None:
    done = run("settings", "discord-7", "list")

    assert done.status == 2
    assert SLUG in done.err


def test_all_weights_go_into_a_file_and_come_back_from_it_and_nothing_else_does(
    run: Run, tmp_path: Path
) -> None:
    run("settings", SLUG, "set", "weights.emoji.👍", "2.5", "scoring.accrual", "0.3")
    exported = run("settings", SLUG, "export")
    file = tmp_path / "weights.json"
    file.write_text(exported.out, encoding="utf-8")
    run("settings", SLUG, "reset", "weights.emoji.👍")
    run("settings", SLUG, "set", "weights.role.default", "2", "discord.bots", "no")

    done = run("settings", SLUG, "import", str(file), "--reason", "as before")
    again = run("settings", SLUG, "import", str(file))

    assert exported.status == done.status == again.status == 0, done.err
    weights = json.loads(run("settings", SLUG, "export").out)["weights"]
    assert weights == {"weights.emoji.👍": 2.5, "scoring.accrual": 0.3}
    assert run("settings", SLUG, "get", "discord.bots").out == "no\n"
    assert "version 4" in done.err
    assert again.err.endswith("All weights are so already.\n")


def test_a_file_of_which_one_weight_cannot_be_changes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    weights = {"weights.role.default": 2, "scoring.accrual": 7}
    file.write_text(json.dumps({"format": "credbot/weights-1", "weights": weights}))
    foreign, missing = tmp_path / "foreign.json", tmp_path / "none.json"
    foreign.write_text("{}")

    bad, other, none = [
        run("settings", SLUG, "import", str(path)) for path in (file, foreign, missing)
    ]

    assert [bad.status, other.status, none.status] == [2, 2, 2]
    assert "scoring.accrual must be" in bad.err
    assert "none of weights" in other.err
    assert "none.json cannot be read" in none.err
    assert json.loads(run("settings", SLUG, "list", "--json").out)["version"] == 0
