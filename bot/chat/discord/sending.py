"""Sending what was rendered: pings nobody, keeps to permissions, and survives a failed send."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import discord

from bot.chat.discord.render import MOST_CONTENT, alt_text, render
from bot.chat.picture import png
from bot.commands.kit.reply import Button, Reply

log = logging.getLogger(__name__)

MakeView = Callable[[tuple[Button, ...]], discord.ui.View]

NO_PINGS: Final = discord.AllowedMentions.none()
_PICTURE: Final = "cred-by-week.png"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the bot may do where it answers."""

    embeds: bool = True
    files: bool = True


async def payload(
    reply: Reply, guild_id: int, view: MakeView, allowed: Allowed, *, editing: bool = False
) -> dict[str, Any]:
    """Return the arguments of discord.py's `send` (or of an edit, where `editing`).

    The picture is drawn in a worker thread. It is attached beside the embed, not shown in
    it: only there do Discord's clients offer its alt text.
    """
    made: dict[str, Any] = {"allowed_mentions": NO_PINGS}
    if allowed.embeds:
        shown = render(reply, guild_id)
        made["embed"] = discord.Embed(
            title=shown.title, description=shown.description or None, colour=shown.colour
        )
    else:
        # Without the permission an embed alone would be refused as an empty message.
        shown = render(reply, guild_id, MOST_CONTENT - len(reply.title) * 2 - 8)
        made["content"] = f"**{shown.title}**\n{shown.description}"[:MOST_CONTENT]
    files = []
    if shown.chart is not None and allowed.files:
        image = await asyncio.to_thread(png, shown.chart)
        files = [
            discord.File(
                io.BytesIO(image), filename=_PICTURE, description=alt_text(shown.chart)
            )
        ]
    if editing:
        made["attachments"] = files
        made["view"] = view(reply.buttons) if reply.buttons else None
    else:
        made["files"] = files
        if reply.buttons:
            made["view"] = view(reply.buttons)
    return made


def allowed_in(channel: discord.abc.Messageable | None, guild: discord.Guild | None) -> Allowed:
    """Return what the bot may do in a channel; everything where that is not known."""
    if guild is None or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return Allowed()
    try:
        permissions = channel.permissions_for(guild.me)
    except discord.ClientException:
        # A thread whose parent is not known.
        return Allowed()
    return Allowed(permissions.embed_links, permissions.attach_files)


async def survived(sending: Awaitable[Any], what: str) -> bool:
    """Await a send; log, and return False, where Discord or the network refuses it.

    A reply that cannot be sent (no permission, message gone, Discord down) is nobody's fault
    and must not end the handler with a traceback.
    """
    try:
        await sending
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.warning("%s could not be sent: %s", what, error)
        return False
    return True
