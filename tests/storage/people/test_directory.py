"""The directory: what numbers stand for, kept up to date; finding people by what was typed."""

import pytest

from cred.facts.directory import Directory  # noqa: TC001 - named in a test body
from storage.file.database import Database
from storage.log.batch import Account, Place
from storage.log.event_log import EventLog
from storage.people.directory import CachedDirectory
from storage.people.erasure import erase_accounts
from tests.storage.builders import MONDAY_MS, a_batch_of, a_reaction, an_event, set_opted_out

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
async def directory(database: Database, log: EventLog) -> CachedDirectory:
    await log.append(a_batch_of(accounts=PEOPLE))
    directory = CachedDirectory(database)
    await directory.refresh()
    return directory


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
    directory: CachedDirectory, typed: str, found: list[str]
) -> None:
    assert [directory.account(number) for number in directory.find_account(typed)] == found


async def test_a_changed_name_replaces_the_old_one(
    directory: CachedDirectory, log: EventLog
) -> None:
    await log.append(a_batch_of(accounts=(Account("discord", "4", name="Bella"),)))
    await directory.refresh()

    assert directory.find_account("annabel") == []
    assert directory.find_account("bella") == [4]
    assert directory.account_name(4) == "Bella"


@pytest.mark.parametrize("typed", ["bella_92", "BELLA_92", "Isabella", "isa", "annabel"])
async def test_people_are_found_by_a_user_name_beside_the_name_that_is_shown(
    directory: CachedDirectory, log: EventLog, typed: str
) -> None:
    others = ("Isabella", "bella_92")
    await log.append(a_batch_of(accounts=(Account("discord", "4", other_names=others),)))
    await log.append(a_batch_of(accounts=(Account("discord", "4", name="Annabel"),)))
    await directory.refresh()

    assert directory.find_account(typed) == [4]
    assert directory.account_name(4) == "Annabel"
    assert directory.account_names(4) == ("Annabel", *others)


async def test_a_user_name_that_changed_finds_nobody_any_more(
    directory: CachedDirectory, log: EventLog
) -> None:
    for others in (("bella_92",), ("bella_93",)):
        await log.append(a_batch_of(accounts=(Account("discord", "4", other_names=others),)))
        await directory.refresh()

    assert directory.find_account("bella_92") == []
    assert directory.find_account("bella_93") == [4]


@pytest.mark.parametrize(
    ("typed", "shown"), [("zoe_k", "Zoe"), ("Zoe_K", "Zoe"), ("zoe_k", "Zoe_K")]
)
async def test_a_nickname_that_is_somebodys_user_name_fits_both(
    directory: CachedDirectory, log: EventLog, typed: str, shown: str
) -> None:
    await log.append(
        a_batch_of(
            accounts=(
                Account("discord", "3", name="zoe_k", other_names=("mallory",)),
                Account("discord", "4", name=shown, other_names=("zoe_k",)),
            )
        )
    )
    await directory.refresh()

    assert directory.find_account(typed) == [3, 4]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Ada Lovelace", "ada  lovelace"),
        ("\uff21\uff44\uff41", "Ada"),
        ("O\u2019Brien", "o'brien"),
        ("Bob “the builder” Smith", "bob the builder smith"),
        ("Ada ❤️", "ada ❤"),
        ("山田\u200b太郎", "山田太郎"),
        ("Smith, John", "smith, john"),
        ("İnci", "İnci"),
    ],
)
async def test_names_are_found_whatever_makes_no_difference_to_the_eye(
    directory: CachedDirectory, log: EventLog, name: str, typed: str
) -> None:
    await log.append(a_batch_of(accounts=(Account("discord", "3", name=name),)))
    await directory.refresh()

    assert directory.find_account(typed) == [3]


async def test_an_account_without_a_name_keeps_the_known_one(
    directory: CachedDirectory, log: EventLog
) -> None:
    await log.append(a_batch_of(accounts=(Account("discord", "4", "webhook"),)))
    await directory.refresh()

    assert (directory.account_name(4), directory.account_kind(4)) == ("Annabel", "webhook")


async def test_it_is_a_directory_for_cred(directory: CachedDirectory, log: EventLog) -> None:
    await log.append(a_batch_of(an_event(), a_reaction()))
    await directory.refresh()
    as_protocol: Directory = directory

    assert as_protocol.source(1) == "discord"
    assert directory.source_number("discourse") == 2
    assert directory.source_number("github") is None
    assert directory.account_kind(5) == "bot"
    assert directory.contribution(1) == "m1"
    assert directory.place(1) == "general"
    assert directory.text(1) == "👍"


async def test_an_account_nobody_described_is_a_user_called_by_its_id(
    directory: CachedDirectory, log: EventLog
) -> None:
    await log.append(a_batch_of(an_event(actor="77")))
    await directory.refresh()
    number = directory.account_number("discord", "77")

    assert number is not None
    assert (directory.account_kind(number), directory.account_name(number)) == ("user", "77")


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
    directory: CachedDirectory, log: EventLog, id_: str
) -> None:
    await log.append(a_batch_of(an_event(target=id_, source="discourse"), an_event(target=id_)))
    await directory.refresh()

    assert [directory.contribution(number) for number in (1, 2)] == [id_, id_]
    assert directory.contribution_number("discourse", id_) == 1
    assert directory.contribution_number("discord", id_) == 2
    assert directory.contribution_number("github", id_) is None
    assert directory.contribution_number("discord", "8") is None


async def test_nothing_is_known_of_an_empty_community(database: Database) -> None:
    directory = CachedDirectory(database)
    await directory.refresh()

    assert directory.contribution_number("discord", "8") is None
    assert directory.account_number("discord", "1") is None
    assert directory.find_account("ann") == []
    assert directory.server_name() is None


async def test_numbers_of_accounts_are_found_by_id(directory: CachedDirectory) -> None:
    ids = ("1", "99", "3")

    assert [directory.account_number("discord", id_) for id_ in ids] == [1, None, 3]


async def test_places_are_named(directory: CachedDirectory, log: EventLog) -> None:
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
    await directory.refresh()

    assert directory.server_name() == "Garden"
    assert [directory.place_name(number) for number in (1, 2, 3)] == ["lounge", "Garden", "c2"]
    assert directory.place_number("discord", "c2") == 3


async def test_more_rows_than_one_read_takes_all_arrive(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.people.side_tables._LIMIT", 3)
    events = [an_event(target=f"{n}", actor=f"u{n}", place=f"c{n}") for n in range(10)]
    await log.append(a_batch_of(*events))
    directory = CachedDirectory(database)

    await directory.refresh()

    assert [directory.contribution(n) for n in range(1, 11)] == [f"{n}" for n in range(10)]
    assert [directory.account(n) for n in range(1, 11)] == [f"u{n}" for n in range(10)]
    assert [directory.place(n) for n in range(1, 11)] == [f"c{n}" for n in range(10)]


async def test_opting_out_shows_after_a_refresh(
    directory: CachedDirectory, database: Database
) -> None:
    await set_opted_out(database, 3, MONDAY_MS)
    await directory.refresh()

    assert directory.is_opted_out(3)
    assert directory.opted_out() == {3}

    await set_opted_out(database, 3, None)
    await directory.refresh()
    assert directory.opted_out() == frozenset()


async def test_somebody_erased_is_a_placeholder_and_cannot_be_found(
    directory: CachedDirectory, database: Database, log: EventLog
) -> None:
    await log.append(
        a_batch_of(an_event(actor="3", target="55"), a_reaction(target="55", actor="1"))
    )
    await directory.refresh()
    await erase_accounts(database, [3], MONDAY_MS)
    await directory.refresh()

    assert directory.account(3) == directory.account_name(3) == "erased-3"
    assert directory.is_erased(3)
    assert not directory.is_erased(1)
    assert directory.contribution(1) == "erased-1"
    assert directory.contribution_number("discord", "55") is None
    assert directory.find_account("joann") == directory.find_account("3") == []
    assert directory.account_name(1) == "Ann"
