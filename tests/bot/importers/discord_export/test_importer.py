import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from bot.importers.discord_export.errors import ExportError
from bot.importers.discord_export.importer import Importer, Target, files_in
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Appended, Batch
from tests.bot.importers.discord_export.exports import (
    CATEGORY,
    CHANNEL,
    GUILD,
    export,
    message,
    message_id,
    reaction,
    user,
    write_export,
)
from tests.bot.importers.discord_export.memory_community import (
    NOW_MS,
    MemoryCommunity,
    import_files,
    of_kind,
)

EXPORTED_MS = 1_756_677_600_123


async def of_messages(tmp_path: Path, *messages: dict[str, Any]) -> MemoryCommunity:
    community = MemoryCommunity()
    summary = await import_files(community, write_export(tmp_path / "a.json", export(messages)))
    assert summary.problems == []
    return community


async def test_a_message_gives_the_events_that_a_backfill_gives(tmp_path: Path) -> None:
    ada, bob = user(1, "ada"), user(2, "bob")
    first = message(0, bob)
    second = message(
        1,
        ada,
        type="Reply",
        reference={"messageId": message_id(0), "channelId": CHANNEL, "guildId": GUILD},
        mentions=[bob],
        reactions=[reaction("👍", bob), reaction("seedling:77", bob, ada)],
    )

    community = await of_messages(tmp_path, first, second)

    facts = [
        (event.kind, event.actor, event.target, event.object, event.text, event.value)
        for event in community.events
        if event.target == message_id(1)
    ]
    assert facts == [
        (Kind.POSTED, "1001", message_id(1), None, None, len("secret words 1")),
        (Kind.REPLIED, "1001", message_id(1), message_id(0), None, 0),
        (Kind.MENTIONED, "1001", message_id(1), "1002", None, 1),
        (Kind.REACTED, "1002", message_id(1), None, "👍", 0),
        (Kind.REACTED, "1002", message_id(1), None, "seedling:77", 0),
        (Kind.REACTED, "1001", message_id(1), None, "seedling:77", 0),
    ]
    assert {event.provenance for event in community.events} == {Provenance.IMPORT}
    assert {event.source for event in community.events} == {"discord"}
    assert all(event.estimated for event in of_kind(community, Kind.REACTED))
    posted = of_kind(community, Kind.POSTED)[1]
    assert {event.at_ms for event in of_kind(community, Kind.REACTED)} == {posted.at_ms}


async def test_no_word_of_a_message_is_kept(tmp_path: Path) -> None:
    community = await of_messages(tmp_path, message(0), message(1))

    assert "secret words" not in repr(community.batches)


async def test_roles_are_sorted_and_as_of_the_export(tmp_path: Path) -> None:
    both = [{"id": "900"}, {"id": "12"}]

    community = await of_messages(tmp_path, message(0, user(1, roles=both)))

    [roles] = of_kind(community, Kind.ROLES_CHANGED)
    assert (roles.actor, roles.text, roles.at_ms) == ("1001", "12,900", EXPORTED_MS)


async def test_roles_learnt_after_the_export_stand(tmp_path: Path) -> None:
    community = MemoryCommunity()
    newer = Event(
        source="discord",
        kind=Kind.ROLES_CHANGED,
        at_ms=EXPORTED_MS + 1,
        seen_ms=0,
        provenance=Provenance.LIVE,
        actor="1001",
        text="7",
    )
    community.log.append([newer])

    await import_files(community, write_export(tmp_path / "a.json", export([message(0)])))

    assert of_kind(community, Kind.ROLES_CHANGED) == [newer]


async def test_a_reaction_taken_back_after_the_export_stays_taken_back(tmp_path: Path) -> None:
    community = MemoryCommunity()
    path = write_export(
        tmp_path / "a.json", export([message(0, reactions=[reaction("👍", user(2))])])
    )
    await import_files(community, path)
    [added] = of_kind(community, Kind.REACTED)
    removed = Event(
        source="discord",
        kind=Kind.UNREACTED,
        at_ms=EXPORTED_MS + 1,
        seen_ms=EXPORTED_MS + 1,
        provenance=Provenance.LIVE,
        actor=added.actor,
        target=added.target,
        text=added.text,
    )
    community.log.append([removed])
    community.cursors = {}

    summary = await import_files(community, path)

    assert community.events[-1] == removed
    assert summary.taken_back == 1


async def test_the_places_are_described_with_their_names(tmp_path: Path) -> None:
    community = await of_messages(tmp_path, message(0))

    [changed] = of_kind(community, Kind.PLACE_CHANGED)
    assert (changed.place, changed.object, changed.text) == (CHANNEL, CATEGORY, "text channel")
    names = {place.id: (place.name, place.kind) for place in community.batches[0].places}
    assert names == {CHANNEL: ("general", "text channel"), CATEGORY: ("Talk", "category")}


async def test_a_thread_is_in_the_channel_that_the_export_calls_its_category(
    tmp_path: Path,
) -> None:
    value = export([message(0)])
    value["channel"] |= {"id": "201", "type": "GuildPublicThread", "categoryId": CHANNEL}
    community = MemoryCommunity()

    await import_files(community, write_export(tmp_path / "a.json", value))

    [changed] = of_kind(community, Kind.PLACE_CHANGED)
    assert (changed.place, changed.object, changed.text) == ("201", CHANNEL, "thread")
    kinds = {place.id: place.kind for place in community.batches[0].places}
    assert kinds[CHANNEL] == "text channel"


async def test_what_is_known_of_a_place_is_not_overruled(tmp_path: Path) -> None:
    community = MemoryCommunity()
    marked = Event(
        source="discord",
        kind=Kind.PLACE_CHANGED,
        at_ms=1,
        seen_ms=1,
        provenance=Provenance.LIVE,
        place=CHANNEL,
        text="text channel",
        value=1,
    )
    community.log.append([marked])

    await import_files(community, write_export(tmp_path / "a.json", export([message(0)])))

    assert of_kind(community, Kind.PLACE_CHANGED) == [marked]


async def test_importing_twice_adds_nothing_and_says_so(tmp_path: Path) -> None:
    community = MemoryCommunity()
    path = write_export(tmp_path / "a.json", export(message(n) for n in range(5)))
    await import_files(community, path)
    before = list(community.events)

    summary = await import_files(community, path)

    assert community.events == before
    assert (summary.done_before, summary.files, summary.new) == (1, 0, 0)


async def test_a_newer_export_under_the_same_name_is_read_again(tmp_path: Path) -> None:
    community = MemoryCommunity()
    path = write_export(tmp_path / "a.json", export([message(0)]))
    await import_files(community, path)
    newer = export([message(0), message(1)], exportedAt="2025-10-01T00:00:00Z")

    summary = await import_files(community, write_export(path, newer))

    assert len(of_kind(community, Kind.POSTED)) == 2
    assert summary.known > 0


async def test_an_interrupted_import_goes_on_where_it_was(tmp_path: Path) -> None:
    path = write_export(tmp_path / "a.json", export(message(n) for n in range(2500)))
    community, whole = MemoryCommunity(), MemoryCommunity()
    await import_files(whole, path)
    community.dies_after = 2

    with pytest.raises(KeyboardInterrupt):
        await import_files(community, path)
    community.dies_after = None
    summary = await import_files(community, path)

    assert community.events == whole.events
    assert (summary.passed_over, summary.messages) == (500, 2000)


async def test_a_truncated_file_keeps_what_was_read_and_is_named(tmp_path: Path) -> None:
    path = write_export(tmp_path / "a.json", export(message(n) for n in range(50)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    community = MemoryCommunity()

    summary = await import_files(community, path)

    [problem] = summary.problems
    assert str(path) in problem
    assert "breaks off" in problem
    kept = len(of_kind(community, Kind.POSTED))
    assert 20 <= kept <= 25
    assert f"The {kept} messages before that are kept." in problem


@pytest.mark.parametrize("cut", [0, 1, 50, 200, 500])
async def test_a_file_cut_within_its_head_is_refused_by_name(tmp_path: Path, cut: int) -> None:
    path = write_export(tmp_path / "a.json", export([message(0)]))
    path.write_bytes(path.read_bytes()[:cut])

    summary = await import_files(MemoryCommunity(), path)

    [problem] = summary.problems
    assert str(path) in problem


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "{}", '{"guild": 1}', "<html></html>", "\0\0", '{"messages": []}', "null"],
)
async def test_other_files_are_refused_by_name_and_the_rest_goes_on(
    tmp_path: Path, text: str
) -> None:
    bad = tmp_path / "a.json"
    bad.write_text(text)
    write_export(tmp_path / "b.json", export([message(0)]))
    community = MemoryCommunity()

    summary = await import_files(community, tmp_path)

    [problem] = summary.problems
    assert problem.startswith(str(bad))
    assert len(of_kind(community, Kind.POSTED)) == 1


async def test_direct_messages_are_refused(tmp_path: Path) -> None:
    value = export([message(0)], guild={"id": "0", "name": "Direct Messages"})

    summary = await import_files(MemoryCommunity(), write_export(tmp_path / "a.json", value))

    assert "direct messages" in summary.problems[0]


async def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    community = MemoryCommunity()

    await import_files(
        community, write_export(tmp_path / "a.json", export([message(0)]), bom=True)
    )

    assert len(of_kind(community, Kind.POSTED)) == 1


async def test_older_exports_without_users_count_nobody_and_say_so(tmp_path: Path) -> None:
    old = message(0, reactions=[{"emoji": {"id": "", "name": "👍"}, "count": 3}])
    del old["mentions"], old["stickers"]
    old["author"] = {"id": "1001", "name": "ada", "discriminator": "1234", "isBot": False}
    value = export([old])
    del value["exportedAt"]
    community = MemoryCommunity()

    summary = await import_files(community, write_export(tmp_path / "a.json", value))

    assert of_kind(community, Kind.REACTED) == []
    assert summary.unnamed == 3
    assert any(line.startswith("3 reactions left out") for line in summary.lines())


async def test_a_message_told_twice_is_posted_once(tmp_path: Path) -> None:
    community = await of_messages(tmp_path, message(0), message(1), message(1))

    assert len(of_kind(community, Kind.POSTED)) == 2


async def test_deleted_accounts_are_nobody(tmp_path: Path) -> None:
    nobody = user(0, "Deleted User", id="456226577798135808", roles=[])

    community = await of_messages(
        tmp_path,
        message(0, nobody),
        message(1, mentions=[nobody], reactions=[reaction("👍", nobody, user(2))]),
    )

    assert of_kind(community, Kind.POSTED)[0].actor is None
    assert of_kind(community, Kind.MENTIONED) == []
    assert [event.actor for event in of_kind(community, Kind.REACTED)] == ["1002"]
    assert nobody["id"] not in repr(community.batches)


async def test_people_without_a_discriminator_are_themselves(tmp_path: Path) -> None:
    community = await of_messages(tmp_path, message(0, user(1)), message(1, user(2)))

    assert [event.actor for event in of_kind(community, Kind.POSTED)] == ["1001", "1002"]


async def test_people_are_called_by_nickname_and_by_user_name(tmp_path: Path) -> None:
    ada = {**user(1, "ada.l"), "nickname": "Ada Lovelace"}

    community = await of_messages(tmp_path, message(0, ada))

    (account,) = community.batches[0].accounts
    assert (account.name, account.other_names) == ("Ada Lovelace", ("ada.l",))


async def test_bots_and_webhooks_are_told_apart(tmp_path: Path) -> None:
    bot = user(1, isBot=True, discriminator="4321")
    webhook = user(2, isBot=True)

    community = await of_messages(tmp_path, message(0, bot), message(1, webhook), message(2))

    kinds = {account.id: account.kind for account in community.batches[0].accounts}
    assert kinds == {"1001": "user", "1002": "webhook"} | {"1001": "user"}


async def test_a_reply_to_something_outside_the_file_is_kept(tmp_path: Path) -> None:
    outside = {"messageId": "555", "channelId": "1", "guildId": "1"}

    community = await of_messages(tmp_path, message(0, type="Reply", reference=outside))

    assert [event.object for event in of_kind(community, Kind.REPLIED)] == ["555"]


async def test_system_messages_are_counted_and_left_out(tmp_path: Path) -> None:
    community = MemoryCommunity()
    value = export(
        [message(0, type="GuildMemberJoin"), message(1, type="7"), message(2, type="20")]
    )

    summary = await import_files(community, write_export(tmp_path / "a.json", value))

    assert [event.target for event in of_kind(community, Kind.POSTED)] == [message_id(2)]
    assert summary.system == 2


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("2025-06-15T17:06:40.1234567+02:00", 1_750_000_000_123),
        ("2025-06-15T15:06:40.123Z", 1_750_000_000_123),
        ("2025-06-15T09:36:40.1234-05:30", 1_750_000_000_123),
        ("2025-06-15T15:06:40", 1_750_000_000_000),
    ],
)
async def test_edits_are_dated_whatever_the_offset(
    tmp_path: Path, text: str, at_ms: int
) -> None:
    community = await of_messages(tmp_path, message(0, timestampEdited=text))

    [edited] = of_kind(community, Kind.EDITED)
    assert edited.at_ms == at_ms


async def test_entries_that_are_no_messages_are_counted(tmp_path: Path) -> None:
    community = MemoryCommunity()
    odd: list[Any] = [
        message(0),
        7,
        None,
        {},
        {"id": "x"},
        message(1, id="-5"),
        message(2, id=str(1 << 70)),
        {**message(3), "author": None},
        message(4, reactions=[{"count": "many"}]),
        message(5, timestampEdited="yesterday"),
        message(6),
    ]

    summary = await import_files(community, write_export(tmp_path / "a.json", export(odd)))

    assert len(of_kind(community, Kind.POSTED)) == summary.messages == 4
    assert (summary.unreadable, summary.odd_parts) == (7, 2)


async def test_half_characters_in_names_do_not_reach_the_database(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    value = export([message(0, user(1, "half \ud83d"))])
    path.write_text(json.dumps(value), encoding="ascii")
    community = MemoryCommunity()

    await import_files(community, path)

    for batch in community.batches:
        for account in batch.accounts:
            assert account.name is not None
            account.name.encode()


async def test_messages_before_the_start_of_the_history_are_left_out(tmp_path: Path) -> None:
    posted = 1_750_000_000_000 + 60_000
    community = MemoryCommunity(history_start_ms=posted)

    summary = await import_files(
        community, write_export(tmp_path / "a.json", export([message(0), message(1)]))
    )

    assert [event.target for event in of_kind(community, Kind.POSTED)] == [message_id(1)]
    assert summary.too_old == 1


async def test_partitions_and_channels_in_a_folder_come_together(tmp_path: Path) -> None:
    inside = tmp_path / "exports" / "2025"
    inside.mkdir(parents=True)
    write_export(inside / "general.json", export([message(0)]))
    write_export(inside / "general [part 2].json", export([message(1)]))
    other = export([message(2)])
    other["channel"] |= {"id": "202", "name": "random"}
    write_export(inside / "random.json", other)
    community = MemoryCommunity()

    summary = await import_files(community, tmp_path)

    assert (summary.files, summary.messages) == (3, 3)
    assert {event.place for event in of_kind(community, Kind.POSTED)} == {CHANNEL, "202"}


async def test_progress_adds_up_to_the_size_of_the_files(tmp_path: Path) -> None:
    path = write_export(tmp_path / "a.json", export(message(n) for n in range(2100)))
    community = MemoryCommunity()
    reported: list[int] = []

    async def find(_guild: str, _name: str) -> Target:
        return community

    for _ in range(2):
        reported.clear()
        await Importer(find, now_ms=NOW_MS).run([path], reported.append)
        assert sum(reported) == path.stat().st_size


class Forgetful(MemoryCommunity):
    """Keeps nothing, so that only the import's own memory is measured."""

    async def record(self, batch: Batch) -> Appended:
        return Appended(len(batch.events), 0, 0)


async def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    async def peak_of(messages: int) -> int:
        people = [user(number) for number in range(20)]
        path = write_export(
            tmp_path / f"{messages}.json",
            export(
                message(n, people[n % 20], reactions=[reaction("👍", *people[:3])])
                for n in range(messages)
            ),
        )
        tracemalloc.start()
        try:
            await import_files(Forgetful(), path)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = await peak_of(1_000), await peak_of(3_000)

    assert large < 1.2 * small


def test_a_path_with_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="does not exist"):
        files_in([tmp_path / "none.json"])
    with pytest.raises(ExportError, match=r"holds no \.json"):
        files_in([tmp_path])
