"""Turns DiscordChatExporter's JSON into what Discord's API would have sent. Pure.

So an export and a backfill go through the same `parse` and give the same events. Peculiarities
of the exporter: a thread names its parent channel as its category; a message type that it has
no word for is a number as text; whoever has no discriminator gets "0000", as do webhooks;
people who deleted their account may share one id.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from bot.sources.discord.emoji import emoji_by_name
from bot.sources.discord.people import is_id, read_id, read_name

Json: TypeAlias = Mapping[str, Any]

_MESSAGE_TYPES: Final[Mapping[str, int]] = {
    "default": 0,
    "reply": 19,
    "chatinputcommand": 20,
    "contextmenucommand": 23,
}
"""Without regard to case."""
_SYSTEM: Final = -1
"""Any type of message that nobody wrote: joins, pins, boosts."""

_CHANNEL_TYPES: Final[Mapping[str, int]] = {
    "guildtextchat": 0,
    "guildvoicechat": 2,
    "guildcategory": 4,
    "guildnews": 5,
    "guildannouncement": 5,
    "guildstore": 6,
    "guildnewsthread": 10,
    "guildannouncementthread": 10,
    "guildpublicthread": 11,
    "guildprivatethread": 12,
    "guildstagevoice": 13,
    "guilddirectory": 14,
    "guildforum": 15,
    "guildmedia": 16,
}
"""Without regard to case. Older exporters write the number, which none is left out for."""
_THREADS: Final = frozenset({10, 11, 12})
_MOST_ROLES: Final = 500
"""A server has 250 at most."""
_NO_PARENT: Final = frozenset({"None", "", "0"})


def is_webhook(user: Json) -> bool:
    """Tell whether an author is a webhook: a bot without a discriminator."""
    return bool(user.get("isBot")) and str(user.get("discriminator")).strip("0") == ""


def message(data: Json, channel: str) -> dict[str, Any]:
    """Return a message as the API would send it, without its reactions.

    Odd parts stay as they are: `read_parts` leaves them out and counts them.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is not a message: an id is missing or is not a number.
    """
    author = data["author"]
    result: dict[str, Any] = {
        "id": read_id(data["id"]),
        "channel_id": channel,
        "type": _message_type(data.get("type")),
        "content": _text(data.get("content")),
        "author": user(author),
        "member": {"nick": read_name(author.get("nickname"))},
        "edited_timestamp": data.get("timestampEdited"),
    }
    if isinstance(data.get("mentions"), list):
        result["mentions"] = [_mention(entry) for entry in data["mentions"]]
    elif data.get("mentions") is not None:
        result["mentions"] = data["mentions"]
    if is_webhook(author):
        result["webhook_id"] = result["author"]["id"]
    reference = data.get("reference")
    if isinstance(reference, Mapping) and reference.get("messageId"):
        result["message_reference"] = {"message_id": reference["messageId"]}
    return result


def _mention(entry: object) -> object:
    try:
        nick = read_name(entry.get("nickname"))  # type: ignore[attr-defined] # an odd one stays
        return {**user(entry), "member": {"nick": nick}}  # type: ignore[arg-type]
    except (AttributeError, KeyError, TypeError, ValueError):
        return entry


def user(data: Json) -> dict[str, Any]:
    """Return a user as the API would send it."""
    return {
        "id": read_id(data["id"]),
        "username": read_name(data.get("name")),
        "discriminator": data.get("discriminator"),
        "bot": bool(data.get("isBot")),
    }


def emoji(data: Json) -> dict[str, Any]:
    """Return an emoji as the API would send it."""
    number = data.get("id")
    custom = str(number) if number and str(number) != "0" else None
    text = read_name(data.get("name"))
    if text is None and custom is None:
        code = str(data.get("code") or "")
        text = read_name(emoji_by_name(code) or code)
    return {"id": custom, "name": text}


def roles(data: Json) -> tuple[str | None, int]:
    """Return somebody's role ids as events hold them, and how many are odd.

    The ids are None where the export has none: the exporter writes no roles for people who are
    not members (any more).
    """
    found = data.get("roles")
    if not found:
        return None, 0
    if not isinstance(found, list) or len(found) > _MOST_ROLES:
        return None, 1
    ids = [str(role["id"]) for role in found if isinstance(role, Mapping) and "id" in role]
    sound = sorted(filter(is_id, ids))
    return ",".join(sound) or None, len(found) - len(sound)


def channel(data: Json) -> dict[str, Any]:
    """Return a channel as the API would send it; one that is oddly inside is inside nothing."""
    parent = str(data.get("categoryId"))
    return {
        "id": read_id(data["id"]),
        "type": _channel_type(data.get("type")),
        "name": read_name(data.get("name")),
        "parent_id": parent if is_id(parent) else None,
    }


def tells_parent(data: Json) -> bool:
    """Tell whether an export says what a channel is in, be it nothing."""
    parent = str(data.get("categoryId"))
    return "categoryId" in data and (is_id(parent) or parent in _NO_PARENT)


def is_thread(channel: Json) -> bool:
    """Tell whether a channel as the API would send it is a thread."""
    return channel["type"] in _THREADS


def _channel_type(value: object) -> int:
    text = str(value).strip().casefold()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    known = _CHANNEL_TYPES.get(text)
    if known is None:
        return 11 if "thread" in text else 0
    return known


def parent(data: Json) -> dict[str, Any] | None:
    """Return the category of a channel, or the channel of a thread; None if there is none.

    Of which type a thread's channel is, the export does not say.
    """
    inside = channel(data)
    if inside["parent_id"] is None:
        return None
    return {
        "id": inside["parent_id"],
        "type": None if is_thread(inside) else 4,
        "name": read_name(data.get("category")),
    }


def is_direct(guild: Json, channel: Json) -> bool:
    """Tell whether an export holds direct messages; the exporter gives those server "0"."""
    type_ = str(channel.get("type"))
    return str(guild.get("id")) == "0" or type_.startswith("Direct") or type_ in {"1", "3"}


def _message_type(value: object) -> int:
    text = str(value if value is not None else "Default").strip().casefold()
    return int(text) if text.isdigit() else _MESSAGE_TYPES.get(text, _SYSTEM)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
