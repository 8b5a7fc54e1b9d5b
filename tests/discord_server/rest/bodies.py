"""Turns what a bot sends into a message: embeds, components, files, mentions."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from tests.discord_server.model import Attachment, Channel, Json, Message, User
from tests.discord_server.objects import Viewer, attachment
from tests.discord_server.rest.routes import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.discord_server.world import World

EMBED_TOTAL = 6000
SELECTS = {3, 5, 6, 7, 8}
Files = dict[int, tuple[str, bytes]]


def invalid(why: str) -> RefusalError:
    return RefusalError(400, 50035, f"Invalid Form Body: {why}")


def fill(world: World, message: Message, body: Json, files: Files, viewer: Viewer) -> Message:
    """Set what the body names, and leave the rest as it is, as an edit does."""
    if "content" in body:
        message.content = body["content"] or ""
    if "flags" in body:
        message.flags |= int(body["flags"] or 0)
    if "attachments" in body or files:
        message.attachments = _attachments(world, message, body, files)
    if "embeds" in body:
        message.embeds = _embeds(body["embeds"] or [], message, viewer)
    if "components" in body:
        numbers = itertools.count(1)
        message.components = [
            _component(child, numbers, message, viewer) for child in body["components"] or []
        ]
        _check_custom_ids(message.components)
    if "content" in body or "allowed_mentions" in body:
        _mention(world, message, body.get("allowed_mentions"))
    empty = not (message.content or message.embeds or message.components or message.attachments)
    if empty:
        raise RefusalError(400, 50006, "Cannot send an empty message")
    return message


def _attachments(world: World, message: Message, body: Json, files: Files) -> list[Attachment]:
    """Keep the attachments that are listed by id, and add the files listed by number."""
    kept = {upload.id: upload for upload in message.attachments}
    listed: list[Json] | None = body.get("attachments")
    if listed is None:
        listed = [{"id": number} for number in (*kept, *files)]
    found = []
    for entry in listed:
        number = int(entry["id"])
        if number in kept:
            found.append(kept[number])
        elif number in files:
            name, data = files[number]
            filename = entry.get("filename") or name
            found.append(world.attach(filename, data, entry.get("description")))
            found[-1].ephemeral = message.ephemeral
        else:
            raise invalid(f"attachment {number} is neither kept nor uploaded")
    return found


def _media_url(url: str, message: Message, viewer: Viewer) -> str:
    if not url.startswith("attachment://"):
        return url
    name = url.removeprefix("attachment://")
    for upload in message.attachments:
        if upload.filename == name:
            return str(attachment(upload, message.channel, viewer)["url"])
    raise invalid(f"{url} is not attached")


def _embeds(embeds: list[Json], message: Message, viewer: Viewer) -> list[Json]:
    written, total = [], 0
    for embed in embeds:
        kept = without_none(embed)
        for name in ("image", "thumbnail", "video"):
            if name in kept:
                url = _media_url(kept[name]["url"], message, viewer)
                kept[name] = kept[name] | {"url": url, "proxy_url": url}
        kept["fields"] = [{"inline": False} | field for field in kept.get("fields", [])]
        if not kept["fields"]:
            del kept["fields"]
        total += sum(len(text) for text in _embed_texts(kept))
        written.append(kept | {"type": "rich"})
    if total > EMBED_TOTAL:
        raise invalid(f"embeds hold {total} characters, {EMBED_TOTAL} are allowed")
    return written


def _embed_texts(embed: Json) -> Iterator[str]:
    yield embed.get("title", "")
    yield embed.get("description", "")
    yield embed.get("author", {}).get("name", "")
    yield embed.get("footer", {}).get("text", "")
    for field in embed.get("fields", ()):
        yield field["name"]
        yield field["value"]


def without_none(value: Any) -> Any:
    """Drop fields that are null: what a bot may send as null, Discord leaves out."""
    if isinstance(value, dict):
        return {name: without_none(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_none(item) for item in value]
    return value


def _component(sent: Json, numbers: Iterator[int], message: Message, viewer: Viewer) -> Json:
    """Write a component as Discord returns it: numbered, with its defaults."""
    kept: Json = without_none(sent)
    kept["id"] = kept.get("id") or next(numbers)
    for name in ("components", "items", "options"):
        if name in kept and name == "components":
            kept[name] = [_component(child, numbers, message, viewer) for child in kept[name]]
    if "accessory" in kept:
        kept["accessory"] = _component(kept["accessory"], numbers, message, viewer)
    for holder in (kept, *kept.get("items", ())):
        for name in ("media", "file"):
            if name in holder:
                url = _media_url(holder[name]["url"], message, viewer)
                holder[name] = {"id": str(message.id), "url": url, "proxy_url": url}
                holder |= {"spoiler": holder.get("spoiler", False)}
                holder.setdefault("description" if name == "media" else "name", None)
    defaults: dict[int, Json] = {
        13: {"size": None},
        14: {"spacing": 1, "divider": True},
        17: {"accent_color": None, "spoiler": False},
    }
    kept = defaults.get(kept["type"], {}) | kept
    if kept["type"] in SELECTS:
        kept = {"min_values": 1, "max_values": 1} | kept
        kept.pop("required", None)  # means something in forms only
    return kept


def _check_custom_ids(components: list[Json]) -> None:
    ids = [component["custom_id"] for component in flat(components) if "custom_id" in component]
    if len(ids) != len(set(ids)):
        raise invalid(f"custom ids are not unique: {ids}")


def flat(components: list[Json]) -> Iterator[Json]:
    """Return components and everything in them."""
    for component in components:
        yield component
        yield from flat(component.get("components", []))
        if "accessory" in component:
            yield component["accessory"]
        if "component" in component:
            yield component["component"]


def _mention(world: World, message: Message, allowed: Json | None) -> None:
    """Set who is pinged: those whom the text names, as far as `allowed_mentions` permits."""
    named = world.mentioned_users(message.content)
    roles = world.mentioned_roles(message.content, message.channel.guild)
    everyone = "@everyone" in message.content or "@here" in message.content
    replied = message.replies_to.author if message.replies_to else None
    if allowed is None:
        message.mentions, message.mention_roles = named, roles
        message.mention_everyone = everyone
    else:
        parse = allowed.get("parse") or []
        users = {int(id_) for id_ in allowed.get("users") or []}
        some = {int(id_) for id_ in allowed.get("roles") or []}
        message.mentions = [user for user in named if "users" in parse or user.id in users]
        message.mention_roles = [role for role in roles if "roles" in parse or role.id in some]
        message.mention_everyone = everyone and "everyone" in parse
    if replied is not None and replied.webhook_id is None and _pings_replied(allowed):
        message.mentions = world.mentioned_users("", [*message.mentions, replied])


def _pings_replied(allowed: Json | None) -> bool:
    return True if allowed is None else bool(allowed.get("replied_user", False))


def new_message(world: World, channel: Channel, author: User) -> Message:
    """Return an empty message that is not yet in its channel."""
    return Message(world.ids.make(), channel, author)
