"""Append one batch, within a write transaction."""

import sqlite3
from typing import Final

from cred.facts.events import FAMILY_OF, Event, Kind, ObjectType
from storage.errors import InvalidRecordError
from storage.log import cursors, gaps, hash_chain, statements, subject_states
from storage.log.batch import Account, Appended, Batch, Description, Place
from storage.log.hash_chain import EVENT_COLUMNS, EventRow, LogEnd
from storage.log.numbering import Numbering

_LATEST_MS: Final = 253_402_300_799_999
"""The end of the year 9999."""
_LARGEST_VALUE: Final = 2**53
_LONGEST_NAME: Final = 200
_LONGEST_LINK: Final = 2_000

_INSERT: Final = (
    f"INSERT INTO events ({', '.join(EVENT_COLUMNS)}, hash) "
    f"VALUES ({', '.join('?' * (len(EVENT_COLUMNS) + 1))})"
)

_IS_NEWER: Final = "coalesce(:told_ms >= told_ms, TRUE)"
"""A description is not older than the one that is kept."""

_Ids = dict[str, tuple[str, str, str]]
"""Field of an event → the side table that numbers its id, the id's source, the id."""


def append(connection: sqlite3.Connection, end: LogEnd, batch: Batch) -> Appended:
    """Store a batch and advance `end`. On an exception the caller rolls both back.

    Raises
    ------
    InvalidRecordError
        If an event lacks what its kind needs, or holds what cannot be stored.
    """
    numbering = Numbering(connection, end)
    if batch.whole:
        unwanted = sum(
            _is_refused(numbering, event, _ids(event), restates=batch.restates)
            for event in batch.events
        )
        if unwanted:
            return Appended(0, end.seq, unwanted)
    for account in batch.accounts:
        _describe_account(connection, numbering, account)
    for place in batch.places:
        _describe_place(connection, numbering, place)
    before, skipped = end.seq, 0
    for event in batch.events:
        _check(event)
        ids = _ids(event)
        if _is_refused(numbering, event, ids, restates=batch.restates):
            skipped += 1
        else:
            _append_event(connection, numbering, end, event, ids)
    _describe_contributions(connection, numbering, batch)
    cursors.move(connection, batch.cursors)
    for gap in batch.gaps:
        gaps.record_gap(connection, numbering, gap)
    for number, at_ms in batch.closed_gaps.items():
        gaps.close_gap(connection, number, at_ms)
    return Appended(end.seq - before, end.seq, skipped)


def clean_name(name: str) -> str:
    """Return a name that can be stored, at most 200 characters long.

    Names come from strangers and are only shown, so a bad one is mended rather than let the
    whole batch fail.
    """
    return name.encode("utf-8", "replace").decode("utf-8")[:_LONGEST_NAME]


def _ids(event: Event) -> _Ids:
    """Return the platform's ids in an event, in the order in which they are numbered."""
    source = event.source
    ids: _Ids = {}
    if event.actor is not None:
        ids["actor"] = "accounts", event.actor_source or source, event.actor
    if event.target is not None:
        ids["target"] = "contributions", source, event.target
    if event.object is not None:
        object_table = subject_states.OBJECT_TABLES.get(FAMILY_OF[event.kind].object_type)
        if object_table is not None:
            ids["object"] = object_table, event.object_source or source, event.object
    if event.place is not None:
        ids["place"] = "places", source, event.place
    return ids


def _append_event(
    connection: sqlite3.Connection,
    numbering: Numbering,
    end: LogEnd,
    event: Event,
    ids: _Ids,
) -> None:
    family = FAMILY_OF[event.kind]
    sets_initial = subject_states.sets_initial_state(event)
    if sets_initial and not _is_subject_numbered(numbering, event, ids):
        return
    # Numbers are made only now, because what is no news must not leave a row behind. Whatever
    # is known has its numbers already.
    source = numbering.make_source(event.source)
    numbers: dict[str, int | None] = {
        "kind": event.kind,
        "at_ms": event.at_ms,
        "value": event.value,
        **dict.fromkeys(("actor", "target", "object", "place")),
    }
    for field, (table, of_source, ref) in ids.items():
        numbers[field] = numbering.make(table, of_source, ref)
    numbers["text"] = None if event.text is None else numbering.make_text(event.text)
    key = subject_states.subject_key(family, numbers)
    state = subject_states.state_text(family, numbers)
    flip = subject_states.next_flip(connection, family, key, state, source)
    if flip is None or (flip == 1 and sets_initial):
        return
    row = EventRow(
        seq=end.seq + 1,
        source=source,
        key=f"{key}#{flip}",
        kind=event.kind,
        at_ms=event.at_ms,
        seen_ms=event.seen_ms,
        provenance=event.provenance,
        actor=numbers["actor"],
        target=numbers["target"],
        object=numbers["object"],
        place=numbers["place"],
        text=numbers["text"],
        value=event.value,
        estimated=int(event.estimated),
    )
    digest = hash_chain.event_hash(end.hash, end.pending, row)
    connection.execute(_INSERT, (*row, digest))
    subject_states.save_state(connection, family, key, state, flip)
    end.seq, end.hash = row.seq, digest
    end.pending.clear()


def _is_subject_numbered(numbering: Numbering, event: Event, ids: _Ids) -> bool:
    """Tell whether everything that names the event's subject has a number already."""
    for field in FAMILY_OF[event.kind].subject:
        if field == "text":
            found = None if event.text is None else numbering.find_text(event.text)
        elif field == "at_ms":
            continue
        else:
            found = numbering.find(*ids[field]) if field in ids else None
        if found is None:
            return False
    return True


def _is_refused(numbering: Numbering, event: Event, ids: _Ids, *, restates: bool) -> bool:
    """Tell whether an event names somebody who opted out, or what was erased.

    To name is to have as its actor, its object or its target.
    """
    if any(numbering.is_erased(*named, event.at_ms) for named in ids.values()):
        return True
    # What unlinks says nothing of what they did, and may be their wish.
    if restates or event.kind is Kind.UNLINKED:
        return False
    return any(
        numbering.opted_out(source, ref)
        for table, source, ref in ids.values()
        if table == "accounts"
    )


def _check(event: Event) -> None:
    family = FAMILY_OF.get(event.kind)
    if family is None:
        raise InvalidRecordError(f"{event.kind!r} is not a kind of event.")
    needed = {*family.subject, *family.state} & {"actor", "target", "place", "text"}
    if family.object_type in (ObjectType.ACCOUNT, ObjectType.CONTRIBUTION):
        needed.add("object")
    if family.object_type is ObjectType.PLACE:
        needed.discard("text")
    if event.kind is Kind.AUTHORED:
        needed.discard("actor")
    for field in needed:
        if getattr(event, field) is None:
            raise InvalidRecordError(f"{event.kind.name} of {event.source} has no {field}.")
    for name, moment in (("at_ms", event.at_ms), ("seen_ms", event.seen_ms)):
        if not 0 <= moment <= _LATEST_MS:
            raise InvalidRecordError(
                f"{event.kind.name} of {event.source} has {name} = {moment}: "
                "milliseconds from 1970 to 9999 are expected."
            )
    if abs(event.value) > _LARGEST_VALUE:
        raise InvalidRecordError(
            f"{event.kind.name} of {event.source} has value {event.value}: "
            f"the largest possible is {_LARGEST_VALUE}."
        )


def _describe_account(
    connection: sqlite3.Connection, numbering: Numbering, account: Account
) -> None:
    # Whoever opted out or was erased is not tracked, not even by name.
    if numbering.opted_out(account.source, account.id) or numbering.is_erased(
        "accounts", account.source, account.id
    ):
        return
    number = numbering.make("accounts", account.source, account.id)
    name = None if account.name is None else clean_name(account.name)
    connection.execute(
        "UPDATE accounts SET kind = :kind, name = coalesce(:name, name), "
        "other_names = coalesce(:others, other_names), "
        "revision = (SELECT max(revision) + 1 FROM accounts) "
        "WHERE number = :number AND (kind, name, other_names) "
        "IS NOT (:kind, coalesce(:name, name), coalesce(:others, other_names)) "
        f"AND {_IS_NEWER}",
        {
            "number": number,
            "kind": account.kind,
            "name": name,
            "others": _join_names(account.other_names),
            "told_ms": account.told_ms,
        },
    )
    _note_told(connection, "accounts", number, account.told_ms)


def _join_names(names: tuple[str, ...] | None) -> str | None:
    """Return names as they are stored, one a line; None where nothing is said of them."""
    if names is None:
        return None
    lines = (" ".join(clean_name(name).split()) for name in names)
    return "\n".join(dict.fromkeys(filter(None, lines)))


def _describe_place(connection: sqlite3.Connection, numbering: Numbering, place: Place) -> None:
    number = numbering.make("places", place.source, place.id)
    kind = None if place.kind is None else clean_name(place.kind)
    # A thread that began with an erased post is called by the post's words, as often as not.
    is_erased = numbering.is_erased("contributions", place.source, place.id)
    connection.execute(
        "UPDATE places SET kind = coalesce(:kind, kind), name = :name, "
        "revision = (SELECT max(revision) + 1 FROM places) "
        "WHERE number = :number AND (kind, name) IS NOT (coalesce(:kind, kind), :name) "
        f"AND {_IS_NEWER}",
        {
            "number": number,
            "kind": kind,
            "name": None if is_erased else clean_name(place.name),
            "told_ms": place.told_ms,
        },
    )
    _note_told(connection, "places", number, place.told_ms)


def _note_told(
    connection: sqlite3.Connection, table: str, number: int, told_ms: int | None
) -> None:
    connection.execute(
        f"UPDATE {table} SET told_ms = :told_ms "
        "WHERE number = :number AND coalesce(told_ms, -1) < :told_ms",
        {"number": number, "told_ms": told_ms},
    )


def _describe_contributions(
    connection: sqlite3.Connection, numbering: Numbering, batch: Batch
) -> None:
    for (source, ref), statement in batch.statements.items():
        contribution = numbering.find("contributions", source, ref)
        if contribution is not None:
            statements.add(connection, contribution, statement)
    for description in batch.descriptions:
        _describe_contribution(connection, numbering, description)


def _describe_contribution(
    connection: sqlite3.Connection, numbering: Numbering, description: Description
) -> None:
    # Only of what the log has an event about: whoever opted out leaves no words behind.
    number = numbering.find("contributions", description.source, description.contribution)
    if number is None:
        return
    link = None if description.link is None else description.link[:_LONGEST_LINK]
    connection.execute(
        "INSERT INTO descriptions VALUES (:number, :title, :link, "
        "(SELECT coalesce(max(revision), 0) + 1 FROM descriptions)) "
        "ON CONFLICT (contribution) DO UPDATE "
        "SET title = excluded.title, link = excluded.link, revision = excluded.revision "
        "WHERE (title, link) IS NOT (excluded.title, excluded.link)",
        {"number": number, "title": clean_name(description.title), "link": link},
    )
