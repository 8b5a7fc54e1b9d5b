"""Accounts, members, roles, emojis and the application as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.discord_server.snowflakes import iso

if TYPE_CHECKING:
    from tests.discord_server.model import Application, Emoji, Json, Member, Role, User


def user(record: User) -> Json:
    written: Json = {
        "id": str(record.id),
        "username": record.name,
        "global_name": record.global_name,
        "avatar": None,
        "discriminator": _discriminator(record),
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }
    return written | {"bot": True} if record.bot else written


def _discriminator(record: User) -> str:
    """Return four digits for what is not a person's account: zeros for a webhook's."""
    if record.webhook_id is not None:
        return "0000"
    return f"{record.id % 9999 + 1:04}" if record.bot else "0"


def own_user(record: User) -> Json:
    return user(record) | {
        "mfa_enabled": False,
        "locale": "en-US",
        "premium_type": 0,
        "email": None,
        "verified": True,
    }


def member(record: Member) -> Json:
    return {"user": user(record.user)} | partial_member(record)


def partial_member(record: Member) -> Json:
    return {
        "roles": [str(role.id) for role in record.roles],
        "nick": record.nick,
        "joined_at": iso(record.joined_ms),
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "pending": False,
        "premium_since": None,
        "mute": False,
        "deaf": False,
    }


def role(record: Role) -> Json:
    written: Json = {
        "id": str(record.id),
        "name": record.name,
        "permissions": str(record.permissions),
        "position": record.position,
        "color": record.color,
        "colors": {
            "primary_color": record.color,
            "secondary_color": None,
            "tertiary_color": None,
        },
        "hoist": False,
        "managed": record.managed,
        "mentionable": record.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return written | {"tags": {"bot_id": str(record.bot_id)}} if record.bot_id else written


def emoji(record: Emoji) -> Json:
    return {
        "id": str(record.id),
        "name": record.name,
        "roles": [],
        "require_colons": True,
        "managed": False,
        "animated": record.animated,
        "available": True,
    }


def reaction_emoji(record: Emoji) -> Json:
    written: Json = {"id": None if record.id is None else str(record.id), "name": record.name}
    return written | {"animated": True} if record.animated else written


PRESENCE, MEMBERS, CONTENT = 1 << 13, 1 << 15, 1 << 19
"""Application flags of intents switched on, for a bot in few guilds (the "limited" ones)."""


def application_flags(record: Application) -> int:
    switched = (
        (record.presences_intent, PRESENCE),
        (record.members_intent, MEMBERS),
        (record.message_content_intent, CONTENT),
    )
    return sum(flag for on, flag in switched if on)


def application(record: Application, bot: User, owner: User) -> Json:
    return {
        "id": str(record.id),
        "name": record.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(bot),
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": application_flags(record),
        "flags_new": str(application_flags(record)),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(owner),
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }
