"""The fold, compared with a slow one that goes through the log with dictionaries."""

from collections.abc import Iterable
from dataclasses import fields
from typing import assert_never

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cred.facts.activity import Activity
from cred.facts.events import MISSING, NSFW, Event, EventColumns, Kind, Provenance
from cred.facts.folding import fold
from tests.memory_log import MemoryLog

IDS = st.sampled_from(["1", "2", "3"])


def event(kind: Kind, at_ms: int = 0, value: int = 0, **fields: str | None) -> Event:
    return Event(
        source="discord",
        kind=kind,
        at_ms=at_ms,
        seen_ms=0,
        provenance=Provenance.LIVE,
        value=value,
        actor=fields.get("actor"),
        target=fields.get("target"),
        object=fields.get("object"),
        place=fields.get("place"),
        text=fields.get("text"),
    )


EVENTS = st.lists(
    st.builds(
        event,
        st.sampled_from(Kind),
        st.integers(0, 5),
        st.integers(0, 3),
        actor=IDS,
        target=IDS,
        object=IDS,
        place=IDS,
        text=IDS,
    ),
    max_size=60,
)


def fold_events(events: Iterable[Event]) -> tuple[Activity, MemoryLog]:
    log = MemoryLog()
    log.append(events)
    return fold(log.columns()), log


def facts(events: list[Event]) -> dict[str, object]:  # noqa: C901, PLR0912, PLR0915 - a kind each
    """Fold slowly, one event after the other."""
    posts: dict[str, Event] = {}
    authors: dict[str, str] = {}
    edits: dict[str, Event] = {}
    gone: set[str] = set()
    replies: dict[str, str] = {}
    mentions: dict[tuple[str, str], int] = {}
    reactions: dict[tuple[str, str, str], int] = {}
    present: dict[str, bool] = {}
    roles: dict[str, str] = {}
    places: dict[str, tuple[str, str, bool]] = {}
    references: dict[tuple[str, str, str], int] = {}
    links: set[tuple[str, str]] = set()
    statuses: dict[str, tuple[str, str]] = {}
    credits_: dict[tuple[str, str], int] = {}
    champions: dict[tuple[str, str], int] = {}
    for e in events:
        actor, target, other = str(e.actor), str(e.target), str(e.object)
        match e.kind:
            case Kind.POSTED:
                posts.setdefault(target, e)
            case Kind.AUTHORED:
                authors[target] = actor
            case Kind.EDITED:
                if target not in edits or e.at_ms >= edits[target].at_ms:
                    edits[target] = e
            case Kind.DELETED:
                gone.add(target)
            case Kind.RESTORED:
                gone.discard(target)
            case Kind.REPLIED:
                replies.setdefault(target, other)
            case Kind.MENTIONED:
                mentions[target, other] = e.value
            case Kind.REACTED:
                reactions[target, actor, str(e.text)] = e.at_ms
            case Kind.UNREACTED:
                reactions.pop((target, actor, str(e.text)), None)
            case Kind.JOINED | Kind.LEFT:
                present[actor] = e.kind is Kind.JOINED
            case Kind.ROLES_CHANGED:
                roles[actor] = str(e.text)
            case Kind.PLACE_CHANGED:
                places[str(e.place)] = (other, str(e.text), bool(e.value & NSFW))
            case Kind.REFERENCED:
                references[target, other, str(e.text)] = e.value
            case Kind.LINKED:
                links.add((actor, other))
            case Kind.UNLINKED:
                links.discard((actor, other))
            case Kind.STATUS_CHANGED:
                statuses[target] = (str(e.text), actor)
            case Kind.CREDITED:
                credits_[target, other] = e.value
            case Kind.CHAMPIONED:
                champions[target, other] = e.value
            case Kind.SECONDED | Kind.ENTITLED | Kind.VOTED:
                pass  # `cred.governance` reads them
            case _:
                assert_never(e.kind)
    return {
        "posts": {
            (key, authors.get(key, e.actor), e.place, e.at_ms, edits.get(key, e).value, e.text)
            for key, e in posts.items()
            if key not in gone
        },
        "replies": set(replies.items()),
        "mentions": {(*key, count) for key, count in mentions.items() if count > 0},
        "reactions": {(*key, at_ms) for key, at_ms in reactions.items()},
        "present": {actor for actor, here in present.items() if here},
        "joined": {str(e.actor) for e in events if e.kind is Kind.JOINED},
        "roles": set(roles.items()),
        "places": {(key, *state) for key, state in places.items()},
        "references": {(*key, count) for key, count in references.items() if count > 0},
        "links": links,
        "statuses": {(key, *state) for key, state in statuses.items()},
        "credits": {(*key, share) for key, share in credits_.items() if share > 0},
        "champions": {(*key, share) for key, share in champions.items() if share > 0},
    }


def test_every_field_of_the_activity_is_compared_with_a_slow_fold() -> None:
    compared = facts([]).keys() | {"events", "members"}

    missing = {field.name for field in fields(Activity)} - compared
    assert not missing, f"{sorted(missing)}: extend facts() and the comparison below"


@given(EVENTS)
def test_agrees_with_a_fold_that_takes_one_event_after_the_other(events: list[Event]) -> None:
    activity, log = fold_events(events)

    names = log.directory
    posts, reactions, members = activity.posts, activity.reactions, activity.members
    places, mentions, replies = activity.places, activity.mentions, activity.replies
    references, links, statuses = activity.references, activity.links, activity.statuses
    account, text = names.account, names.text
    assert facts(log.events) == {
        "posts": {
            (names.contribution(t), account(a), names.place(p), at, length, text(sort))
            for t, a, p, at, length, sort in zip(
                posts.target.tolist(),
                posts.actor.tolist(),
                posts.place.tolist(),
                posts.at_ms.tolist(),
                posts.length.tolist(),
                posts.type.tolist(),
                strict=True,
            )
        },
        "replies": {
            (names.contribution(t), names.contribution(p))
            for t, p in zip(replies.target.tolist(), replies.parent.tolist(), strict=True)
        },
        "mentions": {
            (names.contribution(t), account(a), n)
            for t, a, n in zip(
                mentions.target.tolist(),
                mentions.account.tolist(),
                mentions.count.tolist(),
                strict=True,
            )
        },
        "reactions": {
            (names.contribution(t), account(a), text(x), at)
            for t, a, x, at in zip(
                reactions.target.tolist(),
                reactions.actor.tolist(),
                reactions.text.tolist(),
                reactions.at_ms.tolist(),
                strict=True,
            )
        },
        "present": {account(a) for a in members.account[members.present].tolist()},
        "joined": {account(a) for a in members.account[members.joined].tolist()},
        "roles": {
            (account(a), text(r))
            for a, r in zip(members.account.tolist(), members.roles.tolist(), strict=True)
            if r != MISSING
        },
        "places": {
            (names.place(p), names.place(parent), text(kind), nsfw)
            for p, parent, kind, nsfw in zip(
                places.place.tolist(),
                places.parent.tolist(),
                places.type.tolist(),
                places.nsfw.tolist(),
                strict=True,
            )
        },
        "references": {
            (names.contribution(t), names.contribution(o), text(s), n)
            for t, o, s, n in zip(
                references.target.tolist(),
                references.object.tolist(),
                references.type.tolist(),
                references.count.tolist(),
                strict=True,
            )
        },
        "links": {
            (account(a), account(b))
            for a, b in zip(links.account.tolist(), links.other.tolist(), strict=True)
        },
        "statuses": {
            (names.contribution(t), text(s), account(a))
            for t, s, a in zip(
                statuses.target.tolist(),
                statuses.status.tolist(),
                statuses.actor.tolist(),
                strict=True,
            )
        },
        **{
            name: {
                (names.contribution(t), account(a), v)
                for t, a, v in zip(
                    roles.target.tolist(),
                    roles.account.tolist(),
                    roles.value.tolist(),
                    strict=True,
                )
            }
            for name, roles in (
                ("credits", activity.credits),
                ("champions", activity.champions),
            )
        },
    }


@given(EVENTS)
def test_recording_everything_twice_changes_nothing(events: list[Event]) -> None:
    once, _ = fold_events(events)
    twice = MemoryLog()
    twice.append(events)
    columns = twice.columns()
    doubled = EventColumns(
        **{
            name: np.repeat(getattr(columns, name), 2)
            for name in EventColumns.__dataclass_fields__
        }
    )

    again = fold(doubled)

    for table in (
        *("posts", "replies", "mentions", "reactions", "members", "places"),
        *("references", "links", "statuses", "credits", "champions"),
    ):
        first, second = getattr(once, table), getattr(again, table)
        for name in first.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_an_empty_log_folds_to_nothing() -> None:
    activity, _ = fold_events([])

    assert activity.events == 0
    assert len(activity.posts.target) == 0
    assert activity.posts.rows(np.array([1, 2])).tolist() == [MISSING, MISSING]


def test_a_deleted_post_is_out_until_it_is_restored() -> None:
    posted = event(Kind.POSTED, actor="1", target="9", place="2")
    deleted = event(Kind.DELETED, target="9")

    gone, _ = fold_events([posted, deleted])
    back, _ = fold_events([posted, deleted, event(Kind.RESTORED, target="9")])

    assert len(gone.posts.target) == 0
    assert len(back.posts.target) == 1


def test_an_older_edit_recorded_later_does_not_replace_a_newer_one() -> None:
    posted = event(Kind.POSTED, 1, 10, actor="1", target="9")

    activity, _ = fold_events(
        [
            posted,
            event(Kind.EDITED, at_ms=5, value=50, target="9"),
            event(Kind.EDITED, at_ms=3, value=30, target="9"),
        ]
    )

    assert activity.posts.length.tolist() == [50]


def test_a_member_who_left_keeps_the_roles_they_had() -> None:
    activity, log = fold_events(
        [
            event(Kind.JOINED, actor="1"),
            event(Kind.ROLES_CHANGED, actor="1", text="7,8"),
            event(Kind.LEFT, actor="1"),
        ]
    )

    members = activity.members
    assert not members.present[0]
    assert members.joined[0]
    assert log.directory.text(int(members.roles[0])) == "7,8"


def test_subjects_with_huge_numbers_are_still_told_apart() -> None:
    huge = 2**40
    count = 4
    log = MemoryLog()
    log.append(
        [event(Kind.REACTED, i, actor="1", target=str(i), text="x") for i in range(count)]
    )
    columns = log.columns()
    spread = EventColumns(
        **{
            **{name: getattr(columns, name) for name in EventColumns.__dataclass_fields__},
            "target": np.arange(1, count + 1) * huge,
            "actor": np.arange(1, count + 1) * huge,
            "text": np.arange(1, count + 1) * huge,
        }
    )

    assert fold(spread).reactions.at_ms.tolist() == [0, 1, 2, 3]
