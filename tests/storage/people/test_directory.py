"""Names: what numbers stand for, kept up to date, and finding people by what was typed."""

import pytest

from cred.facts.directory import Directory  # noqa: TC001 - named in a test body
from storage.file.database import Database
from storage.log.batch import Account, Place
from storage.log.event_log import EventLog
from storage.people.directory import CachedDirectory
from storage.people.erasure import erase_account, set_opted_out
from tests.storage.builders import MONDAY_MS, a_batch_of, a_reaction, an_event

PEOPLE = (
    Account("discord", "1", name="Ann"),
    Account("discord", "2", name="ann"),
    Account("discord", "3", name="Joann"),
    Account("discord", "4", name="Annabel"),
    Account("discord", "5", "bot", name="Robo"),
    Account("discord", "6", name="Straße"),
    Account("discord", "7", name="1"),
    Account("discourse", "1", name="Zoe"),
)


@pytest.fixture
async def names(database: Database, log: EventLog) -> CachedDirectory:
    await log.append(a_batch_of(accounts=PEOPLE))
    names = CachedDirectory(database)
    await names.refresh()
    return names


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2", ["2"]),
        ("1", ["1", "1"]),
        ("Ann", ["1"]),
        ("ann", ["2"]),
        ("ANN", ["1", "2"]),
        ("annab", ["4"]),
        ("an", ["1", "2", "4"]),
        ("joann", ["3"]),
        ("STRASSE", ["6"]),
        ("nna", []),
        ("oe", []),
        ("", []),
        ("zz", []),
    ],
)
async def test_people_are_found_by_id_name_or_beginning_never_by_a_part_within(
    names: CachedDirectory, typed: str, found: list[str]
) -> None:
    assert [names.account(number) for number in names.find_account(typed)] == found


async def test_a_changed_name_replaces_the_old_one(
    names: CachedDirectory, log: EventLog
) -> None:
    await log.append(a_batch_of(accounts=(Account("discord", "4", name="Bella"),)))
    await names.refresh()

    assert names.find_account("annabel") == []
    assert names.find_account("bella") == [4]
    assert names.account_name(4) == "Bella"


async def test_a_name_not_told_leaves_the_one_known(
    names: CachedDirectory, log: EventLog
) -> None:
    await log.append(a_batch_of(accounts=(Account("discord", "4", "webhook"),)))
    await names.refresh()

    assert (names.account_name(4), names.account_kind(4)) == ("Annabel", "webhook")


async def test_names_are_a_directory_for_cred(names: CachedDirectory, log: EventLog) -> None:
    await log.append(a_batch_of(an_event(), a_reaction()))
    await names.refresh()
    directory: Directory = names

    assert directory.source(1) == "discord"
    assert directory.source_number("discourse") == 2
    assert directory.source_number("github") is None
    assert directory.account_kind(5) == "bot"
    assert directory.contribution(1) == "m1"
    assert directory.place(1) == "general"
    assert directory.text(1) == "👍"


async def test_an_account_nobody_described_is_a_user_called_by_its_id(
    names: CachedDirectory, log: EventLog
) -> None:
    await log.append(a_batch_of(an_event(actor="77")))
    await names.refresh()
    number = names.account_number("discord", "77")

    assert number is not None
    assert (names.account_kind(number), names.account_name(number)) == ("user", "77")


@pytest.mark.parametrize(
    "id_",
    [
        "123456789012345678",
        "9" * 19,
        "9" * 18,
        "007",
        "0",
        "m1",
        "\uff11\uff12",
        "-5",
        "9" * 30,
    ],
)
async def test_every_id_of_a_contribution_comes_back_as_it_was(
    names: CachedDirectory, log: EventLog, id_: str
) -> None:
    await log.append(a_batch_of(an_event(target=id_, source="discourse"), an_event(target=id_)))
    await names.refresh()

    assert [names.contribution(number) for number in (1, 2)] == [id_, id_]
    assert names.contribution_number("discourse", id_) == 1
    assert names.contribution_number("discord", id_) == 2
    assert names.contribution_number("github", id_) is None
    assert names.contribution_number("discord", "8") is None


async def test_nothing_is_known_of_an_empty_community(database: Database) -> None:
    names = CachedDirectory(database)
    await names.refresh()

    assert names.contribution_number("discord", "8") is None
    assert names.account_numbers("discord", ["1"]) == {}
    assert names.find_account("ann") == []
    assert names.server_name() is None


async def test_numbers_of_accounts_known_are_found_together(names: CachedDirectory) -> None:
    assert names.account_numbers("discord", ["1", "99", "3"]) == {"1": 1, "3": 3}


async def test_places_are_named(names: CachedDirectory, log: EventLog) -> None:
    await log.append(
        a_batch_of(
            an_event(place="c2"),
            places=(
                Place("discord", "c1", "general", "text"),
                Place("discord", "g", "Garden", "server"),
            ),
        )
    )
    await log.append(a_batch_of(places=(Place("discord", "c1", "lounge", "text"),)))
    await names.refresh()

    assert names.server_name() == "Garden"
    assert [names.place_name(number) for number in (1, 2, 3)] == ["lounge", "Garden", "c2"]
    assert names.place_number("discord", "c2") == 3


async def test_more_rows_than_one_read_takes_all_arrive(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.people.side_tables._LIMIT", 3)
    events = [an_event(target=f"{n}", actor=f"u{n}", place=f"c{n}") for n in range(10)]
    await log.append(a_batch_of(*events))
    names = CachedDirectory(database)

    await names.refresh()

    assert [names.contribution(n) for n in range(1, 11)] == [f"{n}" for n in range(10)]
    assert [names.account(n) for n in range(1, 11)] == [f"u{n}" for n in range(10)]
    assert [names.place(n) for n in range(1, 11)] == [f"c{n}" for n in range(10)]


async def test_opting_out_shows_after_a_refresh(
    names: CachedDirectory, database: Database
) -> None:
    await set_opted_out(database, 3, MONDAY_MS)
    await names.refresh()

    assert names.is_opted_out(3)
    assert names.opted_out() == {3}

    await set_opted_out(database, 3, None)
    await names.refresh()
    assert names.opted_out() == frozenset()


async def test_somebody_erased_is_a_placeholder_and_cannot_be_found(
    names: CachedDirectory, database: Database, log: EventLog
) -> None:
    await log.append(
        a_batch_of(an_event(actor="3", target="55"), a_reaction(target="55", actor="1"))
    )
    await names.refresh()
    await erase_account(database, 3, MONDAY_MS)
    await names.refresh()

    assert names.account(3) == names.account_name(3) == "erased-3"
    assert names.is_erased(3)
    assert not names.is_erased(1)
    assert names.contribution(1) == "erased-1"
    assert names.contribution_number("discord", "55") is None
    assert names.find_account("joann") == names.find_account("3") == []
    assert names.account_name(1) == "Ann"
