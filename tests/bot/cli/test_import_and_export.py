import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.file import locking
from tests.bot.cli.conftest import Run
from tests.bot.importers.discord_export.exports import (
    GUILD,
    export,
    message,
    reaction,
    user,
    write_export,
)

SLUG = f"discord-{GUILD}"


def write_messages(tmp_path: Path, messages: int = 3) -> Path:
    return write_export(
        tmp_path / "a.json",
        export(
            message(n, user(n % 2), reactions=[reaction("👍", user(2))])
            for n in range(messages)
        ),
    )


def test_imported_events_can_be_exported(run: Run, tmp_path: Path) -> None:
    done = run("import", "discord-export", str(write_messages(tmp_path)))
    assert done.status == 0
    assert done.out == ""
    assert "3 messages in 1 file" in done.err
    assert SLUG in done.err

    rows = [json.loads(line) for line in run("export", SLUG).out.splitlines()]

    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert sum(row["kind"] == "posted" for row in rows) == 3
    assert {row["how"] for row in rows} == {"import"}
    assert "secret" not in json.dumps(rows)
    after = run("export", SLUG, "--after", str(len(rows) - 2)).out.splitlines()
    assert [json.loads(line) for line in after] == rows[-2:]


def test_one_of_anything_is_told_as_one(run: Run, tmp_path: Path) -> None:
    text = message(0, reactions=[{"emoji": {"name": "👍"}, "count": 1}])
    join, odd = message(1, type="GuildMemberJoin"), 7
    path = write_export(
        tmp_path / "a.json", export([text, join]) | {"messages": [text, join, odd]}
    )

    first = run("import", "discord-export", str(path)).err.splitlines()
    path.rename(tmp_path / "b.json")
    write_export(path, export([text]))
    run("import", "discord-export", str(path))
    again = run("import", "discord-export", str(tmp_path)).err.splitlines()

    assert first[0].startswith("1 message in 1 file: ")
    assert first[1:4] == [
        "1 reaction left out: the export does not name who reacted.",
        "1 message left out: Discord's own words (joins, pins).",
        "1 odd entry left out: no messages that can be kept.",
    ]
    assert again[0] == "1 message in 1 file (1 more was imported before): 0 new events."


def test_a_file_without_messages_is_no_success(run: Run, tmp_path: Path) -> None:
    path = write_export(tmp_path / "a.json", export([]) | {"messages": "none"})

    done = run("import", "discord-export", str(path))

    assert done.status == 2
    assert f"{path} has no list of messages" in done.err


def test_what_a_long_log_knows_is_read_in_pieces(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.import_discord_export._EVENTS_AT_ONCE", 2)
    first = export([message(0, user(1)), message(1, user(2))])
    run("import", "discord-export", str(write_export(tmp_path / "a.json", first)))
    before = run("export", SLUG).out
    older = export(
        [message(n, user(n + 1, roles=[{"id": "7"}])) for n in range(2)],
        exportedAt="2024-01-01T00:00:00Z",
    )
    older["channel"]["categoryId"] = "301"

    run("import", "discord-export", str(write_export(tmp_path / "b.json", older)))

    assert run("export", SLUG).out == before


def test_importing_again_adds_nothing(run: Run, tmp_path: Path) -> None:
    path = str(write_messages(tmp_path))
    run("import", "discord-export", path)
    before = run("export", SLUG).out

    done = run("import", "discord-export", path, "--json")

    summary = json.loads(done.out)
    assert (summary["new"], summary["done_before"]) == (0, 1)
    assert run("export", SLUG).out == before


def test_a_bad_file_is_named_the_others_are_imported_and_the_status_says_so(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    write_messages(folder)
    (folder / "b.json").write_text("{")

    done = run("import", "discord-export", str(folder), "--json")

    assert done.status == 2
    assert "b.json" in done.err
    assert json.loads(done.out)["messages"] == 3


def test_a_path_that_leads_nowhere_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("import", "discord-export", str(tmp_path / "none"))

    assert done.status == 2
    assert done.err == f"{tmp_path / 'none'} does not exist.\n"


def test_a_relative_path_is_named_as_it_was_given(run: Run) -> None:
    assert run("import", "discord-export", "nowhere").err == "nowhere does not exist.\n"


def test_where_every_file_is_refused_nothing_is_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")

    said = run("import", "discord-export", str(tmp_path / "a.json")).err

    assert len(said.splitlines()) == 1
    assert "a.json" in said


def test_one_event_is_not_1_events(run: Run, tmp_path: Path) -> None:
    run("import", "discord-export", str(write_messages(tmp_path)))
    length = len(run("export", SLUG).out.splitlines())

    assert run("export", SLUG, "--after", str(length - 1)).err == "1 event.\n"


def test_a_reader_that_went_away_ends_any_output_with_the_same_status(tmp_path: Path) -> None:
    for words in (["demo"], ["demo", "--json"]):
        with subprocess.Popen(
            [sys.executable, "-m", "bot", *words],
            cwd=Path(__file__).parents[3],
            env={**os.environ, "CRED_DATA_DIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdin.write(b"!cred\n" * 500)  # more than a pipe holds
            process.stdin.close()
            process.stdout.readline()  # as `| head -1` does
            process.stdout.close()
            said = process.stderr.read()

        assert process.returncode == 141
        assert said == b""


def test_a_community_file_that_is_none_is_refused_in_a_sentence(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f"{SLUG}.db").write_text("no database at all, only words " * 99)

    done = run("export", SLUG)

    assert done.status in {1, 2}
    assert f"{SLUG}.db" in done.err


def test_events_are_exported_while_a_bot_has_the_file_open(run: Run, tmp_path: Path) -> None:
    write_export(tmp_path / "a.json", export([message(0)]))
    run("import", "discord-export", str(tmp_path / "a.json"))
    alone = run("export", f"discord-{GUILD}")

    held = locking.acquire(tmp_path / "data" / f"discord-{GUILD}.db")
    beside = run("export", f"discord-{GUILD}")
    locking.release(held)

    assert (beside.status, beside.out) == (0, alone.out)
    assert alone.out.count("\n") > 0
