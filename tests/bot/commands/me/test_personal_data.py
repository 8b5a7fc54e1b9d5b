"""`me data`, `me optout`, `me optin`, `me erase` and `privacy`."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.commands.kit.arguments import Mention
from bot.community.communities import Community
from cred.facts.events import Kind
from storage.log.batch import Account, Batch
from storage.people import personal_data
from tests.bot.commands.garden import ADA, GRACE, NOW_MS
from tests.bot.commands.me.requests import ask, link
from tests.bot.forum import ADA_L, both_places
from tests.storage.builders import a_batch_of, a_reaction, an_event
from tests.storage.people.test_erasure import PERSONAL


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


def number(community: Community, source: str, id_: str) -> int:
    found = community.directory.account_number(source, id_)
    assert found is not None
    return found


async def cred_by_name(community: Community) -> dict[str, float]:
    """Return everybody's cred after a recompute, without those of no name."""
    await community.directory.refresh()
    scores = await community.scoring.recompute(NOW_MS)
    assert scores is not None
    return {
        community.directory.account_name(int(participant)): float(scores.cred[row].sum())
        for row, participant in enumerate(scores.participants)
    }


# Data ---------------------------------------------------------------------------------------


async def test_all_that_is_kept_of_ones_accounts_is_in_the_file_and_of_nobody_else(
    community: Community,
) -> None:
    await community.log.append(
        Batch(accounts=(Account("forum", ADA_L, other_names=("Ada L.", "ada the first")),))
    )
    await link(community)

    reply = await ask(community, "me data")

    assert reply.private
    assert reply.attachment is not None
    data: dict[str, Any] = json.loads(reply.attachment.content)
    assert data["collected"] == "2026-11-20T12:00:00.000Z"
    assert {place["name"] for place in data["places"]} == {"general"}
    assert reply.attachment.content.count("\n") < len(data["events"]) + 60  # a row per line
    assert [(account["source"], account["id"]) for account in data["accounts"]] == [
        ("discord", ADA),
        ("forum", ADA_L),
    ]
    assert data["accounts"][1]["other_names"] == "Ada L.\nada the first"
    assert GRACE not in reply.attachment.content
    assert "Grace" not in reply.attachment.content
    own = [event for event in data["events"] if event["by me"]]
    assert {event["kind"] for event in own} >= {"posted", "reacted", "linked"}
    assert sum(week["cred"] for week in data["cred by week"]) > 0
    assert (
        f"{len(data['events']):,}" in next(f for f in reply.facts if f.name == "Events").value
    )


async def test_whoever_was_never_heard_of_is_told_that_nothing_is_kept(
    community: Community,
) -> None:
    reply = await ask(community, "me data", actor="4711")

    assert reply.title == "Nothing"
    assert reply.attachment is None


async def test_data_is_shown_to_nobody_else(community: Community) -> None:
    for line in ("me data", "me optout", "me optin", "me erase"):
        reply = await ask(community, line, is_private=False)

        assert reply.title == "Not in public", line
    assert not community.directory.is_opted_out(number(community, "discord", ADA))


def test_every_table_with_personal_data_is_read() -> None:
    code = Path(personal_data.__file__).read_text(encoding="utf-8")

    # The posts that cursors stand at are among the events.
    read = PERSONAL - {"archive_pieces", "cursors"} | {"archives.account_addresses"}
    assert [table for table in read if table not in code] == []


# Opting out and in --------------------------------------------------------------------------


async def test_whoever_opts_out_is_recorded_and_shown_no_more_until_they_opt_in(
    community: Community,
) -> None:
    await link(community)

    out = await ask(community, "me optout")
    again = await ask(community, "me optout", source="forum", actor=ADA_L)
    asked = await ask(community, "cred show", actor=GRACE, person=Mention("discord", ADA))
    unheard = await community.log.append(a_batch_of(an_event(actor=ADA, target="m900")))
    back = await ask(community, "me optin")
    heard = await community.log.append(a_batch_of(an_event(actor=ADA, target="m900")))

    assert out.title == "You opted out"
    assert "Ada (discord) and ada_l (forum) do" in out.text
    assert again.title == "You are out already"
    assert asked.title == "Opted out"
    assert (unheard.new, unheard.skipped) == (0, 1)
    assert back.title == "Welcome back"
    assert heard.new == 1
    assert (await ask(community, "me optin")).title == "You are in already"


async def test_somebody_never_heard_of_can_opt_out_beforehand(community: Community) -> None:
    await ask(community, "me optout", actor="4711")

    heard = await community.log.append(
        a_batch_of(an_event(actor="4711"), accounts=(Account("discord", "4711", name="Eve"),))
    )

    assert heard.new == 0
    assert community.directory.is_opted_out(number(community, "discord", "4711"))


# Erasing ------------------------------------------------------------------------------------


async def test_erasing_asks_first_and_only_for_ten_minutes(community: Community) -> None:
    unasked = await ask(community, "me erase", step="confirm")
    first = await ask(community, "me erase")

    assert "nothing to confirm" in unasked.text
    assert first.title == "Erase you?"
    assert "me erase confirm" in first.text
    assert [button.line for button in first.buttons] == ["me erase confirm"]
    assert number(community, "discord", ADA) in community.directory.find_account("Ada")
    late = await ask(community, "me erase", step="confirm", now_ms=NOW_MS + 600_000)
    assert "nothing to confirm" in late.text


async def test_an_erased_person_is_gone_with_all_accounts_and_nobody_elses_cred_changes(
    community: Community,
) -> None:
    await link(community)
    before = await cred_by_name(community)
    await ask(community, "me erase")

    reply = await ask(community, "me erase", step="confirm")

    assert reply.title == "You are erased"
    assert "your 2 accounts" in reply.text
    after = await cred_by_name(community)
    others = {name: cred for name, cred in before.items() if name not in {"Ada", "ada_l"}}
    assert {name: after[name] for name in others} == pytest.approx(others)
    assert (await ask(community, "cred show")).is_error
    assert (await ask(community, "me data")).title == "Nothing"
    assert (await ask(community, "me link", platform="forum")).is_error


async def test_an_erasure_is_of_the_accounts_that_were_listed(community: Community) -> None:
    await ask(community, "me erase")
    await link(community)

    refused = await ask(community, "me erase", step="confirm")

    assert "linked or unlinked since" in refused.text
    assert number(community, "discord", ADA) in community.directory.find_account("Ada")


async def test_what_a_reader_holds_up_is_told(community: Community) -> None:
    await ask(community, "me erase")
    async with community.database.transaction() as connection:
        await connection.execute("PRAGMA busy_timeout = 1")

    async with community.database.reading() as reader:
        await reader.execute_fetchall("SELECT * FROM accounts")
        reply = await ask(community, "me erase", step="confirm")

    assert reply.title == "You are erased"
    assert "write-ahead log until the bot is restarted" in reply.text


async def test_whoever_was_erased_begins_anew_after_opting_in(community: Community) -> None:
    await ask(community, "me erase")
    await ask(community, "me erase", step="confirm")
    still_out = await ask(community, "me optout")

    refused = await community.log.append(a_batch_of(a_reaction(actor=ADA, target="m900")))
    back = await ask(community, "me optin")
    heard = await community.log.append(
        a_batch_of(an_event(Kind.POSTED, actor=ADA, target="m901", at_ms=NOW_MS + 1))
    )

    assert "me optin" in still_out.text
    assert refused.skipped == 1
    assert back.title == "Welcome back"
    assert heard.new == 1


# Privacy ------------------------------------------------------------------------------------


async def test_privacy_is_told_in_a_screen_with_what_one_can_do(community: Community) -> None:
    reply = await ask(community, "privacy", is_private=False)

    for line in ("me data", "me optout", "me erase"):
        assert f"!{line}" in reply.after
    lines = [*reply.text.split("\n"), *reply.after.split("\n")]
    assert sum(1 + len(line) // 80 for line in lines) <= 20
