"""Every kind of event is recorded by something, and what it changes is read by something."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from cred.facts.activity import Activity
from cred.facts.events import Kind

ROOT = Path(__file__).resolve().parent.parent
RECORDERS = ("bot/sources", "bot/services", "storage/people")
READERS = ("bot/sources", "bot/services", "bot/community")


def attributes_in(*folders: str) -> Iterator[ast.Attribute]:
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute):
                    yield node


def test_every_kind_is_recorded_by_a_source_or_a_service() -> None:
    recorded = {
        attribute.attr
        for attribute in attributes_in(*RECORDERS)
        if isinstance(attribute.value, ast.Name) and attribute.value.id == "Kind"
    }

    missing = {kind.name for kind in Kind} - recorded
    assert not missing, f"nothing records {sorted(missing)}: see cred/facts/README.md, step 5"


def test_every_field_of_activity_is_read_by_a_source_or_a_service() -> None:
    # As in `activity.posts`, whatever the activity is an attribute of.
    read = {
        attribute.attr
        for attribute in attributes_in(*READERS)
        if ast.unparse(attribute.value).endswith("activity")
    }

    missing = {field.name for field in fields(Activity)} - {"events"} - read
    assert not missing, f"nothing reads {sorted(missing)}: see cred/facts/README.md, step 5"
