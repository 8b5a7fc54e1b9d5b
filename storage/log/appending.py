"""Append one batch, within a write transaction."""

import sqlite3
from typing import Final

from cred.facts.events import FAMILY_OF, Event, Kind, ObjectType
from storage.errors import InvalidRecordError
from storage.log import gaps, hash_chain, subject_states
from storage.log.batch import Account, Appended, Batch, Description, Place
from storage.log.hash_chain import EventRow, LogEnd
from storage.log.numbering import Numbering

_LATEST_MS: Final = 253_402_300_799_999
"""The end of the year 9999."""
_LARGEST_VALUE: Final = 2**53
_LONGEST_NAME: Final = 200
_LONGEST_LINK: Final = 2_000

_INSERT: Final = (
    f"INSERT INTO events ({', '.join(EventRow._fields)}, hash) "  # noqa: S608 - our own columns
    f"VALUES ({', '.join('?' * (len(EventRow._fields) + 1))})"
)


def append(connection: sqlite3.Connection, end: LogEnd, batch: Batch) -> Appended:
    """Store a batch; `end` moves along. On an exception the caller rolls both back.

    Raises
    ------
    InvalidRecordError
        If an event lacks what its kind needs, or holds what cannot be stored.
    """
    numbering = Numbering(connection, end)
    if batch.whole and (unwanted := sum(_is_unwanted(numbering, one) for one in batch.events)):
        return Appended(0, end.seq, unwanted)
    for account in batch.accounts:
        _describe_account(connection, numbering, account)
    for place in batch.places:
        _describe_place(connection, numbering, place)
    before, skipped = end.seq, 0
    for event in batch.events:
        _check(event)
        if _is_unwanted(numbering, event):
            skipped += 1
        else:
            _append_event(connection, numbering, end, event)
    for description in batch.descriptions:
        _describe_contribution(connection, numbering, description)
    for (source, name), position in batch.cursors.items():
        connection.execute(
            "INSERT INTO cursors VALUES (?, ?, ?) "
            "ON CONFLICT (source, name) DO UPDATE SET position = excluded.position",
            (source, name, position),
        )
    for gap in batch.gaps:
        gaps.record_gap(connection, numbering, gap)
    for number, at_ms in batch.closed_gaps.items():
        gaps.close_gap(connection, number, at_ms)
    return Appended(end.seq - before, end.seq, skipped)


def clean_name(name: str) -> str:
    """Return a name as it is kept: storable and not endless.

    Names come from strangers and are only for looking at, so a bad one is mended rather than
    let a whole batch fail.
    """
    return name.encode("utf-8", "replace").decode("utf-8")[:_LONGEST_NAME]


def _append_event(
    connection: sqlite3.Connection, numbering: Numbering, end: LogEnd, event: Event
) -> None:
    family = FAMILY_OF[event.kind]
    if subject_states.sets_initial_state(event) and not _is_seen(numbering, event):
        return
    object_table = subject_states.SIDE_TABLE.get(family.object_type)
    # Numbers are made only now: what is no news should leave no row behind. What is known has
    # its numbers already.
    source = numbering.make_source(event.source)
    numbers: dict[str, int | None] = {
        "kind": event.kind,
        "at_ms": event.at_ms,
        "value": event.value,
        "actor": _number(numbering, "accounts", _actors(event), event.actor),
        "target": _number(numbering, "contributions", event.source, event.target),
        "object": None
        if object_table is None
        else _number(numbering, object_table, _objects(event), event.object),
        "place": _number(numbering, "places", event.source, event.place),
        "text": None if event.text is None else numbering.make_text(event.text),
    }
    about = subject_states.subject_key(family, numbers)
    state = subject_states.state_text(family, numbers)
    flip = subject_states.next_flip(connection, family, about, state, source)
    if flip is None or (flip == 1 and subject_states.sets_initial_state(event)):
        return
    row = EventRow(
        seq=end.seq + 1,
        source=source,
        key=f"{about}#{flip}",
        kind=event.kind,
        at_ms=event.at_ms,
        seen_ms=event.seen_ms,
        how=event.provenance,
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
    subject_states.save_state(connection, family, about, state, flip)
    end.seq, end.hash = row.seq, digest
    end.pending.clear()


def _is_seen(numbering: Numbering, event: Event) -> bool:
    """Return whether everything that names the event's subject has a number already."""
    family = FAMILY_OF[event.kind]
    for field in family.subject:
        ref = getattr(event, field)
        if field == "text":
            found = numbering.find_text(ref)
        elif field == "at_ms":
            continue
        else:
            table = _table(field, family.object_type)
            found = numbering.find(table, _source_of(field, event), ref)
        if found is None:
            return False
    return True


def _table(field: str, object_is: ObjectType) -> str:
    if field == "object":
        return subject_states.SIDE_TABLE[object_is]
    return {"actor": "accounts", "target": "contributions", "place": "places"}[field]


def _number(numbering: Numbering, table: str, source: str, ref: str | None) -> int | None:
    return None if ref is None else numbering.make(table, source, ref)


def _actors(event: Event) -> str:
    return event.actor_source or event.source


def _objects(event: Event) -> str:
    return event.object_source or event.source


def _source_of(field: str, event: Event) -> str:
    """Return whose id is in a field."""
    return {"actor": _actors, "object": _objects}.get(field, lambda one: one.source)(event)


def _is_unwanted(numbering: Numbering, event: Event) -> bool:
    if event.kind is Kind.UNLINKED:  # is about nothing that they did, and may be their wish
        return False
    if numbering.opted_out(_actors(event), event.actor):
        return True
    return FAMILY_OF[event.kind].object_type is ObjectType.ACCOUNT and numbering.opted_out(
        _objects(event), event.object
    )


def _check(event: Event) -> None:
    family = FAMILY_OF.get(event.kind)
    if family is None:
        raise InvalidRecordError(f"{event.kind!r} is no kind of event.")
    needed = {*family.subject, *family.state} & {"actor", "target", "place", "text"}
    if family.object_type in (ObjectType.ACCOUNT, ObjectType.CONTRIBUTION):
        needed.add("object")
    if family.object_type is ObjectType.PLACE:
        needed.discard("text")
    for field in needed:
        if getattr(event, field) is None:
            raise InvalidRecordError(f"{event.kind.name} of {event.source} has no {field}.")
    for name, moment in (("at_ms", event.at_ms), ("seen_ms", event.seen_ms)):
        if not 0 <= moment <= _LATEST_MS:
            raise InvalidRecordError(
                f"{event.kind.name} of {event.source} has {name} = {moment}: "
                "milliseconds from 1970 to 9999 are wanted."
            )
    if abs(event.value) > _LARGEST_VALUE:
        raise InvalidRecordError(
            f"{event.kind.name} of {event.source} has value {event.value}: "
            f"at most {_LARGEST_VALUE} is possible."
        )


def _describe_account(
    connection: sqlite3.Connection, numbering: Numbering, account: Account
) -> None:
    # Somebody who opted out is not kept track of, not even by name.
    if numbering.opted_out(account.source, account.id):
        return
    number = numbering.make("accounts", account.source, account.id)
    name = None if account.name is None else clean_name(account.name)
    connection.execute(
        "UPDATE accounts SET kind = :kind, name = coalesce(:name, name), "
        "revision = (SELECT max(revision) + 1 FROM accounts) "
        "WHERE number = :number AND (kind, name) IS NOT (:kind, coalesce(:name, name))",
        {"number": number, "kind": account.kind, "name": name},
    )


def _describe_place(connection: sqlite3.Connection, numbering: Numbering, place: Place) -> None:
    number = numbering.make("places", place.source, place.id)
    connection.execute(
        "UPDATE places SET kind = :kind, name = :name, "
        "revision = (SELECT max(revision) + 1 FROM places) "
        "WHERE number = :number AND (kind, name) IS NOT (:kind, :name)",
        {"number": number, "kind": clean_name(place.kind), "name": clean_name(place.name)},
    )


def _describe_contribution(
    connection: sqlite3.Connection, numbering: Numbering, description: Description
) -> None:
    # Only of what an event of the log is about: who is left out by it leaves no words behind.
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
