"""Discourse's OpenAPI file, which checks every response, and fills in what it requires.

The file was made from recorded responses, so it is too strict where the recording was poor.
Where Discourse is known to differ, the difference is listed here with its reason.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.discourse_server.model import Json

SPEC: Json = json.loads(
    (Path(__file__).parent.parent / "contracts" / "discourse-openapi.json").read_bytes()
)

_NUMBER_OR_NONE = {"type": ["integer", "null"]}

FIELD_ALLOWANCES: Mapping[str, tuple[str, Json]] = {
    "reply_to_post_number": ("the number of a post, where there is one", _NUMBER_OR_NONE),
    "post_id": ("of a user action: the post's id", _NUMBER_OR_NONE),
    "user_id": ("the accounts of old posts may be deleted", _NUMBER_OR_NONE),
    "username": ("null where the account was deleted", {"type": ["string", "null"]}),
    "trust_level": ("the accounts of old posts may be deleted", _NUMBER_OR_NONE),
    "category_id": ("private messages are in no category", _NUMBER_OR_NONE),
    "deleted_by": ("whoever deleted it, as an object", {"type": ["object", "null"]}),
    "name": ("users need no name; posts of topics show null", {"type": ["string", "null"]}),
    "display_username": ("the user's name, which may be none", {"type": ["string", "null"]}),
}
"""By property, wherever it is: the reason, and the schema instead."""

READERS: Json = {"allowed_users": {"type": "array", "items": {"type": "object"}}}
"""The details of a private message say who may read it (the recording was of a topic)."""

COUNTED: Json = {"count": {"type": "integer"}}
"""`actions_summary` counts likes (the recording had none)."""


def _walk(node: object) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value)


def _allow(schema: Json) -> Json:
    """Return the schema of a response with the allowances made."""
    copy: Json = json.loads(json.dumps(schema))
    for node in list(_walk(copy)):
        properties = node.get("properties")
        if not isinstance(properties, dict):
            continue
        node.setdefault("type", "object")  # the file leaves it out at the top
        for name, (_, instead) in FIELD_ALLOWANCES.items():
            if isinstance(properties.get(name), dict) and "type" in properties[name]:
                properties[name] = instead
        if "can_remove_allowed_users" in properties:
            properties |= READERS
        summary = properties.get("actions_summary")
        if summary is not None:
            summary["items"]["properties"] |= COUNTED
    return copy


@functools.cache
def response_schema(method: str, path: str) -> Json | None:
    """Return the schema of an operation's successful response; None: it has no body.

    Raises
    ------
    KeyError
        If the contract knows no such operation.
    """
    (response,) = SPEC["paths"][path][method.lower()]["responses"].values()
    content = response.get("content")
    return None if not content else _allow(content["application/json"]["schema"])


@functools.cache
def _validator(method: str, path: str) -> Draft202012Validator | None:
    schema = response_schema(method, path)
    return None if schema is None else Draft202012Validator(schema)


def violations(method: str, path: str, body: object) -> list[str]:
    """Return how a response departs from the contract."""
    if path not in SPEC["paths"] or method.lower() not in SPEC["paths"][path]:
        return []
    validator = _validator(method, path)
    if validator is None:
        return [] if body is None else [f"{method} {path}: has no body"]
    return [
        f"{method} {path}: {error.json_path}: {error.message}"
        for error in validator.iter_errors(body)
    ]


def part(schema: Json | None, *steps: str) -> Json:
    """Return the schema of a part: property names, and "[]" for the items of a list."""
    assert schema is not None
    for step in steps:
        schema = schema["items"] if step == "[]" else schema["properties"][step]
    return schema


_EMPTY: Mapping[str, Any] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "null": None,
}


def fill(schema: Json, values: Mapping[str, Any] | None = None) -> Json:
    """Return an object with given values and everything else that its schema requires."""
    missing = {
        name: _empty(schema["properties"][name])
        for name in schema.get("required", ())
        if values is None or name not in values
    }
    return missing | dict(values or {})


def _empty(schema: Json) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = "null" if "null" in kind else kind[0]
    if kind == "array" or "items" in schema:
        return []
    if kind == "object" or "properties" in schema:
        return fill(schema)
    if "enum" in schema:
        return schema["enum"][0]
    return _EMPTY[str(kind)]
