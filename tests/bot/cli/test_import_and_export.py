import json
from pathlib import Path

from tests.bot.cli.conftest import Run
from tests.bot.sources.discord.export.exports import (
    GUILD,
    export,
    message,
    reaction,
    user,
    written,
)

SLUG = f"discord-{GUILD}"


def exported(tmp_path: Path, messages: int = 3) -> Path:
    return written(
        tmp_path / "a.json",
        export(
            message(n, user(n % 2), reactions=[reaction("👍", user(2))])
            for n in range(messages)
        ),
    )


def test_imported_events_can_be_exported(run: Run, tmp_path: Path) -> None:
    done = run("import", "discord-export", str(exported(tmp_path)))
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


def test_importing_again_adds_nothing(run: Run, tmp_path: Path) -> None:
    path = str(exported(tmp_path))
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
    exported(folder)
    (folder / "b.json").write_text("{")

    done = run("import", "discord-export", str(folder), "--json")

    assert done.status == 2
    assert "b.json" in done.err
    assert json.loads(done.out)["messages"] == 3


def test_a_path_that_leads_nowhere_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("import", "discord-export", str(tmp_path / "none"))

    assert done.status == 2
    assert "does not exist" in done.err


def test_a_community_file_that_is_none_is_refused_in_a_sentence(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f"{SLUG}.db").write_text("no database at all, only words " * 99)

    done = run("export", SLUG)

    assert done.status in {1, 2}
    assert f"{SLUG}.db" in done.err
