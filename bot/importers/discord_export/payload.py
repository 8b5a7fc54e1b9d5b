"""Turns DiscordChatExporter's JSON into what Discord's API would have sent. Pure.

So an export and a backfill go through the same `parse` and give the same events. Peculiarities
of the exporter: a thread names its parent channel as its category; a message type that it has
no word for is a number as text; whoever has no discriminator gets "0000", as do webhooks;
people who deleted their account may share one id.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

Json: TypeAlias = Mapping[str, Any]

_DELETED_USER: Final = "456226577798135808"
"""The account that stands for many who deleted theirs."""

_MESSAGE_TYPES: Final[Mapping[str, int]] = {
    "Default": 0,
    "Reply": 19,
    "ChatInputCommand": 20,
    "ContextMenuCommand": 23,
}
_SYSTEM: Final = -1
"""Any type of message that nobody wrote: joins, pins, boosts."""

_CHANNEL_TYPES: Final[Mapping[str, int]] = {
    "GuildTextChat": 0,
    "GuildVoiceChat": 2,
    "GuildCategory": 4,
    "GuildNews": 5,
    "GuildNewsThread": 10,
    "GuildPublicThread": 11,
    "GuildPrivateThread": 12,
    "GuildStageVoice": 13,
    "GuildForum": 15,
    "GuildMedia": 16,
}
_MOST_REACTORS: Final = 1 << 40
_THREADS: Final = frozenset({10, 11, 12})


def is_deleted_account(user: Json) -> bool:
    """Tell whether a user stands for everybody who deleted their account."""
    shared_name = user.get("name") == "Deleted User" and user.get("discriminator") == "0000"
    return user["id"] == _DELETED_USER or (shared_name and not user.get("isBot"))


def is_webhook(user: Json) -> bool:
    """Tell whether an author is a webhook: a bot without a discriminator."""
    return bool(user.get("isBot")) and user.get("discriminator") in {"0000", "0"}


def message(data: Json, channel: str) -> dict[str, Any]:
    """Return a message as the API would send it.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is not a message: an id is missing or is not a number.
    """
    author = data["author"]
    result: dict[str, Any] = {
        "id": checked_id(data["id"]),
        "channel_id": channel,
        "type": _message_type(data.get("type")),
        "content": _text(data.get("content")),
        "author": user(author),
        "member": {"nick": name(author.get("nickname"))},
        "edited_timestamp": _with_offset(data.get("timestampEdited")),
        "mentions": [
            {**user(mentioned), "member": {"nick": name(mentioned.get("nickname"))}}
            for mentioned in data.get("mentions") or ()
            if not is_deleted_account(mentioned)
        ],
    }
    if is_webhook(author):
        result["webhook_id"] = result["author"]["id"]
    reference = data.get("reference") or {}
    if reference.get("messageId"):
        result["message_reference"] = {"message_id": checked_id(reference["messageId"])}
    return result


def user(data: Json) -> dict[str, Any]:
    """Return a user as the API would send it."""
    return {
        "id": checked_id(data["id"]),
        "username": name(data.get("name")),
        "bot": bool(data.get("isBot")),
    }


def emoji(data: Json) -> dict[str, Any]:
    """Return an emoji as the API would send it."""
    number = data.get("id")
    custom = str(number) if number and str(number) != "0" else None
    return {"id": custom, "name": name(data.get("name") or data.get("code"))}


def roles(data: Json) -> str | None:
    """Return an author's role ids as events hold them; None where the export has none.

    The exporter writes no roles for people who are not members (any more).
    """
    found = data.get("roles")
    return ",".join(sorted(checked_id(role["id"]) for role in found)) if found else None


def channel(data: Json) -> dict[str, Any]:
    """Return a channel as the API would send it."""
    parent = data.get("categoryId")
    return {
        "id": checked_id(data["id"]),
        "type": _CHANNEL_TYPES.get(str(data.get("type")), 0),
        "name": name(data.get("name")),
        "parent_id": checked_id(parent) if parent and str(parent) != "0" else None,
    }


def parent(data: Json) -> dict[str, Any] | None:
    """Return the category of a channel, or the channel of a thread; None if there is none."""
    inside = channel(data)
    if inside["parent_id"] is None:
        return None
    return {
        "id": inside["parent_id"],
        "type": 0 if inside["type"] in _THREADS else 4,
        "name": name(data.get("category")),
    }


def is_direct(guild: Json, channel: Json) -> bool:
    """Tell whether an export holds direct messages; the exporter gives those server "0"."""
    return str(guild.get("id")) == "0" or str(channel.get("type")).startswith("Direct")


def unnamed_reactors(reaction: Json) -> int:
    """Return how many of those who reacted the export does not name.

    Raises
    ------
    ValueError
        If there are more than there are people.
    """
    count = reaction.get("count") or 0
    if not 0 <= count < _MOST_REACTORS:
        raise ValueError(f"no count of people: {count!s:.40}")
    return max(int(count) - len(reaction.get("users") or ()), 0)


def checked_id(value: object) -> str:
    """Return an id as text.

    Raises
    ------
    ValueError
        If it is no Discord id.
    """
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1 << 64:
        raise ValueError(f"no Discord id: {text[:40]!r}")
    return text


def _message_type(value: object) -> int:
    text = str(value if value is not None else "Default")
    return int(text) if text.isdigit() else _MESSAGE_TYPES.get(text, _SYSTEM)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def name(value: object) -> str | None:
    """Return a name as a database can store it: JSON can hold half a character."""
    return str(value).encode("utf-8", "replace").decode() if value else None


def _with_offset(value: object) -> str | None:
    """Return an ISO 8601 time with an offset; without one it is taken as UTC."""
    if not isinstance(value, str) or not value:
        return None
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
