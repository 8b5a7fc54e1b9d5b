"""`credbot people`: an operator does for somebody what they could do in chat."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bot.app.control_socket import ask, listen, socket_path
from bot.community.communities import Communities
from bot.community.errors import SettingMistakeError
from bot.services.people_requests import PeopleRequest
from bot.sources import discover
from tests.bot.cli.conftest import Run
from tests.bot.importers.discord_export.exports import GUILD, export, message, write_export
from tests.storage.builders import a_batch_of, an_event

SLUG = f"discord-{GUILD}"


@pytest.fixture(autouse=True)
def account(run: Run, tmp_path: Path) -> str:
    """Import a message, and return its author's account."""
    write_export(tmp_path / "a.json", export([message(0)]))
    assert run("import", "discord-export", str(tmp_path / "a.json")).status == 0
    with closing(sqlite3.connect(tmp_path / "data" / f"{SLUG}.db")) as file:
        ((id_,),) = file.execute(
            "SELECT ref FROM accounts JOIN events ON actor = accounts.number "
            "WHERE events.kind = 1"
        )
    return f"discord:{id_}"


def test_somebody_is_found_by_account_and_by_name(run: Run, account: str) -> None:
    found = json.loads(run("people", SLUG, "find", account, "--json").out)["people"]
    name = found[0]["accounts"][0]["name"]
    shown = run("people", SLUG, "find", name)

    assert [known["account"] for known in found[0]["accounts"]] == [account]
    assert found[0]["opted_out"] is False
    assert account in shown.out
    for json_too in ((), ("--json",)):
        nobody = run("people", SLUG, "find", "nobody at all", *json_too)
        assert (nobody.status, nobody.err) == (1, "Nobody fits.\n")


def test_somebody_is_opted_out_and_in_again(run: Run, account: str) -> None:
    assert run("people", SLUG, "optout", account).status == 0
    assert "(opted out)" in run("people", SLUG, "find", account).out
    assert run("people", SLUG, "optin", account).status == 0
    assert "(opted out)" not in run("people", SLUG, "find", account).out


def test_an_account_that_was_never_heard_of_is_opted_out_beforehand(run: Run) -> None:
    done = run("people", SLUG, "optout", "discord:4711")

    assert done.status == 0, done.err
    assert "(opted out)" in run("people", SLUG, "find", "discord:4711").out
    assert run("people", SLUG, "optout", "discord:ada").status == 2
    assert run("people", SLUG, "optout", "elsewhere:4711").status == 2


def test_whoever_was_erased_is_opted_in_again_but_not_out(run: Run, account: str) -> None:
    assert run("people", SLUG, "erase", account, "--yes").status == 0

    out = run("people", SLUG, "optout", account)
    back = run("people", SLUG, "optin", account)

    assert out.status == 2
    assert f"{account} was erased" in out.err
    assert back.status == 0
    assert "was erased" in back.err


def test_what_is_kept_is_exported_and_no_file_is_overwritten(
    run: Run, account: str, tmp_path: Path
) -> None:
    done = run("people", SLUG, "export", account, "--output", str(tmp_path / "them.json"))
    again = run("people", SLUG, "export", account, "--output", str(tmp_path / "them.json"))

    assert done.status == 0, done.err
    data = json.loads((tmp_path / "them.json").read_text(encoding="utf-8"))
    assert data["format"] == "credbot/personal-data-1"
    kinds = [event["kind"] for event in data["events"] if event["by me"]]
    assert kinds == ["posted", "roles_changed"]
    assert again.status == 2
    assert "exists" in again.err


def test_an_erasure_is_confirmed_and_survives_importing_the_same_again(
    run: Run, account: str, tmp_path: Path
) -> None:
    unsure = run("people", SLUG, "erase", account)
    still = run("people", SLUG, "find", account)
    done = run("people", SLUG, "erase", account, "--yes")
    gone = run("people", SLUG, "find", account)
    (tmp_path / "data" / f"{SLUG}.db").touch()
    write_export(tmp_path / "b.json", export([message(0)]))
    imported = run("import", "discord-export", str(tmp_path / "b.json"))
    after = run("people", SLUG, "find", account)

    assert (unsure.status, still.status) == (2, 0)
    assert "--yes" in unsure.err
    assert done.status == 0, done.err
    assert gone.status == 1
    assert imported.status == 0, imported.err
    assert "left out: of people who opted out or were erased." in imported.err
    assert after.status == 1
    assert (
        account.partition(":")[2].encode()
        not in (tmp_path / "data" / f"{SLUG}.db").read_bytes()
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((SLUG, "erase", "stranger", "--yes"), "is called “stranger”"),
        ((SLUG, "erase", "stranger"), "is called “stranger”"),
        ((SLUG, "export", "usre1"), "Similar: User1 (discord:"),
        ((SLUG, "vanish", "ada"), "vanish"),
        (("discord-77", "find", "ada"), "discord-77"),
    ],
)
def test_wrong_input_is_told_in_a_sentence(run: Run, words: tuple[str, ...], says: str) -> None:
    done = run("people", *words)

    assert done.status == 2
    assert says in done.err


async def test_an_export_of_any_length_comes_from_a_running_bot(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as worker:
        async with Communities(tmp_path / "live", list(discover().values()), worker) as opened:
            community = await opened.get_or_create("discord-1", "A server", "discord", "1")
            events = [an_event(actor="17", target=f"m{number}") for number in range(5_000)]
            await community.log.append(a_batch_of(*events))
            path = socket_path(tmp_path / "live", "discord-1")
            async with listen(path, community, now_ms=lambda: 1, on_change=lambda: None):
                answer = await ask(path, PeopleRequest("export", "discord:17"))

    assert len(json.dumps(answer)) > 1_000_000
    assert str(answer).count("'kind': 'posted'") == 5_000


async def test_a_running_bot_is_asked(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as worker:
        async with Communities(tmp_path / "live", list(discover().values()), worker) as opened:
            community = await opened.get_or_create("discord-1", "A server", "discord", "1")
            await community.log.append(a_batch_of(an_event(actor="17")))
            path = socket_path(tmp_path / "live", "discord-1")
            async with listen(path, community, now_ms=lambda: 1, on_change=lambda: None):
                found = await ask(path, PeopleRequest("find", "discord:17"))
                await ask(path, PeopleRequest("erase", "discord:17"))
                gone = await ask(path, PeopleRequest("find", "discord:17"))
                with pytest.raises(SettingMistakeError, match="discord:17"):
                    await ask(path, PeopleRequest("optout", "discord:17"))

    assert str(found).count("discord:17") == 1
    assert gone["people"] == []
