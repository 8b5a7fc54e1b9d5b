"""What a source can ask of the log, answered in its own ids."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cred.facts import events
from cred.facts.events import FAMILIES, Event, Family, Kind, Provenance
from storage.file.database import Database
from storage.log.batch import Account, Batch
from storage.log.current_state import CurrentAccount, CurrentContribution, CurrentState
from storage.log.event_log import EventLog
from tests.event_examples import EXAMPLES


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "community.db") as opened:
        yield opened


async def record(database: Database, *events: Event) -> None:
    async with EventLog(database) as log:
        await log.append(Batch(events=events))


def event(kind: Kind, at_ms: int = 1, *, source: str = "discord", **fields: Any) -> Event:
    return Event(
        source=source, kind=kind, at_ms=at_ms, seen_ms=5, provenance=Provenance.LIVE, **fields
    )


async def test_reactions_and_mentions_are_told_as_they_are_now(database: Database) -> None:
    await record(
        database,
        event(Kind.POSTED, target="m1", actor="ada", place="c"),
        event(Kind.MENTIONED, target="m1", actor="ada", object="bob", value=2),
        event(Kind.MENTIONED, target="m1", actor="ada", object="cyd", value=1),
        event(Kind.MENTIONED, target="m1", actor="ada", object="cyd", value=0),
        event(Kind.REACTED, target="m1", actor="bob", text="👍"),
        event(Kind.REACTED, target="m1", actor="cyd", text="👍"),
        event(Kind.UNREACTED, target="m1", actor="cyd", text="👍"),
        event(Kind.REACTED, target="m2", actor="cyd", text="x:1"),
    )

    known = await CurrentState(database, "discord").contributions(["m1", "m2", "m3"])

    assert known == {
        "m1": CurrentContribution(
            posted=True,
            author="ada",
            reactions=frozenset({("bob", "👍")}),
            mentions={"bob": 2},
        ),
        "m2": CurrentContribution(reactions=frozenset({("cyd", "x:1")})),
    }


async def test_a_contribution_is_whose_it_was_said_to_be_last(database: Database) -> None:
    current = CurrentState(database, "discord")
    found = []
    await record(database, event(Kind.POSTED, target="m1", actor="ada", place="c"))
    for author in ("ada", "bob", None, "ada", "ada"):
        await record(database, event(Kind.AUTHORED, target="m1", actor=author))
        (known,) = (await current.contributions(["m1"])).values()
        found.append((known.author, await current.author("m1")))

    assert found == [("ada", 1), ("bob", 2), (None, None), ("ada", 1), ("ada", 1)]


async def test_references_are_told_as_they_are_now(database: Database) -> None:
    def refers(to: str, type_: str, times: int, at_ms: int = 1) -> Event:
        return event(
            Kind.REFERENCED, at_ms, target="post:1", object=to, text=type_, value=times
        )

    await record(
        database,
        refers("topic:1", "in", 1),
        refers("post:2", "refers to", 2),
        refers("post:2", "quotes", 1),
        refers("post:3", "quotes", 1),
        refers("post:3", "quotes", 0, 2),
    )

    known = await CurrentState(database, "discord").contributions(["post:1", "post:2"])

    assert known["post:1"].references == {
        ("topic:1", "in"): 1,
        ("post:2", "refers to"): 2,
        ("post:2", "quotes"): 1,
    }
    assert known["post:2"].references == {}


async def test_what_many_messages_have_is_never_mixed_up(database: Database) -> None:
    targets = [f"m{number}" for number in range(120)]
    await record(
        database,
        *(event(Kind.REACTED, target=target, actor=target, text="👍") for target in targets),
    )

    known = await CurrentState(database, "discord").contributions(targets)

    assert all(known[target].reactions == {(target, "👍")} for target in targets)


async def test_posts_of_a_place_leave_out_older_and_deleted_ones(database: Database) -> None:
    await record(
        database,
        event(Kind.POSTED, 10, target="old", actor="a", place="c"),
        event(Kind.POSTED, 20, target="kept", actor="a", place="c"),
        event(Kind.POSTED, 30, target="gone", actor="a", place="c"),
        event(Kind.POSTED, 30, target="back", actor="a", place="c"),
        event(Kind.POSTED, 30, target="elsewhere", actor="a", place="d"),
        event(Kind.DELETED, 40, target="gone"),
        event(Kind.DELETED, 40, target="back"),
        event(Kind.RESTORED, 50, target="back"),
    )

    assert await CurrentState(database, "discord").posts("c", 20) == {"kept", "back"}


async def test_members_are_those_who_joined_and_did_not_leave(database: Database) -> None:
    await record(
        database,
        event(Kind.JOINED, actor="ada"),
        event(Kind.JOINED, actor="bob"),
        event(Kind.LEFT, actor="bob"),
        event(Kind.JOINED, source="forum", actor="cyd"),
    )

    assert await CurrentState(database, "discord").members() == {"ada"}


async def test_a_source_never_heard_of_knows_nothing(database: Database) -> None:
    current = CurrentState(database, "discord")

    assert await current.contributions(["m"]) == {}
    assert await current.posts("c", 0) == frozenset()
    assert await current.members() == frozenset()


async def test_accounts_are_told_with_their_name_and_latest_roles(database: Database) -> None:
    async with EventLog(database) as log:
        await log.append(
            Batch(
                events=(
                    event(Kind.ROLES_CHANGED, actor="1", text="trust:1"),
                    event(Kind.ROLES_CHANGED, actor="1", text="trust:2"),
                    event(Kind.ROLES_CHANGED, actor="9", text="r", source="other"),
                ),
                accounts=(Account("discord", "1", name="ada"), Account("discord", "2")),
            )
        )

    assert await CurrentState(database, "discord").accounts() == {
        "1": CurrentAccount("ada", "trust:2"),
        "2": CurrentAccount(None, None),
    }


NOT_ASKED = {
    # These happen once: appending one again adds nothing, so no source asks first.
    events.EDIT,
    events.REPLY,
    # Sources record these whenever they read them.
    events.PLACE,
    # No platform holds these. The services that enter them read the fold.
    events.LINK,
    events.STATUS,
    events.CREDIT,
    events.CHAMPION,
    events.SECOND,
    events.ENTITLEMENT,
    events.VOTE,
}
"""Families that no question is about."""


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
async def test_every_family_changes_an_answer_or_is_never_asked_about(
    family: Family, database: Database
) -> None:
    async def answers() -> list[object]:
        state = CurrentState(database, "discord")
        # An account is known once it is named anywhere, which is not what this is about.
        roles = [account.roles for account in (await state.accounts()).values()]
        return [await state.contributions(["m1"]), await state.members(), set(roles) - {None}]

    if family is not events.POST:
        await record(database, EXAMPLES[events.POST].change)
        await record(database, event(Kind.REFERENCED, target="m2", object="m1", text="in"))
    before = await answers()

    await record(database, EXAMPLES[family].change)

    is_answered = await answers() != before
    assert is_answered == (family not in NOT_ASKED), (
        f"answer questions about {family.name} in storage/log/current_state.py, "
        "or list it in NOT_ASKED"
    )
