"""An odd part of a payload costs only itself, and part of a list proves no absence."""

from typing import Any

import pytest

from bot.sources.discord import parse
from bot.sources.discord.comparison import (
    ReactorList,
    compare_message,
    find_departed,
    find_reactors,
)
from bot.sources.discord.gateway import parse_payload
from bot.sources.discord.message_parts import read_parts
from bot.sources.discord.parse import Observation, snowflake
from bot.sources.discord.people import SHARED_ACCOUNT, is_deleted_account
from cred.facts.events import Event, Kind, Provenance
from storage.log.current_state import CurrentContribution

NOW_MS = 1_760_000_000_000
LIVE = Observation(Provenance.LIVE, NOW_MS)
READ = Observation(Provenance.BACKFILL, NOW_MS)
MESSAGE, PLACE = str(snowflake(NOW_MS - 60_000)), "200000000000000001"
ADA, BEN, EVE = (str(100_000_000_000_000_000 + number) for number in range(3))
EDITED = "2025-10-09T08:53:00+00:00"


def account(id_: str, name: str = "somebody", **rest: Any) -> dict[str, Any]:
    return {"id": id_, "username": name, "discriminator": "0", **rest}


def a_message(**rest: Any) -> dict[str, Any]:
    return {
        "id": MESSAGE,
        "channel_id": PLACE,
        "type": 0,
        "content": "x",
        "author": account(ADA),
        "mentions": [],
        **rest,
    }


def thumbs(count: object, **rest: Any) -> dict[str, Any]:
    return {"emoji": {"id": None, "name": "👍"}, "count": count, **rest}


def known_state(*reactions: tuple[str, str], mentions: dict[str, int] | None = None) -> Any:
    return CurrentContribution(
        posted=True, reactions=frozenset(reactions), mentions=mentions or {}
    )


def compare(data: dict[str, Any], before: CurrentContribution, **answer: Any) -> list[Event]:
    reactors = {"👍": ReactorList(**answer)} if answer else {}
    return [
        event
        for event in compare_message(data, before, reactors, READ).volatile
        if event.kind in {Kind.REACTED, Kind.UNREACTED, Kind.MENTIONED}
    ]


@pytest.mark.parametrize(
    "rest",
    [
        {"mentions": [{"id": None, "username": "ben"}]},
        {"mentions": [BEN]},
        {"mentions": "ben"},
        {"edited_timestamp": "yesterday"},
        {"edited_timestamp": "9999-12-31T23:59:59+00:00"},
        {"message_reference": {"message_id": "0"}},
        {"reactions": [{"emoji": None, "count": 1}]},
        {"reactions": [thumbs(None)]},
        {"reactions": {}},
    ],
)
def test_an_odd_part_of_a_live_message_costs_only_itself(rest: dict[str, Any]) -> None:
    parsed = parse_payload("MESSAGE_CREATE", a_message(**rest), LIVE)

    assert parsed is not None
    assert [event.kind for event in parsed.batch.events] == [Kind.POSTED]
    assert parsed.malformed_parts == 1


def test_an_odd_mention_beside_a_sound_one_ends_no_third() -> None:
    data = a_message(mentions=[account(BEN), {"id": "?"}], edited_timestamp=EDITED)

    assert [event.object for event in compare(data, known_state(mentions={EVE: 1}))] == [BEN]


def test_a_message_without_a_list_of_mentions_ends_none() -> None:
    data = a_message(edited_timestamp=EDITED)
    del data["mentions"]

    assert compare(data, known_state(mentions={EVE: 1})) == []


def test_fewer_reactors_than_counted_take_no_reaction_back() -> None:
    data, before = a_message(reactions=[thumbs(2)]), known_state((BEN, "👍"))

    [event] = compare(data, before, accounts=frozenset({EVE}))

    assert (event.kind, event.actor) == (Kind.REACTED, EVE)


def test_as_many_as_counted_do() -> None:
    data, before = a_message(reactions=[thumbs(1)]), known_state((BEN, "👍"))

    events = compare(data, before, accounts=frozenset({EVE}))

    assert [event.kind for event in events] == [Kind.UNREACTED, Kind.REACTED]


def test_a_reactor_who_deleted_the_account_is_recorded_no_more_and_no_less() -> None:
    data, before = a_message(reactions=[thumbs(2)]), known_state((BEN, "👍"))
    both = frozenset({BEN, EVE})

    assert compare(data, before, accounts=both, deleted=both) == []


def test_who_is_behind_the_shared_account_has_taken_nothing_back() -> None:
    data, before = a_message(reactions=[thumbs(1)]), known_state((BEN, "👍"))
    shared = frozenset({SHARED_ACCOUNT})

    assert compare(data, before, accounts=shared, deleted=shared) == []


def test_an_odd_emoji_in_the_list_takes_no_other_back() -> None:
    data = a_message(reactions=[{"emoji": {}, "count": 1}])

    assert compare(data, known_state((BEN, "👍"))) == []
    assert [event.kind for event in compare(a_message(), known_state((BEN, "👍")))] == [
        Kind.UNREACTED
    ]


def test_of_an_unknown_number_of_reactions_the_reactors_are_asked_for() -> None:
    data = a_message(reactions=[thumbs("many")])

    [query] = find_reactors(data, known_state((BEN, "👍")), None).queries

    assert query.emoji == "👍"


def test_nobody_left_by_a_list_of_members_without_ourselves() -> None:
    assert find_departed({ADA, BEN}, set(), EVE) == ()
    assert find_departed({ADA, BEN}, {ADA}, None) == ()
    assert find_departed({ADA, BEN}, {ADA, EVE}, EVE) == (BEN,)


def test_a_member_without_a_list_of_roles_keeps_the_roles() -> None:
    kinds = [event.kind for event in parse.member({"user": account(ADA)}, LIVE).events]

    assert kinds == [Kind.JOINED]


def test_an_odd_role_and_an_odd_time_of_joining_cost_only_themselves() -> None:
    data = {"user": account(ADA), "roles": [BEN, None, "x"], "joined_at": "once"}

    joined, roles = parse.member(data, LIVE).events

    assert (joined.estimated, roles.text) == (True, BEN)


@pytest.mark.parametrize(
    ("user", "is_deleted"),
    [
        (account(SHARED_ACCOUNT, "Ada"), True),
        (account(ADA, "Deleted User"), True),
        (account(ADA, "Deleted User", discriminator=0), True),
        (account(ADA, "Deleted User", discriminator="0000"), True),
        (account(ADA, "Deleted User", discriminator="1234"), False),
        (account(ADA, "Deleted User 5e6f7a8b", discriminator="1234"), True),
        (account(ADA, "Deleted User 5E6F7A8B", discriminator="0000"), True),
        (account(ADA, "deleted_user_1a2b3c4d5e6f"), True),
        (account(ADA, "deleted_user_of_the_month"), False),
        (account(ADA, "Deleted User", bot=True), False),
        (account(ADA, "ada"), False),
    ],
)
def test_deleted_people_are_known_however_they_are_written(
    user: dict[str, Any], *, is_deleted: bool
) -> None:
    assert is_deleted_account(user) is is_deleted
    batch = parse.message(a_message(author=user), LIVE)
    assert (batch.events[0].actor is None, batch.accounts == ()) == (is_deleted, is_deleted)
    mentioned = read_parts(a_message(mentions=[user]), NOW_MS).mentions
    assert (mentioned == ()) is is_deleted


@pytest.mark.parametrize("nick", ["\u200b\u2060", "\u202e\u202c", "\u3164", " \u2800 "])
def test_nobody_is_called_by_a_nickname_that_cannot_be_seen(nick: str) -> None:
    somebody = parse.account(account(ADA, "ada"), LIVE, nick=nick)

    assert (somebody.name, somebody.other_names) == ("ada", ())


@pytest.mark.parametrize("odd", [[], {}, 7, "half \ud800", None])
def test_an_odd_name_costs_no_message(odd: object) -> None:
    mentioned = {**account(BEN), "username": odd, "member": {"nick": odd}}
    data = a_message(
        author={**account(ADA), "username": odd, "global_name": odd},
        member={"nick": odd},
        mentions=[mentioned],
    )

    payload = parse_payload("MESSAGE_CREATE", data, LIVE)
    place = parse.place({"id": PLACE, "type": 0, "name": odd}, LIVE)

    assert payload is not None
    assert [event.kind for event in payload.batch.events] == [Kind.POSTED, Kind.MENTIONED]
    name = "half ?" if isinstance(odd, str) else None
    assert {found.name for found in payload.batch.accounts} == {name}
    assert place.places[0].name == (name or PLACE)


@pytest.mark.parametrize(
    "odd",
    [
        {"user_id": None},
        {"message_id": ""},
        {"emoji": {"id": None, "name": None}},
        {"emoji": "👍"},
    ],
)
@pytest.mark.parametrize("name", ["MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"])
def test_a_reaction_of_nobody_to_nothing_or_with_no_emoji_is_none(
    name: str, odd: dict[str, Any]
) -> None:
    sound = {
        "message_id": MESSAGE,
        "channel_id": PLACE,
        "user_id": BEN,
        "emoji": {"id": None, "name": "👍"},
    }

    assert parse_payload(name, sound, LIVE) is not None
    with pytest.raises(parse.MALFORMED):
        parse_payload(name, {**sound, **odd}, LIVE)


def test_an_odd_id_among_deleted_messages_costs_only_itself() -> None:
    data = {"ids": [MESSAGE, None, "x"], "channel_id": PLACE}

    payload = parse_payload("MESSAGE_DELETE_BULK", data, LIVE)

    assert payload is not None
    assert [event.target for event in payload.batch.events] == [MESSAGE]
    assert payload.malformed_parts == 2
