"""JSON schemas of what only the gateway sends, written by hand from Discord's documentation.

Discord's OpenAPI file covers REST only. These follow the "Gateway Events", "Receiving and
Responding" (interactions) and "Gateway" pages of Discord's developer documentation for API v10;
objects REST also has are taken from the OpenAPI file, with the fields the gateway adds or
leaves out. They are the only part of the contract that does not come from a machine-readable
file of Discord's.
"""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]

ID: Json = {"$ref": "#/components/schemas/SnowflakeType"}
TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer"}
FLAG: Json = {"type": "boolean"}
MOMENT: Json = {"type": "string", "format": "date-time"}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def many(items: Json) -> Json:
    return {"type": "array", "items": items}


def thing(required: Json, optional: Json | None = None) -> Json:
    """Return a schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": sorted(required),
        "unevaluatedProperties": False,
    }


def _extend(base: Json, added: Json, *, without: tuple[str, ...] = ()) -> Json:
    """Return a REST object's schema with the gateway's fields; `without` become optional."""
    grown = copy.deepcopy(base)
    grown["properties"] |= added
    grown["required"] = [name for name in grown["required"] if name not in without]
    return grown


REACTION: Json = {
    "user_id": ID,
    "channel_id": ID,
    "message_id": ID,
    "emoji": ref("MessageReactionEmojiResponse"),
    "burst": FLAG,
    "type": {"enum": [0, 1]},
}

INTERACTION_OPTION: Json = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "type": {"type": "integer", "minimum": 1, "maximum": 11},
        "value": {"type": ["string", "integer", "number", "boolean"]},
        "options": many(ref("Gateway.InteractionOption")),
        "focused": FLAG,
    },
    "required": ["name", "type"],
    "unevaluatedProperties": False,
}


def gateway_schemas(rest: Json) -> Json:
    """Return the schemas, named "Gateway.<EVENT>", given the OpenAPI file's own."""
    partial_member = _extend(rest["GuildMemberResponse"], {}, without=("user",))
    mentioned = _extend(rest["UserResponse"], {"member": ref("Gateway.PartialMember")})
    message = _extend(
        rest["MessageResponse"],
        {
            "guild_id": ID,
            "member": ref("Gateway.PartialMember"),
            "mentions": many(ref("Gateway.MentionedUser")),
        },
    )
    channel = _extend(rest["GuildChannelResponse"], {}, without=("guild_id",))
    guild = _extend(
        rest["GuildResponse"],
        {
            "joined_at": MOMENT,
            "large": FLAG,
            "unavailable": FLAG,
            "member_count": WHOLE,
            "voice_states": many({"type": "object"}),
            "members": many(ref("GuildMemberResponse")),
            "channels": many(ref("Gateway.GuildChannel")),
            "threads": many(ref("ThreadResponse")),
            "presences": many({"type": "object"}),
            "stage_instances": many({"type": "object"}),
            "guild_scheduled_events": many({"type": "object"}),
            "soundboard_sounds": many({"type": "object"}),
        },
    )
    guild["required"] += [
        "joined_at",
        "large",
        "member_count",
        "members",
        "channels",
        "threads",
    ]
    member = _extend(rest["GuildMemberResponse"], {"guild_id": ID})
    member["required"].append("guild_id")
    thread = _extend(rest["ThreadResponse"], {"newly_created": FLAG})
    a_message = {"channel_id": ID, "message_id": ID}
    own_user = _extend(rest["UserPIIResponse"], {})
    events = {
        "HELLO": thing({"heartbeat_interval": WHOLE}),
        "READY": thing(
            {
                "v": {"const": 10},
                "user": own_user,
                "guilds": many(thing({"id": ID, "unavailable": {"const": True}})),
                "session_id": TEXT,
                "resume_gateway_url": TEXT,
                "application": thing({"id": ID, "flags": WHOLE}),
            },
            {"shard": {"type": "array", "items": WHOLE, "minItems": 2, "maxItems": 2}},
        ),
        "RESUMED": thing({}, {"_trace": many(TEXT)}),
        "MESSAGE_CREATE": message,
        "MESSAGE_UPDATE": message,
        "MESSAGE_DELETE": thing({"id": ID, "channel_id": ID}, {"guild_id": ID}),
        "MESSAGE_DELETE_BULK": thing({"ids": many(ID), "channel_id": ID}, {"guild_id": ID}),
        "MESSAGE_REACTION_ADD": thing(
            REACTION,
            {
                "guild_id": ID,
                "member": ref("GuildMemberResponse"),
                "message_author_id": ID,
                "burst_colors": many({"type": "string", "pattern": "^#[0-9a-f]{6}$"}),
            },
        ),
        "MESSAGE_REACTION_REMOVE": thing(REACTION, {"guild_id": ID}),
        "MESSAGE_REACTION_REMOVE_ALL": thing(a_message, {"guild_id": ID}),
        "MESSAGE_REACTION_REMOVE_EMOJI": thing(
            a_message | {"emoji": ref("MessageReactionEmojiResponse")}, {"guild_id": ID}
        ),
        "GUILD_CREATE": guild,
        "GUILD_UPDATE": ref("GuildResponse"),
        "GUILD_DELETE": thing({"id": ID}, {"unavailable": FLAG}),
        "GUILD_MEMBER_ADD": member,
        "GUILD_MEMBER_UPDATE": member,
        "GUILD_MEMBER_REMOVE": thing({"guild_id": ID, "user": ref("UserResponse")}),
        "GUILD_MEMBERS_CHUNK": thing(
            {
                "guild_id": ID,
                "members": many(ref("GuildMemberResponse")),
                "chunk_index": WHOLE,
                "chunk_count": WHOLE,
            },
            {"not_found": many(ID), "presences": many({"type": "object"}), "nonce": TEXT},
        ),
        "GUILD_ROLE_CREATE": thing({"guild_id": ID, "role": ref("GuildRoleResponse")}),
        "GUILD_ROLE_UPDATE": thing({"guild_id": ID, "role": ref("GuildRoleResponse")}),
        "GUILD_ROLE_DELETE": thing({"guild_id": ID, "role_id": ID}),
        "GUILD_EMOJIS_UPDATE": thing({"guild_id": ID, "emojis": many(ref("EmojiResponse"))}),
        "CHANNEL_CREATE": ref("GuildChannelResponse"),
        "CHANNEL_UPDATE": ref("GuildChannelResponse"),
        "CHANNEL_DELETE": ref("GuildChannelResponse"),
        "THREAD_CREATE": thread,
        "THREAD_UPDATE": ref("ThreadResponse"),
        "THREAD_DELETE": thing({"id": ID, "guild_id": ID, "parent_id": ID, "type": WHOLE}),
        "INTERACTION_CREATE": _interaction(),
        "PartialMember": partial_member,
        "MentionedUser": mentioned,
        "GuildChannel": channel,
        "InteractionOption": INTERACTION_OPTION,
    }
    return {f"Gateway.{name}": schema for name, schema in events.items()}


def _interaction() -> Json:
    command = thing(
        {"id": ID, "name": TEXT, "type": {"enum": [1, 2, 3]}},
        {
            "guild_id": ID,
            "target_id": ID,
            "options": many(ref("Gateway.InteractionOption")),
            "resolved": _resolved_schema(),
        },
    )
    component = thing(
        {"custom_id": TEXT, "component_type": WHOLE, "id": WHOLE},
        {"values": many(TEXT), "resolved": _resolved_schema()},
    )
    modal = thing({"custom_id": TEXT, "components": many({"type": "object"})})
    always: Json = {
        "id": ID,
        "application_id": ID,
        "token": TEXT,
        "version": {"const": 1},
        "app_permissions": {"type": "string", "pattern": "^[0-9]+$"},
        "entitlements": {"type": "array", "maxItems": 0},
        "authorizing_integration_owners": {"type": "object"},
        "attachment_size_limit": WHOLE,
        "locale": TEXT,
        "channel_id": ID,
        "channel": {"type": "object", "required": ["id", "type"]},
    }
    optional: Json = {
        "guild_id": ID,
        "guild": thing({"id": ID, "locale": TEXT, "features": many(TEXT)}),
        "guild_locale": TEXT,
        "context": {"enum": [0, 1, 2]},
        "member": ref("PrivateGuildMemberResponse"),
        "user": ref("UserResponse"),
        "message": ref("MessageResponse"),
    }
    kinds = (({"enum": [2, 4]}, command), ({"const": 3}, component), ({"const": 5}, modal))
    return {
        "oneOf": [
            thing(always | {"type": kind, "data": data}, optional) for kind, data in kinds
        ]
    }


def _resolved_schema() -> Json:
    def by_id(schema: Json) -> Json:
        return {"type": "object", "additionalProperties": schema}

    return thing(
        {},
        {
            "users": by_id(ref("UserResponse")),
            "members": by_id({"type": "object", "required": ["roles", "permissions"]}),
            "roles": by_id(ref("GuildRoleResponse")),
            "channels": by_id({"type": "object", "required": ["id", "name", "type"]}),
            "messages": by_id(ref("MessageResponse")),
            "attachments": by_id(ref("MessageAttachmentResponse")),
        },
    )
