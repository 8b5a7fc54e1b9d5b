"""Archives are kept whole or not at all, read back as they were, and forget who is erased."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from cred.graph.archive import BEYOND, Archive, TextInterner
from cred.graph.structure import ABSENT, TIMELESS
from storage.archives import Archives
from storage.errors import CorruptError, InvalidRecordError
from storage.file.database import Database
from storage.log.batch import Account
from storage.log.event_log import EventLog
from storage.people.erasure import erase_accounts
from tests.storage.builders import MONDAY_MS, a_batch_of

MEMBER = ("sourcecred", "discord", "MEMBER", "user")
ADA, BEN = "190190190190190190", "280280280280280280"
POST, LIKE = "555000555000555000", "👍"


def archive(name: str = "discord", *, weight: float = 2.0, who: str = ADA) -> Archive:
    """Return a graph: Ada (account 1) wrote a message, to which Ben (2) reacted."""
    ada, ben = (*MEMBER, who), (*MEMBER, BEN)
    message = ("sourcecred", "discord", "MESSAGE", "c", POST)
    reaction = ("sourcecred", "discord", "REACTION", "c", LIKE, BEN, POST)
    elsewhere = ("sourcecred", "discourse", "post", "7")
    edges = [
        (("sourcecred", "discord", "AUTHORS", "MESSAGE", "user", who, "c", POST), 0, 2),
        (("sourcecred", "discord", "REACTS_TO", LIKE, BEN, "c", POST), 3, 2),
        (("sourcecred", "discord", "ODD", who), 3, BEYOND),
    ]
    texts = TextInterner()
    return Archive(
        name=name,
        nodes=texts.column([ada, ben, message, reaction]),
        node_ms=np.array([TIMELESS, TIMELESS, MONDAY_MS, MONDAY_MS]),
        account=np.array([1, 2, ABSENT, ABSENT], np.int32),
        contribution=np.array([ABSENT, ABSENT, 7, ABSENT], np.int32),
        edges=texts.column([edge[0] for edge in edges]),
        source=np.array([edge[1] for edge in edges], np.int32),
        target=np.array([edge[2] for edge in edges], np.int32),
        edge_ms=np.full(len(edges), MONDAY_MS),
        elsewhere=texts.column([elsewhere]),
        weighted_nodes=texts.column([(), reaction]),
        node_weight=np.array([1.0, weight]),
        weighted_edges=texts.column([]),
        forward=np.empty(0),
        backward=np.empty(0),
        texts=texts.texts,
    )


def as_texts(archive: Archive) -> object:
    """Return everything of an archive as plain values."""
    columns = ("nodes", "edges", "elsewhere", "weighted_nodes", "weighted_edges")
    return [
        archive.name,
        [
            [
                getattr(archive, c).at(row, archive.texts)
                for row in range(len(getattr(archive, c)))
            ]
            for c in columns
        ],
        *(
            getattr(archive, field.name).tolist()
            for field in dataclasses.fields(archive)
            if isinstance(getattr(archive, field.name), np.ndarray)
        ),
    ]


async def test_what_is_kept_comes_back(database: Database) -> None:
    archives = Archives(database)

    assert await archives.keep([archive(), archive("github")], 1) == ["discord", "github"]

    assert as_texts(await archives.load("discord")) == as_texts(archive())
    assert list(await archives.digests()) == ["discord", "github"]
    with pytest.raises(InvalidRecordError, match="no archive 'mail'"):
        await archives.load("mail")


async def test_columns_longer_than_a_piece_come_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.archives._PIECE", 16)
    await Archives(database).keep([archive()], 1)

    assert as_texts(await Archives(database).load("discord")) == as_texts(archive())


async def test_keeping_the_same_again_changes_nothing_and_another_replaces_it(
    database: Database,
) -> None:
    archives = Archives(database)
    await archives.keep([archive()], 1)
    before = await archives.digests()

    assert await archives.keep([archive()], 2) == []
    assert await archives.digests() == before
    assert await archives.keep([archive(weight=3.0)], 3) == ["discord"]
    assert (await archives.load("discord")).node_weight.tolist() == [1.0, 3.0]


async def test_damage_is_noticed(database: Database) -> None:
    archives = Archives(database)
    await archives.keep([archive()], 1)
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE archive_pieces SET data = x'00' WHERE field = 'source'"
        )

    with pytest.raises(CorruptError, match="archive discord is damaged: import it again"):
        await archives.load("discord")


async def test_a_missing_piece_is_noticed(database: Database) -> None:
    archives = Archives(database)
    await archives.keep([archive()], 1)
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM archive_pieces WHERE field = 'node_ms'")

    with pytest.raises(CorruptError):
        await archives.load("discord")


async def test_who_is_erased_is_in_no_archive_any_more(path: Path) -> None:
    async with Database.open(path) as database, EventLog(database) as log:
        await log.append(
            a_batch_of(accounts=(Account("discord", ADA), Account("discord", BEN)))
        )
        await Archives(database).keep([archive()], 1)
        await erase_accounts(database, [1], MONDAY_MS)
        left = await Archives(database).load("discord")

    assert ADA not in left.texts
    assert POST not in left.texts  # the platform would tell who wrote it
    assert BEN in left.texts
    assert left.nodes.at(0, left.texts) == (*MEMBER, "erased-1")
    assert left.edges.at(2, left.texts)[3] == "erased-1"
    assert left.nodes.at(3, left.texts) == left.weighted_nodes.at(1, left.texts)
    assert left.account.tolist() == [1, 2, ABSENT, ABSENT]
    names = [left.nodes.at(row, left.texts) for row in range(4)]
    assert len(set(names)) == 4


async def test_a_short_name_is_scrubbed_where_it_names_the_person_only(
    database: Database, log: EventLog
) -> None:
    """An account may be called as a part of every address is."""
    await log.append(a_batch_of(accounts=(Account("discord", "MEMBER"),)))
    await Archives(database).keep([archive(who="MEMBER")], 1)

    await erase_accounts(database, [1], MONDAY_MS)

    left = await Archives(database).load("discord")
    assert left.nodes.at(0, left.texts) == (*MEMBER, "erased-1")
    assert left.nodes.at(1, left.texts) == (*MEMBER, BEN)
    assert left.edges.at(0, left.texts)[4:6] == ("user", "erased-1")
    assert left.edges.at(2, left.texts) == ("sourcecred", "discord", "ODD", "MEMBER")


async def test_what_was_erased_is_not_kept_again_by_a_later_import(path: Path) -> None:
    async with Database.open(path) as database, EventLog(database) as log:
        accounts = tuple(Account("discord", who) for who in (ADA, BEN))
        await log.append(a_batch_of(accounts=accounts))
        archives = Archives(database)
        await archives.keep([archive()], 1)
        await erase_accounts(database, [1], MONDAY_MS)
        await archives.keep([archive(), archive("github")], 2)
        kept = [await archives.load(name) for name in ("discord", "github")]
        await database.shrink_log()

    for again in kept:
        assert again.nodes.at(1, again.texts)[-1] == BEN
        assert all(again.nodes.at(row, again.texts)[-1].startswith("erased-") for row in (0, 2))
        assert ADA not in str(as_texts(again))
        assert POST not in str(as_texts(again))


async def test_the_same_graph_imported_again_stays_as_it_was_scrubbed(
    database: Database, log: EventLog
) -> None:
    """There it is still known which nodes were one account's, so that no score changes."""
    accounts = tuple(Account("discord", who) for who in (ADA, BEN))
    await log.append(a_batch_of(accounts=accounts))
    archives = Archives(database)
    await archives.keep([archive()], 1)
    await erase_accounts(database, [1], MONDAY_MS)
    scrubbed = await archives.digests()
    nobody_s = dataclasses.replace(
        archive(), account=np.array([ABSENT, 2, ABSENT, ABSENT], np.int32)
    )

    assert await archives.keep([nobody_s], 2) == []
    assert await archives.digests() == scrubbed
    assert await archives.keep(
        [dataclasses.replace(nobody_s, node_ms=nobody_s.node_ms + 1)], 3
    ) == ["discord"]


async def test_no_mark_can_be_computed_from_an_id_that_somebody_guesses(
    database: Database, log: EventLog
) -> None:
    """From a mark, a node and its edges can be found, so it must lead back to nobody."""
    await log.append(a_batch_of(accounts=(Account("discord", ADA),)))
    archives = Archives(database)
    await erase_accounts(database, [1], MONDAY_MS)

    marks = set()
    for weight in (1.0, 2.0, 3.0):
        await archives.keep([archive(weight=weight)], 2)
        kept = await archives.load("discord")
        marks.add(kept.nodes.at(0, kept.texts)[-1])

    assert len(marks) == 3
