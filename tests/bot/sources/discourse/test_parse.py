"""Payloads are parsed leniently, and malformed ones are refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.discourse import SOURCE, parse
from bot.sources.discourse.api import records
from bot.sources.discourse.api.cooked import PostContent
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.records import Category, Like, Post, Topic, User
from bot.sources.discourse.parse import UNKNOWN, Hint, Observation, ResolvedIds
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch
from storage.log.current_state import CurrentContribution
from tests.memory_log import MemoryLog

HOME = "https://forum.example.org"
SEEN = 1_795_176_600_000
LIVE = Observation(Provenance.LIVE, SEEN)
POSTED = "2026-03-01T10:00:00.000Z"
POSTED_MS = 1_772_359_200_000

POST: dict[str, Any] = {
    "id": 501,
    "topic_id": 12,
    "post_number": 2,
    "user_id": 7,
    "username": "ben",
    "created_at": POSTED,
    "cooked": "<p>yes</p>",
}
TOPIC: dict[str, Any] = {"id": 12, "created_at": POSTED}
ACTION: dict[str, Any] = {
    "action_type": 1,
    "created_at": POSTED,
    "acting_user_id": 7,
    "topic_id": 12,
    "post_number": 1,
}
LIKED: dict[str, Any] = {"post": {"id": 5}, "user": {"id": 7, "username": "ben"}}
USER: dict[str, Any] = {"id": 7, "username": "ben"}
CATEGORY: dict[str, Any] = {"id": 5}


def a_post(data: object) -> Post:
    return records.parse_post(data, HOME)


READERS: dict[str, tuple[Callable[[object], object], dict[str, Any]]] = {
    "post": (a_post, POST),
    "topic": (records.parse_topic, TOPIC),
    "category": (records.parse_category, CATEGORY),
    "user": (records.parse_user, USER),
    "action": (records.parse_user_action, ACTION),
    "like": (records.parse_webhook_like, LIKED),
}


def test_as_little_as_there_may_be_is_enough() -> None:
    assert records.parse_post(
        {k: POST[k] for k in ("id", "topic_id", "post_number", "created_at")}, ""
    ) == (Post(id=501, topic=12, number=2, at_ms=POSTED_MS))
    assert records.parse_topic(TOPIC) == Topic(12, POSTED_MS)
    # What the forum does not say is public is not.
    assert records.parse_category(CATEGORY) == Category(5, "category 5", is_restricted=True)
    assert records.parse_user(USER) == User(7, "ben")
    assert records.parse_user_action(ACTION) == Like(7, None, None, (12, 1), POSTED_MS)
    assert records.parse_webhook_like(LIKED) == Like(7, "ben", 5)
    assert records.parse_liker(USER, 5) == Like(7, "ben", 5)


@pytest.mark.parametrize("name", READERS)
def test_what_plugins_add_is_ignored(name: str) -> None:
    read, data = READERS[name]
    added = {"plugin": float("nan"), "votes": [{"x": None}], "": {}, "tags_descriptions": 3}

    assert read({**data, **added}) == read(data)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("other", [None, [], "post", 3, float("nan"), True])
def test_what_is_no_object_is_refused(name: str, other: object) -> None:
    with pytest.raises(MalformedPayloadError):
        READERS[name][0](other)


NAN = float("nan")
NO_ID: list[object] = [
    *(None, 0, -5, 1.5, NAN, float("inf"), True, "x", "", "5.0", [5], 2**53, "9" * 30)
]
NO_TIME: list[object] = [
    *(None, 1_772_359_200, True, "", "yesterday", "2026-13-01T00:00:00Z"),
    *("1969-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z"),
    "10000-01-01T00:00:00Z",
]
ODD: list[tuple[str, str, list[object]]] = [
    *((name, "id", NO_ID) for name in ("post", "topic", "category")),
    *(("post", key, NO_ID) for key in ("topic_id", "post_number")),
    *(("action", key, NO_ID) for key in ("topic_id", "post_number")),
    *((name, "created_at", NO_TIME) for name in ("post", "topic", "action")),
    ("user", "id", [None, 1.0, NAN, True, "x", -(2**53)]),
    ("user", "username", [None, 7, "", " ", "\0", "\ud800", "x" * 300]),
    ("post", "username", [7, "", "x" * 300]),
    ("post", "user_id", [1.5, NAN, "x", []]),
    ("post", "reply_to_post_number", [-1, NAN, "x"]),
    ("post", "cooked", [3, [], {}]),
    ("post", "updated_at", [3, "soon"]),
    ("post", "deleted_at", [True, "soon"]),
    ("post", "trust_level", [NAN, "high", [2]]),
    ("topic", "category_id", [0, -1, NAN, "x", {}]),
    ("topic", "tags", ["plans", [3], [None], [""], [{"id": 1}], {"a": 1}]),
    ("topic", "user_id", [NAN, "x"]),
    ("topic", "posters", [[3], [{"user": 5}], [{"user_id": "x"}]]),
    ("category", "parent_category_id", [0, NAN, "x"]),
    ("category", "name", [3, "", "\n"]),
    ("category", "read_restricted", [1, "no"]),
    ("action", "action_type", [None, 2, "x", NAN]),
    ("action", "acting_user_id", [None, NAN, "x"]),
    ("action", "post_id", [0, -3, NAN, "x"]),
    ("like", "post", [None, 5, {}, {"id": -1}, {"id": NAN}]),
    ("like", "user", [None, 7, {}, {"id": 7}, {"username": "ben"}]),
]


@pytest.mark.parametrize(
    ("name", "key", "odd"), [(name, key, odd) for name, key, some in ODD for odd in some]
)
def test_nonsense_is_refused_with_one_kind_of_error(name: str, key: str, odd: object) -> None:
    read, data = READERS[name]
    data = {**data, "version": 2}

    with pytest.raises(MalformedPayloadError) as refused:
        read({**data, key: odd})

    assert len(str(refused.value)) < 200


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([POSTED, "9999-12-31T23:59:59.9999Z", "-1", "12", "\ud800", "<![x["]),
    lambda some: (
        st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=4), some, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(READERS)),
    st.dictionaries(
        st.sampled_from(
            sorted(
                {
                    "version",
                    "updated_at",
                    "deleted_at",
                    "trust_level",
                    "details",
                    "created_by",
                }.union(*(data for _, data in READERS.values())).union(
                    {"posters", "tags", "category_id", "post_type", "archetype", "deleted"}
                )
            )
        ),
        ANYTHING,
        max_size=4,
    ),
)
def test_no_data_whatever_does_more_than_be_refused(name: str, changed: dict[str, Any]) -> None:
    read, data = READERS[name]

    for payload in ({**data, **changed}, changed):
        try:
            record = read(payload)
        except MalformedPayloadError:
            continue
        batch = batch_of(record)
        for event in batch.events:
            assert 0 <= event.at_ms <= 253_402_300_799_999
            # What could not be kept would stop everything after it.
            json.dumps([event.text, event.place], ensure_ascii=False).encode()
        for account in batch.accounts:
            (account.name or "").encode()


def batch_of(record: object) -> Batch:
    match record:
        case Post():
            return parse.post_batch(record, ResolvedIds(), UNKNOWN, LIVE)
        case Topic():
            return parse.topic_batch(record, LIVE)
        case Category():
            return parse.category_batch(record, LIVE)
        case User():
            return parse.user_batch(record, LIVE)
        case Like():
            return parse.like_batch(record, ResolvedIds(), LIVE)
    assert record is None
    return Batch()


def test_numbers_may_come_as_text_as_the_forum_s_own_description_has_them() -> None:
    read = a_post({**POST, "reply_to_post_number": "1", "id": "501", "user_id": "-1"})

    assert (read.reply_to, read.id, read.author) == (1, 501, -1)


def test_times_without_a_zone_are_utc_and_others_are_taken_there() -> None:
    for text in ("2026-03-01T10:00:00", "2026-03-01T12:30:00+02:30", "2026-03-01 10:00:00Z"):
        assert records.parse_topic({**TOPIC, "created_at": text}).at_ms == POSTED_MS


def test_an_unknown_trust_level_is_none() -> None:
    assert [a_post({**POST, "trust_level": level}).trust for level in (0, 4, 5, -1, None)] == (
        [0, 4, None, None, None]
    )


def test_who_began_a_topic_is_found_wherever_a_forum_says_it() -> None:
    with_author: list[dict[str, Any]] = [
        {"user_id": 3},
        {"created_by": {"id": 3, "username": "ada"}},
        {"details": {"created_by": {"id": 3}}},
        {"posters": [{"user_id": 3}, {"user_id": 4}]},
        {"posters": [{"user": {"id": 3}}, {"user": {"id": 4}}]},
    ]
    without_author: list[dict[str, Any]] = [
        *({"posters": []}, {"details": {}}, {"details": 3}, {"posters": [{}]})
    ]
    assert [records.parse_topic({**TOPIC, **fields}).author for fields in with_author] == [
        3
    ] * len(with_author)
    for fields in without_author:
        assert records.parse_topic({**TOPIC, **fields}).author is None


def test_tags_are_sorted_unique_and_without_commas() -> None:
    tags = ["b", {"id": 1, "name": "a"}, "b", "c,d"]

    assert records.parse_topic({**TOPIC, "tags": tags}).tags == ("a", "b", "c d")
    assert records.parse_topic({**TOPIC, "tags": None}).tags == ()


@pytest.mark.parametrize(
    ("number", "given_as", "parent"),
    [(1, None, None), (2, None, (12, 1)), (5, 3, (12, 3)), (5, 0, (12, 1)), (1, 2, (12, 2))],
)
def test_a_post_answers_the_number_given_or_the_first(
    number: int, given_as: int | None, parent: tuple[int, int] | None
) -> None:
    read = a_post({**POST, "post_number": number, "reply_to_post_number": given_as})

    assert read.parent == parent
    assert read.reply_to == (given_as or None)


def test_what_a_post_wants_looked_up_is_all_it_names() -> None:
    html = (
        '<a href="/t/x/3/4">a</a><a href="/t/x/3">a</a><a href="/u/Ada">a</a>'
        '<aside class="quote" data-topic="9" data-post="1"></aside>'
    )
    read = a_post({**POST, "cooked": html})

    assert read.positions_to_resolve == {(12, 1), (3, 4), (9, 1)}
    assert read.names_to_resolve == frozenset({"ada"})
    hidden = replace(read, content=None)
    assert (hidden.positions_to_resolve, hidden.names_to_resolve) == (
        frozenset({(12, 1)}),
        frozenset[str](),
    )


def about(batch: Batch, kind: Kind) -> list[Event]:
    return [event for event in batch.events if event.kind is kind]


def test_what_was_not_found_is_left_out() -> None:
    changed_post = replace(
        a_post(POST), content=PostContent(3, {"ada": 1}, {}, {(1, 1): 1}, {(2, 2): 1})
    )

    batch = parse.post_batch(changed_post, ResolvedIds(), UNKNOWN, LIVE)

    assert about(batch, Kind.REPLIED) == about(batch, Kind.MENTIONED) == []
    assert [event.object for event in about(batch, Kind.REFERENCED)] == ["topic:12"]


def test_two_names_of_one_user_are_one_mention() -> None:
    changed_post = replace(a_post(POST), content=PostContent(3, {"ada": 1, "old-ada": 2}))

    batch = parse.post_batch(
        changed_post, ResolvedIds(users={"ada": 3, "old-ada": 3}), UNKNOWN, LIVE
    )

    assert [(event.object, event.value) for event in about(batch, Kind.MENTIONED)] == [("3", 3)]


def test_a_hidden_text_withdraws_nothing_but_a_move_is_told() -> None:
    known = CurrentContribution(
        posted=True,
        mentions={"3": 1},
        references={("topic:9", "in"): 1, ("post:1", "quotes"): 1},
    )
    changed_post = replace(a_post(POST), content=None, edited_ms=POSTED_MS + 1)

    batch = parse.post_batch(changed_post, ResolvedIds(), known, LIVE)

    assert about(batch, Kind.EDITED) == about(batch, Kind.MENTIONED) == []
    references = [
        (event.object, event.text, event.value) for event in about(batch, Kind.REFERENCED)
    ]
    assert references == [("topic:12", "in", 1), ("topic:9", "in", 0)]


def test_discourse_s_own_users_are_bots() -> None:
    assert parse.account(-1, "system", LIVE) == Account("discourse", "-1", "bot", "system")
    assert parse.account(3, None, LIVE) == Account("discourse", "3", "user", None)


@pytest.mark.parametrize(
    ("full_name", "others"),
    [("Ada Lovelace", ("Ada Lovelace",)), ("", ("",)), (None, None), (7, None)],
)
def test_a_user_is_also_called_by_their_full_name(
    full_name: object, others: tuple[str, ...] | None
) -> None:
    user = records.parse_user({"id": 3, "username": "ada", "name": full_name})

    (account,) = parse.user_batch(user, LIVE).accounts

    assert (account.name, account.other_names) == ("ada", others)


def test_a_like_takes_no_full_name_away() -> None:
    told = Batch(accounts=(parse.account(3, "ada", LIVE, "Ada Lovelace"),))
    liked = Batch(accounts=(parse.account(3, "ada", LIVE),))

    assert parse.merge_batches((told, liked)).accounts == told.accounts


def test_the_user_that_the_bot_itself_is_there_is_one() -> None:
    ours = Observation(Provenance.LIVE, SEEN, bot="CredBot")

    assert [parse.account(3, name, ours).kind for name in ("credbot", "ada", None)] == [
        "bot",
        "user",
        "user",
    ]


def test_a_webhook_says_where_to_look_and_nothing_else() -> None:
    like = {"post": {"id": 501}, "user": {"id": 7, "username": "ben"}}

    assert parse.parse_hint({"post": POST}) == Hint(frozenset({501}), frozenset({12}))
    assert parse.parse_hint({"topic": TOPIC}) == Hint(topics=frozenset({12}))
    assert parse.parse_hint({"like": like}) == (
        Hint(posts=frozenset({501}), likes=frozenset({("ben", 501)}))
    )
    for kind in ("user", "user_promoted"):
        assert parse.parse_hint({kind: USER}) == Hint(users=frozenset({"ben"}))
    assert parse.parse_hint({"category": {}}) == Hint(categories=True)
    assert parse.parse_hint({"ping": "OK"}) == parse.parse_hint({"badge_grant": {}}) == Hint()
    bodies: list[object] = [None, [], {}, "ping", {"post": 3}, {"post": {}}, {"like": {}}]
    for odd in bodies:
        with pytest.raises(MalformedPayloadError):
            parse.parse_hint(odd)


def test_batches_are_merged_and_the_last_description_of_an_account_holds() -> None:
    first = parse.user_batch(User(7, "ben", 1), LIVE)
    other = parse.user_batch(User(7, "benjamin", 2), LIVE)
    place = parse.category_batch(Category(5, "Plans"), LIVE)

    nameless = parse.like_batch(Like(7, None, 5), ResolvedIds(), LIVE)

    both = parse.merge_batches([first, place, other, nameless])

    events = (*first.events, *place.events, *other.events, *nameless.events)
    assert both.events == events
    assert (both.accounts, both.places) == (other.accounts, place.places)


POSTS = st.builds(
    Post,
    id=st.integers(1, 4),
    topic=st.integers(1, 3),
    number=st.integers(1, 3),
    at_ms=st.just(POSTED_MS),
    author=st.none() | st.integers(-1, 3),
    trust=st.none() | st.integers(0, 4),
    reply_to=st.none() | st.integers(1, 3),
    content=st.none()
    | st.builds(
        PostContent,
        st.integers(0, 9),
        st.dictionaries(st.sampled_from(["ada", "ben"]), st.integers(1, 2)),
        st.dictionaries(st.integers(1, 3), st.integers(1, 2)),
        st.dictionaries(st.tuples(st.integers(1, 3), st.integers(1, 3)), st.integers(1, 2)),
    ),
    is_deleted=st.booleans(),
)
FOUND = ResolvedIds(
    {(t, n): 3 * t + n for t in (1, 2, 3) for n in (1, 2)}, {"ada": 1, "ben": 2}
)


def known_of(log: MemoryLog, target: str) -> CurrentContribution:
    """Return what a log says a post refers to now."""
    mentions: dict[str, int] = {}
    references: dict[tuple[str, str], int] = {}
    for event in log.events:
        if event.target == target and event.object is not None:
            if event.kind is Kind.MENTIONED:
                mentions[event.object] = event.value
            elif event.kind is Kind.REFERENCED and event.text is not None:
                references[event.object, event.text] = event.value
    return CurrentContribution(
        mentions={account: count for account, count in mentions.items() if count},
        references={reference: count for reference, count in references.items() if count},
    )


@given(st.lists(POSTS, max_size=6))
def test_the_log_knows_what_was_said_last_and_saying_it_again_adds_nothing(
    posts: list[Post],
) -> None:
    log = MemoryLog()
    for post in posts:
        target = f"post:{post.id}"

        log.append(parse.post_batch(post, FOUND, known_of(log, target), LIVE).events)

        now = known_of(log, target)
        assert [other for other, relation in now.references if relation == "in"] == [
            f"topic:{post.topic}"
        ]
        if post.content is not None:
            assert now.mentions == {
                str(FOUND.users[name]): count for name, count in post.content.users.items()
            }
            links = {other for other, relation in now.references if relation == "refers to"}
            assert links == {f"topic:{topic}" for topic in post.content.topics} | {
                f"post:{FOUND.posts[position]}"
                for position in post.content.posts
                if position in FOUND.posts
            }
        assert log.append(parse.post_batch(post, FOUND, now, LIVE).events) == 0


def test_the_source_builds_structures_only_by_its_own_rules() -> None:
    with pytest.raises(TypeError, match="not rules of Discourse"):
        SOURCE.build_structure(None, None, "rules")  # type: ignore[arg-type]
