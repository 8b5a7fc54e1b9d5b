"""The table of event kinds: what is stored never changes, and no kind is forgotten."""

from dataclasses import fields

import numpy as np
import pytest

from cred.facts.activity import Activity
from cred.facts.events import FAMILIES, FAMILY_OF, POST, Event, Family, Kind, Provenance
from cred.facts.folding import fold
from tests.event_examples import EXAMPLES
from tests.memory_log import MemoryLog


def changed_fields(before: Activity, after: Activity) -> set[str]:
    """Return the fields, but for the number of events, whose tables differ."""
    names = {field.name for field in fields(Activity)} - {"events"}
    return {name for name in names if not equal(getattr(before, name), getattr(after, name))}


def equal(table: object, other: object) -> bool:
    columns = fields(table)  # type: ignore[arg-type]
    return all(
        np.array_equal(getattr(table, column.name), getattr(other, column.name))
        for column in columns
    )


def fold_of(*events: Event) -> Activity:
    log = MemoryLog()
    assert log.append(events) == len(events)
    return fold(log.columns())


def test_numbers_and_names_of_kinds_are_those_that_files_hold() -> None:
    assert {kind.name: kind.value for kind in Kind} == {
        "POSTED": 1,
        "EDITED": 2,
        "DELETED": 3,
        "RESTORED": 4,
        "REPLIED": 5,
        "MENTIONED": 6,
        "REACTED": 7,
        "UNREACTED": 8,
        "JOINED": 9,
        "LEFT": 10,
        "ROLES_CHANGED": 11,
        "PLACE_CHANGED": 12,
        "REFERENCED": 13,
        "LINKED": 14,
        "UNLINKED": 15,
        "STATUS_CHANGED": 16,
        "CREDITED": 17,
        "CHAMPIONED": 18,
        "AUTHORED": 19,
        "SECONDED": 20,
        "ENTITLED": 21,
        "VOTED": 22,
    }
    assert [(way.name, way.value) for way in Provenance] == [
        ("LIVE", 1),
        ("BACKFILL", 2),
        ("IMPORT", 3),
        ("MANUAL", 4),
    ]


def test_keys_of_subjects_are_those_that_files_hold() -> None:
    assert {":".join((family.name, *family.subject)) for family in FAMILIES} == {
        "post:target",
        "author:target",
        "edit:target:at_ms",
        "presence:target",
        "reply:target",
        "mention:target:object",
        "reaction:target:actor:text",
        "member:actor",
        "roles:actor",
        "place:place",
        "reference:target:object:text",
        "link:actor:object",
        "status:target",
        "credit:target:object",
        "champion:target:object",
        "second:target:actor",
        "entitlement:target:actor",
        "vote:target:actor",
    }


def test_every_kind_belongs_to_one_family() -> None:
    kinds = [kind for family in FAMILIES for kind in family.kinds]

    assert sorted(kinds) == sorted(Kind)
    assert all(kind in FAMILY_OF[kind].kinds for kind in Kind)


def test_the_fields_of_activity_are_those_that_families_fill() -> None:
    assert {field.name for field in fields(Activity)} == {
        "events",
        *(family.activity for family in FAMILIES if family.activity),
    }


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_fold_heeds_every_kind_and_changes_only_the_field_its_family_names(
    family: Family,
) -> None:
    example = EXAMPLES[family]
    before = [] if family is POST else [EXAMPLES[POST].change]

    changed = fold_of(*before, example.change)

    expected = {family.activity} - {""}
    assert changed_fields(fold_of(*before), changed) == expected
    if example.back is not None:
        back = fold_of(*before, example.change, example.back)
        assert changed_fields(changed, back) == expected
