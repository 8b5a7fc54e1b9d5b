"""The places where Discord is known to differ from its OpenAPI file, each with its reason."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.discord_server.model import Json


@dataclass(frozen=True)
class Allowance:
    """A place where Discord is known to accept or send more, or less, than its file says."""

    reason: str
    change: Callable[[Json], None]
    """Changes the schemas (of requests, responses or both) in place."""
    requests: bool = False
    responses: bool = False


def _integer_snowflakes(schemas: Json) -> None:
    schemas["SnowflakeType"] = {
        "anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]
    }


def _permissions_as_text(schemas: Json) -> None:
    for name in (
        "CreateRoleRequest",
        "UpdateRoleRequestPartial",
        "ApplicationCommandUpdateRequest",
    ):
        for field in ("permissions", "default_member_permissions"):
            if field in schemas[name]["properties"]:
                schemas[name]["properties"][field] = {
                    "anyOf": [
                        schemas[name]["properties"][field],
                        {"type": "string", "pattern": "^[0-9]+$"},
                    ]
                }


def _content_of_2000(schemas: Json) -> None:
    for name in (
        "MessageCreateRequest",
        "MessageEditRequestPartial",
        "BaseCreateMessageCreateRequest",
    ):
        schemas[name]["properties"]["content"]["maxLength"] = 2000


def _limited_without_code(schemas: Json) -> None:
    limited = schemas["RatelimitedResponse"]["allOf"]
    limited[0] = copy.deepcopy(schemas["Error"]) | {"required": ["message"]}


def _forum_post_with_message(schemas: Json) -> None:
    schemas["CreatedThreadResponse"]["properties"]["message"] = {
        "$ref": "#/components/schemas/MessageResponse"
    }


ALLOWANCES = (
    Allowance(
        "discord.py sends some snowflakes as JSON integers (attachment ids, references)",
        _integer_snowflakes,
        requests=True,
    ),
    Allowance(
        "discord.py sends role permissions as a string, as Discord's own documentation has it",
        _permissions_as_text,
        requests=True,
    ),
    Allowance(
        "the file allows 4,000 characters of content; a bot's message is refused above 2,000",
        _content_of_2000,
        requests=True,
    ),
    Allowance(
        "the body of a 429 has no `code` in practice (documented: optional)",
        _limited_without_code,
        responses=True,
    ),
    Allowance(
        "a new forum post's answer carries its first message, which discord.py needs",
        _forum_post_with_message,
        responses=True,
    ),
)
QUERY_ALLOWANCES = {
    "use_nested_fields": "discord.py sends it with a new forum post; undocumented, accepted",
}
