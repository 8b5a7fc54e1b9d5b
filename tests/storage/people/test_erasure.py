"""Being forgotten: no byte of a person is left, and everything still adds up."""

from dataclasses import replace
from pathlib import Path

import pytest

from cred.facts.events import Kind
from storage import archives
from storage.answered_posts import AnsweredPosts
from storage.digest_mutes import DigestMutes
from storage.errors import InvalidRecordError
from storage.file.database import Database
from storage.log.batch import Account, Batch, Description, Place
from storage.log.cursors import Cursors
from storage.log.event_log import EventLog
from storage.log.rebuilding import rebuild
from storage.people import erasure
from storage.people.erasure import erase_accounts
from storage.tombstones import lift_tombstone
from tests.storage.builders import (
    MONDAY_MS,
    a_batch_of,
    a_mention,
    a_reaction,
    an_event,
    set_opted_out,
)

NAME = "Wilhelmina Nobody"
USER_NAME = "minna_of_nowhere"
ID = "190190190190190190"
POST = "555000555000555000"
WORK = "How Wilhelmina saved the day"
LINK = "https://example.org/wilhelmina"
QUESTION = "777000777000777000"
MARKS = (NAME, USER_NAME, ID, POST, WORK, LINK, QUESTION)


def traces(path: Path) -> set[str]:
    """Return what of the person the file or the write-ahead log holds."""
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal")]
    data = b"".join(file.read_bytes() for file in files if file.exists())
    return {mark for mark in MARKS if mark.encode() in data}


async def live_a_life(log: EventLog) -> None:
    for round_ in range(40):
        await log.append(
            a_batch_of(
                an_event(actor=f"u{round_}", target=f"m{round_}"),
                accounts=(Account("discord", f"u{round_}", name=f"Somebody {round_}"),),
            )
        )
    await log.append(
        a_batch_of(
            an_event(actor=ID, target=POST),
            a_mention(target="m1", object=ID),
            a_reaction(actor=ID),
            accounts=(Account("discord", ID, name=NAME, other_names=(USER_NAME,)),),
            descriptions=(Description("discord", POST, WORK, LINK),),
        )
    )
    await log.append(a_batch_of(accounts=(Account("discord", ID, name=NAME + " the Second"),)))


async def number_of(database: Database) -> int:
    """Return the number of the person's account."""
    (number,) = await database.read(
        lambda c: c.execute("SELECT number FROM accounts WHERE ref = ?", (ID,)).fetchone()
    )
    return int(number)


async def erase(database: Database) -> bool:
    return await erase_accounts(database, [await number_of(database)], MONDAY_MS)


async def test_no_byte_of_an_erased_person_is_left_in_the_file(path: Path) -> None:
    async with Database.open(path) as database, EventLog(database) as log:
        await live_a_life(log)
        answered = AnsweredPosts(database, "discord")
        for post, asker in ((QUESTION, ID), ("12", "u1")):
            await answered.begin(post, asker, version=1, line=b"", now_ms=MONDAY_MS)
        mutes = DigestMutes(database)
        await mutes.mute([1, await number_of(database)], MONDAY_MS)
        before = traces(path)
        await erase(database)
        after = traces(path)
        others = await answered.get("12")
        muted = await mutes.accounts()
    closed = traces(path)

    assert (before, after, closed) == (set(MARKS), set(), set())
    assert others is not None
    assert muted == {1}


async def test_the_chain_still_verifies_and_the_log_goes_on(
    database: Database, log: EventLog
) -> None:
    await live_a_life(log)
    head = await log.head()
    await erase(database)

    assert await log.verify() == head[1]
    assert (await log.append(a_batch_of(an_event(target="later")))).new == 1
    await log.verify()
    assert await rebuild(database) > 0
    exported = [row async for row in log.export()]
    assert {row["target"] for row in exported[-4:-3]} == {"erased-41"}


async def counts(database: Database) -> tuple[int, ...]:
    """Return how many rows the log and its side tables have."""
    return await database.read(
        lambda c: tuple(
            c.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("events", "accounts", "contributions")
        )
    )


async def test_hearing_of_erased_people_and_posts_again_writes_nothing(
    database: Database, log: EventLog
) -> None:
    await live_a_life(log)
    await log.append(
        a_batch_of(
            a_reaction(actor="u1", target=POST),
            an_event(Kind.REPLIED, actor="u2", target="m2", object=POST),
        )
    )
    before = await counts(database)
    await erase(database)

    again = await log.append(
        a_batch_of(
            an_event(actor=ID, target=POST),
            a_mention(target="m1", object=ID),
            a_reaction(actor=ID),
            a_reaction(actor="u1", target=POST),
            an_event(Kind.REPLIED, actor="u2", target="m2", object=POST),
            accounts=(Account("discord", ID, name=NAME),),
            descriptions=(Description("discord", POST, WORK, LINK),),
        )
    )

    assert (again.new, again.skipped) == (0, 5)
    assert await counts(database) == before
    assert await log.verify()


async def test_a_reply_to_an_erased_post_counts_without_the_link(
    database: Database, log: EventLog
) -> None:
    await live_a_life(log)
    await erase(database)

    added = await log.append(
        a_batch_of(
            an_event(actor="u2", target="m100"),
            an_event(Kind.REPLIED, actor="u2", target="m100", object=POST),
        )
    )

    assert (added.new, added.skipped) == (1, 1)


async def test_a_thread_that_began_with_an_erased_post_loses_its_name_for_good(
    path: Path, database: Database, log: EventLog
) -> None:
    thread = a_batch_of(places=(Place("discord", POST, WORK, "thread"),))
    await live_a_life(log)
    await log.append(thread)
    await erase(database)
    await log.append(thread)
    await database.shrink_log()

    names = await database.read(
        lambda c: c.execute("SELECT name FROM places WHERE ref = ?", (POST,)).fetchall()
    )
    assert names == [(None,)]
    assert WORK not in traces(path)


async def test_how_far_was_read_is_told_by_no_erased_post(
    database: Database, log: EventLog
) -> None:
    def reading(*posts: tuple[str, str]) -> Batch:
        events = (an_event(actor=who, target=post, place="hall") for who, post in posts)
        return replace(a_batch_of(*events), cursors={("discord", "hall"): posts[-1][1]})

    cursors = Cursors(database)
    await log.append(reading((ID, "90"), ("u1", "100"), (ID, "101"), (ID, POST)))
    await log.append(
        Batch((an_event(actor=ID, target="7"),), cursors={("discord", "side"): "7"})
    )

    await erase(database)
    at_once = await cursors.all("discord")
    await log.append(reading((ID, "101"), (ID, POST)))
    read_again = await cursors.all("discord")
    await log.append(reading(("u1", POST + "1")))

    assert at_once == {"hall": "100"}
    assert read_again == {"hall": "100"}
    assert await cursors.all("discord") == {"hall": POST + "1"}


async def test_whoever_takes_part_again_is_somebody_new_from_that_moment_on(
    database: Database, log: EventLog
) -> None:
    await live_a_life(log)
    await erase(database)
    lifted_ms = MONDAY_MS + 1_000

    assert await database.write(lambda c: lift_tombstone(c, "discord", ID, lifted_ms))
    assert not await database.write(lambda c: lift_tombstone(c, "discord", ID, lifted_ms))
    assert not await database.write(lambda c: lift_tombstone(c, "discord", "u1", lifted_ms))

    old = await log.append(a_batch_of(a_reaction(actor=ID, at_ms=lifted_ms - 1)))
    new = await log.append(a_batch_of(a_reaction(actor=ID, at_ms=lifted_ms)))
    post = await log.append(a_batch_of(a_reaction(actor="u1", target=POST, at_ms=lifted_ms)))
    assert [(added.new, added.skipped) for added in (old, new, post)] == [
        (0, 1),
        (1, 0),
        (0, 1),
    ]


async def test_tombstones_hold_no_id_and_lead_to_no_row(
    database: Database, log: EventLog
) -> None:
    await live_a_life(log)
    await erase(database)

    rows = await database.read(lambda c: c.execute("SELECT * FROM tombstones").fetchall())

    assert sorted(len(digest) for digest, _ in rows) == [32, 32]  # the account and the post
    assert {lifted for _, lifted in rows} == {None}


async def test_an_account_can_be_erased_once_and_must_exist(
    database: Database, log: EventLog
) -> None:
    await live_a_life(log)
    await erase_accounts(database, [1], MONDAY_MS)

    with pytest.raises(InvalidRecordError, match="was erased"):
        await erase_accounts(database, [1], MONDAY_MS)
    with pytest.raises(InvalidRecordError, match="no account 999"):
        await set_opted_out(database, 999, MONDAY_MS)


async def test_erasing_before_any_later_event_keeps_the_chain(
    database: Database, log: EventLog
) -> None:
    """A row that no event's hash covers yet is covered by the next one's, erased or not."""
    await log.append(a_batch_of(accounts=(Account("discord", ID, name=NAME),)))
    await erase_accounts(database, [1], MONDAY_MS)

    await log.append(a_batch_of(an_event()))

    await log.verify()


async def test_an_erasure_that_a_reader_holds_up_says_so_and_can_be_finished(
    path: Path, database: Database, log: EventLog
) -> None:
    await live_a_life(log)
    async with database.transaction() as connection:
        await connection.execute("PRAGMA busy_timeout = 1")

    async with database.reading() as reader:
        await reader.execute_fetchall("SELECT * FROM accounts")
        is_complete = await erase(database)
        left = traces(path)
    await database.shrink_log()

    assert not is_complete
    assert left
    assert traces(path) == set()


PERSONAL = {
    "accounts",
    "answered_posts",
    "archive_pieces",
    "contributions",
    "cursors",
    "descriptions",
    "digest_mutes",
    "link_codes",
    "link_tries",
    "merge_proposals",
    "places",
}
"""Tables that erasing somebody changes."""
IMPERSONAL = {
    "announcements": "places, and what the bot posted there",
    "scheduled_settings": "changes of weights, and the number of the account that decided them",
    "archives": "names of plugins",
    "erasures": "numbers of accounts",
    "event_chunks": "numbers",
    "events": "numbers",
    "gaps": "places and times",
    "known": "hashes of numbers, and numbers",
    "schema_migrations": "names of files",
    "score_arrays": "numbers",
    "score_snapshots": "numbers; participants are numbers of accounts",
    "settings_changes": "what a community decided",
    "settings_versions": "authors are numbers or roles",
    "sources": "names of sources",
    "statements": "times and emoji",
    "texts": "emoji, types, roles, proposed weights, votes",
    "tombstone_key": "a random key",
    "tombstones": "keyed hashes of ids, which lead to no row",
}
"""Tables that hold nothing to erase, and what they hold."""


async def test_every_table_is_known_to_hold_personal_data_or_not(database: Database) -> None:
    tables = {
        name
        for (name,) in await database.read(
            lambda c: c.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).fetchall()
        )
        if not name.startswith("sqlite_")
    }

    assert tables - PERSONAL - IMPERSONAL.keys() == set(), (
        "say which, and erase what is personal"
    )
    assert PERSONAL | IMPERSONAL.keys() <= tables


def test_the_code_that_erases_names_every_table_with_personal_data() -> None:
    folder = Path(erasure.__file__).parent
    code = "".join(path.read_text() for path in (*folder.glob("*.py"), Path(archives.__file__)))

    assert sorted(table for table in PERSONAL if table not in code) == []
