"""Builds exports as DiscordChatExporter writes them, for tests to alter."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.sources.discord.parse import EPOCH_MS

GUILD, CHANNEL, CATEGORY = "100", "200", "300"
START_MS = 1_750_000_000_000


def message_id(number: int) -> str:
    """Return an id created `number` minutes after the start."""
    return str((START_MS + 60_000 * number - EPOCH_MS) << 22 | number)


def user(number: int, name: str = "", **rest: Any) -> dict[str, Any]:
    """Return a user, with roles and nickname as newer exporters write them."""
    return {
        "id": str(1000 + number),
        "name": name or f"user{number}",
        "discriminator": "0000",
        "nickname": (name or f"user{number}").title(),
        "color": None,
        "isBot": False,
        "roles": [{"id": "501", "name": "helper", "color": None, "position": 1}],
        "avatarUrl": "a.png",
        **rest,
    }


def reaction(emoji: str, *users: dict[str, Any], count: int | None = None) -> dict[str, Any]:
    """Return a reaction to a message."""
    name, _, number = emoji.partition(":")
    return {
        "emoji": {"id": number, "name": name, "code": name, "isAnimated": False},
        "count": len(users) if count is None else count,
        "users": [{k: v for k, v in user.items() if k != "roles"} for user in users],
    }


def message(number: int, author: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    """Return a message sent `number` minutes after the start."""
    return {
        "id": message_id(number),
        "type": "Default",
        "timestamp": "2025-06-15T17:06:40.123+02:00",
        "timestampEdited": None,
        "callEndedTimestamp": None,
        "isPinned": False,
        "content": f"secret words {number}",
        "author": author or user(1),
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": [],
        "mentions": [],
        **rest,
    }


def export(messages: Iterable[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    """Return the value of a whole file."""
    items = list(messages)
    return {
        "guild": {"id": GUILD, "name": "The Guild", "iconUrl": "g.png"},
        "channel": {
            "id": CHANNEL,
            "type": "GuildTextChat",
            "categoryId": CATEGORY,
            "category": "Talk",
            "name": "general",
            "topic": None,
        },
        "dateRange": {"after": None, "before": None},
        "exportedAt": "2025-09-01T00:00:00.1234567+02:00",
        **rest,
        "messages": items,
        "messageCount": len(items),
    }


def write_export(path: Path, value: dict[str, Any], *, bom: bool = False) -> Path:
    """Write a file as the exporter does, indented."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    path.write_text(text, encoding="utf-8-sig" if bom else "utf-8")
    return path
