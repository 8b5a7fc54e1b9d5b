"""Links in the log, and the codes, tries and proposals that precede them."""

from pathlib import Path

import pytest

from storage.errors import InvalidRecordError
from storage.file.database import Database
from storage.log.batch import Account
from storage.log.event_log import EventLog
from storage.log.rebuilding import rebuild
from storage.people.directory import CachedDirectory
from storage.people.erasure import erase_accounts
from storage.people.linking import LinkCode, LinkStore, current_links
from tests.storage.builders import MONDAY_MS, a_batch_of, set_opted_out

ADA, ADA_L, ADA_C, BOB = 1, 2, 3, 4
REASON = "Wilhelmina wrote it in her farewell"


@pytest.fixture(autouse=True)
async def accounts(log: EventLog) -> None:
    await log.append(
        a_batch_of(
            accounts=(
                Account("discord", "11", name="Ada"),
                Account("forum", "22", name="ada_l"),
                Account("code", "33", name="ada-c"),
                Account("discord", "44", name="Bob"),
            )
        )
    )


async def link(database: Database, *pairs: tuple[int, int], text: str = "code") -> int:
    appended = await database.write(lambda plain: LinkStore(plain).link(pairs, text, MONDAY_MS))
    return appended.new


async def pairs(database: Database) -> dict[tuple[int, int], str]:
    return await database.read(lambda plain: LinkStore(plain).current_links())


async def separate(database: Database, account: int) -> bool:
    return await database.write(
        lambda plain: LinkStore(plain).separate(account, "wish", MONDAY_MS)
    )


def octets(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_link_is_an_event_of_two_accounts_of_two_sources(
    database: Database, log: EventLog
) -> None:
    await link(database, (ADA, ADA_L))

    (row,) = [row async for row in log.export()]
    assert (row["kind"], row["actor"], row["actor_source"]) == (
        "linked",
        "11",
        "discord",
    )
    assert (row["object"], row["object_source"], row["text"]) == (
        "22",
        "forum",
        "code",
    )
    assert await log.verify() == (await log.head())[1]


async def test_a_link_recorded_twice_is_one(database: Database) -> None:
    assert (await link(database, (ADA, ADA_L)), await link(database, (ADA, ADA_L))) == (1, 0)


async def test_links_are_read_on_from_a_position(database: Database) -> None:
    await link(database, (ADA, ADA_L))
    await link(database, (ADA, BOB), text="merge 1")

    events = await database.read(lambda plain: LinkStore(plain).events(1))

    assert [
        (link_event.seq, link_event.linked, link_event.pair, link_event.text)
        for link_event in events
    ] == [(2, True, (ADA, BOB), "merge 1")]


async def test_the_latest_of_a_pair_counts(database: Database) -> None:
    await link(database, (ADA, ADA_L), (BOB, ADA_C))
    await separate(database, ADA)
    await link(database, (ADA, ADA_L), text="merge 2")

    assert await pairs(database) == {(BOB, ADA_C): "code", (ADA, ADA_L): "merge 2"}
    everything = await database.read(lambda plain: LinkStore(plain).events())
    assert current_links(everything[:3]) == {(BOB, ADA_C): "code"}


async def test_separating_the_middle_of_a_star_links_its_ends(database: Database) -> None:
    await link(database, (ADA_L, ADA), (ADA_L, ADA_C), (BOB, ADA_L))

    assert await separate(database, ADA_L)

    assert set(await pairs(database)) == {(ADA, ADA_C), (ADA, BOB)}


async def test_separating_an_end_touches_nothing_else(database: Database) -> None:
    await link(database, (ADA, ADA_L), (ADA_L, ADA_C))

    await separate(database, ADA)

    assert set(await pairs(database)) == {(ADA_L, ADA_C)}
    assert not await separate(database, BOB)


async def test_what_a_merge_held_together_stays_a_merges_doing(database: Database) -> None:
    await link(database, (ADA, ADA_L), text="merge 7")
    await link(database, (ADA_L, ADA_C))

    await separate(database, ADA_L)

    assert await pairs(database) == {(ADA, ADA_C): "merge 7"}


async def test_links_of_who_opted_out_are_not_taken_but_undone(database: Database) -> None:
    await link(database, (ADA, ADA_L))
    await set_opted_out(database, BOB, MONDAY_MS)
    await set_opted_out(database, ADA, MONDAY_MS)

    assert await link(database, (ADA, BOB)) == 0
    assert await separate(database, ADA)
    assert await pairs(database) == {}


async def test_erasing_the_middle_of_a_chain_leaves_the_others_linked(
    database: Database, log: EventLog
) -> None:
    await link(database, (ADA, ADA_L), (ADA_L, ADA_C))

    await erase_accounts(database, [ADA_L], MONDAY_MS)

    assert set(await pairs(database)) == {(ADA, ADA_C)}
    assert await log.verify() == (await log.head())[1]
    assert await rebuild(database) == 3
    exported = [row async for row in log.export()]
    assert {row["text"] for row in exported if row["kind"] == "unlinked"} == {"erased"}
    assert {row["object"] for row in exported if row["seq"] == 1} == {f"erased-{ADA_L}"}


async def test_a_refused_erasure_unlinks_nothing(database: Database) -> None:
    await link(database, (ADA, ADA_L))
    await erase_accounts(database, [ADA_L], MONDAY_MS)
    await link(database, (ADA, ADA_C))

    with pytest.raises(InvalidRecordError, match="was erased"):
        await erase_accounts(database, [ADA_L], MONDAY_MS)

    assert set(await pairs(database)) == {(ADA, ADA_C)}


async def test_no_byte_of_what_was_written_about_an_erased_account_is_left(
    path: Path, database: Database
) -> None:
    def record(store: LinkStore) -> None:
        store.propose(ADA, ADA_L, BOB, REASON, MONDAY_MS)
        store.save_code(b"h" * 32, LinkCode(ADA, "forum", b"Wilhelmina, hashed", MONDAY_MS + 1))
        store.record_try(ADA, "asked", MONDAY_MS)
        store.record_try(BOB, "asked", MONDAY_MS)

    await database.write(lambda plain: record(LinkStore(plain)))
    await database.shrink_log()
    before = octets(path)

    await erase_accounts(database, [ADA], MONDAY_MS)

    assert before.count(b"Wilhelmina") == 2
    assert b"Wilhelmina" not in octets(path)
    (merge,) = await database.read(lambda plain: LinkStore(plain).proposals())
    assert (merge.state, merge.reason, merge.decider) == ("void", None, None)
    assert await database.read(lambda plain: LinkStore(plain).count_tries(BOB, "asked")) == (
        1,
        1,
    )


async def test_new_accounts_have_a_name_at_once(database: Database) -> None:
    number = await database.write(
        lambda plain: LinkStore(plain).find_or_add_account("forum", "99", "new_here")
    )
    again = await database.write(
        lambda plain: LinkStore(plain).find_or_add_account("forum", "99", "other")
    )
    directory = CachedDirectory(database)
    await directory.refresh()

    assert number is not None
    assert number == again
    assert directory.account_name(number) == "new_here"
