"""Sends replies: pings nobody, keeps to the bot's permissions, and survives failed sends."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import discord

from bot.chat.discord.render import MOST_CONTENT, alt_text, render
from bot.chat.pictures.draw import draw_png
from bot.commands.kit.errors import error_reply
from bot.commands.kit.reply import Button, Reply

log = logging.getLogger(__name__)

MakeView = Callable[[tuple[Button, ...]], discord.ui.View]
"""Makes the view with the buttons of a reply."""

NO_PINGS: Final = discord.AllowedMentions.none()
_PICTURE: Final = "cred.png"


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the bot may send where it answers."""

    embeds: bool = True
    files: bool = True


async def message_fields(
    reply: Reply,
    guild_id: int,
    view: MakeView,
    permissions: Permissions,
    *,
    editing: bool = False,
) -> dict[str, Any]:
    """Return what discord.py's `send` takes to show a reply, or an edit if `editing`.

    If the reply cannot be shown, the message says so.
    """
    try:
        return await _message_fields(reply, guild_id, view, permissions, editing=editing)
    except Exception as error:  # noqa: BLE001 - every error becomes a reply
        failure = error_reply(error, prefix="/", activity=f"showing “{reply.title:.60}”")
        return await _message_fields(failure, guild_id, view, permissions, editing=editing)


async def _message_fields(
    reply: Reply, guild_id: int, view: MakeView, permissions: Permissions, *, editing: bool
) -> dict[str, Any]:
    fields: dict[str, Any] = {"allowed_mentions": NO_PINGS}
    if permissions.embeds:
        rendered = render(reply, guild_id)
        fields["embed"] = discord.Embed(
            title=rendered.title,
            description=rendered.description or None,
            colour=rendered.colour,
        )
    else:
        # Discord would refuse an embed without the permission as an empty message.
        rendered = render(reply, guild_id, MOST_CONTENT - len(reply.title) * 2 - 8)
        fields["content"] = f"**{rendered.title}**\n{rendered.description}"[:MOST_CONTENT]
    files = []
    if rendered.chart is not None and permissions.files:
        # Attached beside the embed, not shown in it: only there do clients offer the alt text.
        image = await asyncio.to_thread(draw_png, rendered.chart)
        alt = alt_text(rendered.chart)
        files = [discord.File(io.BytesIO(image), filename=_PICTURE, description=alt)]
    if reply.attachment is not None and permissions.files:
        content = io.BytesIO(reply.attachment.content.encode("utf-8", "replace"))
        files.append(discord.File(content, filename=reply.attachment.name))
    if editing:
        fields["attachments"] = files
        fields["view"] = view(reply.buttons) if reply.buttons else None
    else:
        fields["files"] = files
        if reply.buttons:
            fields["view"] = view(reply.buttons)
    return fields


def permissions_in(
    channel: discord.abc.Messageable | None, guild: discord.Guild | None
) -> Permissions:
    """Return what the bot may send in a channel; everything, if that is unknown."""
    if guild is None or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return Permissions()
    try:
        permissions = channel.permissions_for(guild.me)
    except discord.ClientException:
        # It is a thread whose parent is not known.
        return Permissions()
    return Permissions(permissions.embed_links, permissions.attach_files)


async def respond(
    interaction: discord.Interaction[Any],
    reply: Reply,
    fields: dict[str, Any],
    *,
    private: bool,
) -> None:
    """Answer an interaction, which may have been deferred or answered already."""
    edits = "attachments" in fields
    if not interaction.response.is_done():
        if edits:
            await interaction.response.edit_message(**fields)
        else:
            await interaction.response.send_message(**fields, ephemeral=private)
    elif edits:
        await interaction.edit_original_response(**fields)
    else:
        await interaction.followup.send(**fields, ephemeral=private or reply.private)


async def try_sending(sending: Awaitable[Any], description: str) -> bool:
    """Await a send; log it and return False if Discord or the network refuses it.

    A reply that cannot be sent, because of a permission, a deleted message or an outage, must
    not end the handler with a traceback.
    """
    try:
        await sending
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.warning("%s could not be sent: %s", description, error)
        return False
    return True
