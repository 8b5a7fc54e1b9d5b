"""What lies around new events: enough to draw them rightly, and not much more."""

import numpy as np
import pytest

from cred import neighbourhood
from cred.errors import NotFollowedError
from cred.events import Event, EventColumns, Kind
from cred.neighbourhood import Neighbourhood
from tests.cred.test_activity import event
from tests.memory_log import MemoryLog

TALK = [
    event(Kind.PLACE_CHANGED, place="hall", text="text channel"),
    event(Kind.PLACE_CHANGED, place="nook", object="hall", text="thread"),
    event(Kind.JOINED, actor="ann"),
    event(Kind.JOINED, actor="bob"),
    event(Kind.ROLES_CHANGED, actor="cat", text="mod"),
    event(Kind.POSTED, actor="ann", target="m1", place="hall"),
    event(Kind.POSTED, actor="bob", target="m2", place="hall"),
    event(Kind.REPLIED, actor="bob", target="m2", object="m1"),
    event(Kind.POSTED, actor="cat", target="m3", place="nook"),
    event(Kind.REPLIED, actor="cat", target="m3", object="m2"),
    event(Kind.POSTED, actor="dan", target="m4", place="hall"),
    event(Kind.MENTIONED, actor="dan", target="m4", object="ann", value=1),
    event(Kind.REACTED, actor="ann", target="m4", text="x"),
    event(Kind.POSTED, actor="eve", target="m5", place="nook"),
]


def around(
    new: list[Event], earlier: list[Event] | None = None, later: list[Event] | None = None
) -> tuple[set[str], set[str], EventColumns, EventColumns]:
    """Return the contributions around events, without and with them, and the events."""
    log = MemoryLog()
    base = log.append(TALK if earlier is None else earlier)
    log.append(later or [])
    news = log.append(new)
    columns = log.columns()
    parts = Neighbourhood(columns.at(np.arange(base))).of(
        columns.at(np.arange(base, len(columns))), news
    )
    names = log.directory.contributions.texts
    found = [
        {names[target - 1] for target in part.target.tolist() if target > 0} for part in parts
    ]
    return found[0], found[1], *parts


def test_around_a_reaction_are_its_message_what_that_answers_and_what_answers_it() -> None:
    before, after, _, _ = around([event(Kind.REACTED, actor="dan", target="m2", text="x")])

    assert before == after == {"m1", "m2", "m3"}


def test_what_is_not_related_is_left_out_and_order_is_the_log_s() -> None:
    _, _, before, after = around([event(Kind.REACTED, actor="dan", target="m1", text="x")])

    assert np.all(np.diff(before.seq) > 0)
    assert np.all(np.diff(after.seq) > 0)
    assert after.seq.tolist() == [*before.seq.tolist(), len(TALK) + 1]
    # m1 and m2, two places, and what is known of ann and bob; nothing is known of dan.
    assert before.seq.tolist() == [1, 2, 3, 4, 6, 7, 8]


def test_a_new_message_is_only_there_afterwards() -> None:
    before, after, _, _ = around(
        [
            event(Kind.POSTED, actor="fay", target="m6", place="hall"),
            event(Kind.REPLIED, actor="fay", target="m6", object="m4"),
        ]
    )

    assert (before, after) == ({"m4"}, {"m4", "m6"})


def test_what_came_since_counts_like_what_was_there_at_first() -> None:
    before, after, _, _ = around(TALK[12:], TALK[:8], TALK[8:12])

    assert before == {"m4"}
    assert after == {"m4", "m5"}


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        (event(Kind.ROLES_CHANGED, actor="ann", text="mod"), {"m1", "m2", "m4"}),
        (event(Kind.LEFT, actor="bob"), {"m1", "m2", "m3"}),
        (event(Kind.JOINED, actor="nobody yet"), set()),
        (event(Kind.PLACE_CHANGED, place="nook", text="thread"), {"m2", "m3", "m5"}),
        (
            event(Kind.PLACE_CHANGED, place="hall", text="text channel", value=1),
            {"m1", "m2", "m3", "m4", "m5"},
        ),
    ],
)
def test_what_changes_of_an_account_or_place_touches_all_it_has_to_do_with(
    news: Event, expected: set[str]
) -> None:
    assert around([news])[0] == expected


def test_a_place_touches_what_was_posted_below_it_at_any_depth() -> None:
    deeper = [
        event(Kind.PLACE_CHANGED, place="cranny", object="nook", text="thread"),
        event(Kind.POSTED, actor="eve", target="m6", place="cranny"),
    ]
    hidden = event(Kind.PLACE_CHANGED, place="hall", text="text channel", value=1)

    assert "m6" in around([hidden], [*TALK, *deeper])[0]
    assert "m6" in around([hidden], TALK, deeper)[0]


def test_what_is_known_of_who_is_mentioned_is_taken_too() -> None:
    talk = [
        *TALK,
        event(Kind.POSTED, actor="eve", target="m6", place="hall"),
        event(Kind.MENTIONED, actor="eve", target="m6", object="cat", value=1),
    ]

    _, _, before, _ = around([event(Kind.REACTED, actor="eve", target="m6", text="x")], talk)

    assert before.seq.tolist() == [1, 2, 5, 15, 16]  # the places, cat's roles, the message


def test_what_is_referred_to_is_related_as_what_is_replied_to() -> None:
    talk = [*TALK, event(Kind.REFERENCED, actor="eve", target="m5", object="m1", value=1)]

    news = [[event(Kind.REACTED, actor="dan", target=one, text="x")] for one in ("m5", "m1")]
    assert around(news[0], talk)[0] == {"m1", "m5"}
    assert around(news[1], talk)[0] == {"m1", "m2", "m5"}


def test_around_a_reply_to_nothing_is_only_what_it_is() -> None:
    talk = [*TALK, event(Kind.REPLIED, actor="dan", target="m4", object=None)]

    assert around([event(Kind.REACTED, actor="dan", target="m4", text="y")], talk)[0] == {"m4"}


def test_whose_an_account_is_touches_it_without_any_event() -> None:
    log = MemoryLog()
    log.append(TALK)
    columns = log.columns()
    nothing = columns.at(np.arange(0))
    ann = log.directory.accounts.of("ann", "discord")

    before, after = Neighbourhood(columns).of(nothing, 0, accounts=(ann,))

    names = log.directory.contributions.texts
    targets = {names[target - 1] for target in before.target.tolist() if target > 0}
    assert targets == {"m1", "m2", "m4"}
    assert before.seq.tolist() == after.seq.tolist()


def test_too_much_at_once_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbourhood, "_MOST_EVENTS", 3)

    with pytest.raises(NotFollowedError, match="too much is affected"):
        around([event(Kind.REACTED, actor="dan", target="m2", text="x")])


FORUM = [
    event(Kind.POSTED, actor="ann", target="t1", place="here"),
    event(Kind.POSTED, actor="bob", target="t2", place="there"),
    event(Kind.POSTED, actor="ann", target="p1", place="here"),
    event(Kind.REFERENCED, actor="ann", target="p1", object="t2", text="in", value=1),
    event(Kind.POSTED, actor="bob", target="p2", place="there"),
    event(Kind.REFERENCED, actor="bob", target="p2", object="t1", text="in", value=1),
    event(Kind.REPLIED, actor="bob", target="p2", object="p1"),
    event(Kind.POSTED, actor="bob", target="p3", place="there"),
    event(Kind.REPLIED, actor="bob", target="p3", object="p2"),
    event(Kind.POSTED, actor="bob", target="p4", place="here"),
    event(Kind.REPLIED, actor="bob", target="p4", object="p1"),
]


def test_what_those_around_refer_to_is_there_as_it_may_decide_how_they_are_drawn() -> None:
    new = [event(Kind.REACTED, actor="ann", target="p3")]

    before, after, _, _ = around(new, FORUM)
    since, _, _, _ = around(new, FORUM[:5], FORUM[5:])

    assert before == after == since == {"p3", "p2", "t1"}


def test_what_refers_to_something_touched_is_touched_and_so_is_what_surrounds_it() -> None:
    before, _, _, _ = around([event(Kind.PLACE_CHANGED, place="there", object="x")], FORUM)

    # p1 was posted elsewhere, but is in t2 now, so what answers it lies around.
    assert before == {"t2", "p1", "p2", "p3", "p4", "t1"}
    since, _, _, _ = around(
        [event(Kind.PLACE_CHANGED, place="there", object="x")], FORUM[:3], FORUM[3:]
    )
    assert since == before
    only, _, _, _ = around([event(Kind.DELETED, target="t2")], FORUM)
    assert only == {"t2", "p1", "p2", "p4", "t1"}
