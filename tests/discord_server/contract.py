"""Checks everything that passes in either direction against Discord's OpenAPI file.

Responses are checked strictly (unknown fields are errors), requests as Discord checks them
(unknown fields are ignored). Where the file and practice differ, the difference is listed in
`allowances` with its reason, and nowhere else. Payloads that only the gateway sends have no
schema in the file: theirs are in `gateway_schemas`.
"""

from __future__ import annotations

import copy
import functools
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.discord_server.allowances import ALLOWANCES, QUERY_ALLOWANCES
from tests.discord_server.gateway_schemas import gateway_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

    from tests.discord_server.model import Json

SPEC: Json = json.loads(
    (Path(__file__).parent.parent / "contracts" / "discord-openapi.json").read_bytes()
)


@dataclass(frozen=True)
class Violation:
    """One violation of the contract; `side` is request, response, gateway or stand-in."""

    side: str
    subject: str
    why: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = ".".join(self.path) or "(whole)"
        return f"{self.side} {self.subject}: {place}: {self.why[:500]}"


REMEMBERED = 50_000
"""How many values known to be valid are kept, so that they are not checked again."""

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(1 << 31) <= value < 1 << 31


@FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or "://" in value


def _walk(node: object) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value)


def _close(schemas: Json) -> None:
    """Forbid unknown fields in every object, but not in the parts of an `allOf`."""
    parts = [part for node in _walk(schemas) for part in node.get("allOf", ())]
    open_names = {part["$ref"].rsplit("/", 1)[-1] for part in parts if "$ref" in part}
    open_ids = {id(part) for part in parts} | {id(schemas[name]) for name in open_names}
    for node in list(_walk(schemas)):
        is_object = node.get("type") == "object" and ("properties" in node or "allOf" in node)
        if is_object and "additionalProperties" not in node and id(node) not in open_ids:
            node["unevaluatedProperties"] = False


def _schemas(*, requests: bool) -> Json:
    schemas: Json = copy.deepcopy(SPEC["components"]["schemas"])
    for allowance in ALLOWANCES:
        if allowance.requests if requests else allowance.responses:
            allowance.change(schemas)
    if not requests:
        schemas |= gateway_schemas(schemas)
        _close(schemas)
    return schemas


class Judge:
    """The compiled validators of one direction; each schema is compiled once per process."""

    def __init__(self, *, requests: bool) -> None:
        self._document = {"components": {"schemas": _schemas(requests=requests)}}
        self._root = Draft202012Validator(self._document, format_checker=FORMATS)
        self._passed: set[int] = set()

    @functools.cache  # noqa: B019  there are two judges, which live as long as the process
    def _validator(self, schema: str) -> Draft202012Validator:
        return Draft202012Validator(json.loads(schema) | self._document, format_checker=FORMATS)

    def knows(self, name: str) -> bool:
        return name in self._document["components"]["schemas"]

    def faults(self, value: object, schema: Json) -> list[ValidationError]:
        """Return the most telling fault of each thing; what passed once is not judged again."""
        if isinstance(value, list) and "items" in schema and value:
            # each by itself, so that an object seen before is not checked again
            return [fault for item in value for fault in self.faults(item, schema["items"])]
        key = json.dumps(schema, sort_keys=True)
        text = json.dumps(value, sort_keys=True)
        mark = hash((key, text))
        if mark in self._passed:
            return []
        errors = list(self._validator(key).iter_errors(value))
        if errors:
            return [_most_specific(errors)]
        if len(self._passed) > REMEMBERED:
            self._passed.clear()
        self._passed.add(mark)
        return []


def _most_specific(errors: list[ValidationError]) -> ValidationError:
    """Return the most specific fault: among alternatives, that of the one that was meant.

    An alternative was hardly meant if the value has another `type` number or JSON type.
    """
    error = min(errors, key=lambda validation_error: len(validation_error.absolute_path))
    while error.context:
        branches: dict[object, list[ValidationError]] = {}
        for validation_error in error.context:
            branches.setdefault(validation_error.schema_path[0], []).append(validation_error)

        def unlikely(branch: list[ValidationError]) -> tuple[int, int]:
            other_kind = sum(
                (validation_error.validator == "type" and not validation_error.path)
                or (
                    validation_error.validator in {"enum", "const"}
                    and list(validation_error.path) == ["type"]
                )
                for validation_error in branch
            )
            return other_kind, len(branch)

        error = min(branches.values(), key=unlikely)[0]
    return error


REQUESTS = Judge(requests=True)
RESPONSES = Judge(requests=False)


def reference_to(name: str) -> Json:
    """Return the schema that refers to a component by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def path_of(fault: ValidationError) -> tuple[str, ...]:
    return tuple(str(step) for step in fault.absolute_path)


@functools.cache
def operation(method: str, template: str) -> Json:
    """Return an operation of the file; KeyError if Discord has no such operation."""
    item = SPEC["paths"][template]
    found: Json = dict(item[method.lower()])
    found["parameters"] = [*item.get("parameters", ()), *found.get("parameters", ())]
    return found


def response_schema(found: Json, status: int) -> Json | None:
    """Return the schema of an answer's body, None if it has none; KeyError if undeclared."""
    responses = found["responses"]
    declared = responses.get(str(status)) or responses[f"{status // 100}XX"]
    if "$ref" in declared:
        declared = SPEC["components"]["responses"][declared["$ref"].rsplit("/", 1)[-1]]
    content = declared.get("content", {})
    if "application/json" not in content:
        return None
    schema: Json = content["application/json"]["schema"]
    return schema


def request_schema(found: Json) -> Json | None:
    """Return the schema of a request's JSON (also when it is a part of a multipart form)."""
    if "requestBody" not in found:
        return None
    schema: Json = found["requestBody"]["content"]["application/json"]["schema"]
    return schema


def read_query(found: Json, query: dict[str, str]) -> tuple[Json, list[str]]:
    """Convert query parameters to their types in the file; also return what is wrong."""
    declared = {
        parameter["name"]: parameter
        for parameter in found["parameters"]
        if parameter["in"] == "query"
    }
    values: Json = {}
    complaints = [
        f"{name} is required"
        for name, parameter in declared.items()
        if parameter.get("required") and name not in query
    ]
    for name, text in query.items():
        if name not in declared:
            if name not in QUERY_ALLOWANCES:
                complaints.append(f"{name} is no parameter of {found['operationId']}")
            continue
        values[name] = _convert(text, declared[name]["schema"])
        complaints += [
            f"{name}: {fault.message}"
            for fault in REQUESTS.faults(values[name], declared[name]["schema"])
        ]
    return values, complaints


def _convert(text: str, schema: Json) -> Any:
    if "$ref" in schema:
        schema = SPEC["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if schema.get("type") == "integer" and text.lstrip("-").isdigit():
        return int(text)
    if schema.get("type") == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    return text
