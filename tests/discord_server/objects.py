"""Messages, channels, threads and guilds as JSON, as Discord's REST API has them.

Every object is checked against Discord's OpenAPI file when it leaves the stand-in.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord_server import people, permissions
from tests.discord_server.model import (
    Attachment,
    Channel,
    Guild,
    Json,
    Kind,
    Message,
    Reaction,
    Thread,
    User,
)
from tests.discord_server.snowflakes import iso


@dataclass(frozen=True)
class Viewer:
    """Whom an object is written for: what they may read, and where files are served."""

    bot: User
    reads_content: bool
    cdn: str

    def may_read(self, message: Message) -> bool:
        """Tell whether content, embeds, attachments and components are shown."""
        return (
            self.reads_content
            or message.channel.guild is None
            or message.author.id == self.bot.id
            or self.bot in message.mentions
        )


def reaction(record: Reaction, viewer: Viewer) -> Json:
    return {
        "emoji": people.reaction_emoji(record.emoji),
        "count": len(record.normal) + len(record.burst),
        "count_details": {"normal": len(record.normal), "burst": len(record.burst)},
        "burst_colors": [],
        "me": viewer.bot.id in record.normal,
        "me_burst": viewer.bot.id in record.burst,
    }


def attachment(record: Attachment, channel: Channel, viewer: Viewer) -> Json:
    url = f"{viewer.cdn}/attachments/{channel.id}/{record.id}/{record.filename}"
    optional = {
        "content_type": record.content_type,
        "description": record.description,
        "width": record.width,
        "height": record.height,
        "ephemeral": record.ephemeral or None,
    }
    return {
        "id": str(record.id),
        "filename": record.filename,
        "size": len(record.data),
        "url": url,
        "proxy_url": url,
    } | {name: value for name, value in optional.items() if value is not None}


def basic_message(record: Message, viewer: Viewer) -> Json:
    """Return a message as others refer to it: without reactions or its own reference."""
    shown = viewer.may_read(record)
    written: Json = {
        "id": str(record.id),
        "type": int(record.kind),
        "channel_id": str(record.channel.id),
        "author": people.user(record.author),
        "content": record.content if shown else "",
        "timestamp": iso(record.at_ms),
        "edited_timestamp": None if record.edited_ms is None else iso(record.edited_ms),
        "mentions": [people.user(mentioned) for mentioned in record.mentions],
        "mention_roles": [str(mentioned.id) for mentioned in record.mention_roles],
        "mention_everyone": record.mention_everyone,
        "attachments": [attachment(a, record.channel, viewer) for a in record.attachments]
        if shown
        else [],
        "embeds": record.embeds if shown else [],
        "components": record.components if shown else [],
        "flags": record.flags,
        "pinned": False,
        "tts": False,
    }
    if record.reference is not None:
        written["message_reference"] = record.reference
    if record.author.webhook_id is not None:
        written["webhook_id"] = str(record.author.webhook_id)
    if record.interaction_metadata is not None:
        written["interaction_metadata"] = record.interaction_metadata
        written["application_id"] = written["webhook_id"] = str(record.author.id)
    return written


def message(record: Message, viewer: Viewer) -> Json:
    written = basic_message(record, viewer)
    if record.replies_to is not None:
        gone = record.replies_to.deleted
        written["referenced_message"] = (
            None if gone else basic_message(record.replies_to, viewer)
        )
    if record.reactions:
        written["reactions"] = [reaction(given, viewer) for given in record.reactions.values()]
    if record.thread is not None:
        written["thread"] = thread(record.thread, viewer)
    if record.nonce is not None:
        written["nonce"] = record.nonce
    return written


def channel(record: Channel, viewer: Viewer) -> Json:
    if isinstance(record, Thread):
        return thread(record, viewer)
    if record.guild is None:
        return dm(record)
    written: Json = {
        "id": str(record.id),
        "type": int(record.kind),
        "guild_id": str(record.guild.id),
        "name": record.name,
        "position": record.position,
        "parent_id": None if record.parent is None else str(record.parent.id),
        "permission_overwrites": [
            {
                "id": str(overwrite.target_id),
                "type": overwrite.target_type,
                "allow": str(overwrite.allow),
                "deny": str(overwrite.deny),
            }
            for overwrite in record.overwrites.values()
        ],
        "nsfw": record.nsfw,
        "flags": 0,
    }
    if record.kind is Kind.CATEGORY:
        return written
    written |= {
        "last_message_id": str(record.last_message_id) if record.last_message_id else None,
        "rate_limit_per_user": 0,
    }
    if record.kind is Kind.VOICE:
        return written | {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    written["topic"] = record.topic
    if record.kind is Kind.FORUM:
        written |= {
            "available_tags": [
                {
                    "id": str(tag_id),
                    "name": name,
                    "moderated": False,
                    "emoji_id": None,
                    "emoji_name": None,
                }
                for tag_id, name in record.tags.items()
            ],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }
    return written


def dm(record: Channel) -> Json:
    assert record.recipient is not None
    return {
        "id": str(record.id),
        "type": int(Kind.DM),
        "last_message_id": str(record.last_message_id) if record.last_message_id else None,
        "flags": 0,
        "recipients": [people.user(record.recipient)],
    }


def thread(record: Thread, viewer: Viewer) -> Json:
    shown = min(len(record.messages), 50_000)
    written: Json = {
        "id": str(record.id),
        "type": int(record.kind),
        "guild_id": str(record.home.id),
        "parent_id": str(record.base.id),
        "owner_id": str(record.owner_id),
        "name": record.name,
        "last_message_id": str(record.last_message_id) if record.last_message_id else None,
        "message_count": shown,
        "total_message_sent": record.total_message_sent,
        "member_count": min(len(record.joined), 50),
        "rate_limit_per_user": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": record.archived,
            "archive_timestamp": iso(record.archived_ms),
            "auto_archive_duration": 10080,
            "locked": record.locked,
            "create_timestamp": iso(record.created_ms),
        },
    }
    if record.base.kind is Kind.FORUM:
        written["applied_tags"] = [str(tag) for tag in record.applied_tags]
    if record.kind is Kind.PRIVATE_THREAD:
        written["thread_metadata"]["invitable"] = True
    if viewer.bot.id in record.joined:
        written["member"] = thread_member(record, viewer.bot.id)
    return written


def thread_member(record: Thread, user_id: int) -> Json:
    return {
        "id": str(record.id),
        "user_id": str(user_id),
        "join_timestamp": iso(record.joined[user_id]),
        "flags": 0,
    }


def guild(record: Guild) -> Json:
    system = record.system_channel
    nothing = dict.fromkeys(
        (
            "icon",
            "description",
            "home_header",
            "splash",
            "discovery_splash",
            "banner",
            "application_id",
            "afk_channel_id",
            "widget_channel_id",
            "max_presences",
            "vanity_url_code",
            "rules_channel_id",
            "safety_alerts_channel_id",
            "public_updates_channel_id",
            "premium_progress_bar_enabled_user_updated_at",
            "incidents_data",
        )
    )
    return nothing | {
        "id": str(record.id),
        "name": record.name,
        "features": [],
        "owner_id": str(record.owner_id),
        "region": "deprecated",
        "afk_timeout": 300,
        "system_channel_id": None if system is None else str(system.id),
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 0,
        "roles": [people.role(role) for role in record.roles.values()],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [people.emoji(value) for value in record.emojis.values()],
        "stickers": [],
    }


def own_guild(record: Guild, bot: User) -> Json:
    return {
        "id": str(record.id),
        "name": record.name,
        "icon": None,
        "banner": None,
        "owner": record.owner_id == bot.id,
        "permissions": str(permissions.in_guild(record, bot.id)),
        "features": [],
        "approximate_member_count": len(record.members),
        "approximate_presence_count": 1,
    }
