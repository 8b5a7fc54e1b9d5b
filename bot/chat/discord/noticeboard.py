"""Posts announcements in a channel of a server, and what follows in the thread of the first."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
import discord

from bot.chat.discord.sending import MakeView, message_fields, permissions_in
from bot.chat.noticeboard import CannotPostError, Notice, PostedNotice, begin_alike
from bot.chat.text.invisible_characters import strip_controls
from bot.commands.admin.announce import PostingRights

log = logging.getLogger(__name__)

_NEEDED: Final = {"view_channel": "View Channel", "send_messages": "Send Messages"}
_WANTED: Final = {
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
}
_LOOKED_THROUGH: Final = 100
"""Messages among which an announcement is looked for that nobody recorded."""
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far our clock may be ahead of Discord's."""
_MOST_NAME: Final = 100
"""Characters of a thread's name."""
_HAS_THREAD: Final = 160004
"""Discord's code for a message that has a thread already."""

Target = discord.TextChannel | discord.Thread


class DiscordNoticeboard:
    """Announcements of one server.

    Parameters
    ----------
    client
        The client that is connected to the server.
    guild_id
        The server.
    view
        Makes the view with the buttons of an announcement.
    """

    def __init__(self, client: discord.Client, guild_id: int, view: MakeView) -> None:
        self._client = client
        self._guild_id = guild_id
        self._view = view

    async def check(self, place: str) -> PostingRights:
        """Return what the bot lacks in order to post in a channel."""
        try:
            channel = self._channel(place)
        except CannotPostError as error:
            return PostingRights(obstacles=(str(error),))
        permissions = channel.permissions_for(channel.guild.me)
        return PostingRights(
            tuple(
                f"the bot lacks the permission “{words}” there"
                for name, words in _NEEDED.items()
                if not getattr(permissions, name)
            ),
            tuple(words for name, words in _WANTED.items() if not getattr(permissions, name)),
        )

    async def post(self, notice: Notice) -> PostedNotice:
        """Post an announcement in its thread, or else in its channel, unless it is there."""
        try:
            return await self._post(notice)
        except discord.Forbidden as error:
            raise CannotPostError(
                f"Discord forbids it ({error.text or error.status})"
            ) from error
        except discord.HTTPException as error:
            raise CannotPostError(f"Discord answers {error.status}") from error
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise CannotPostError("Discord cannot be reached") from error

    async def _post(self, notice: Notice) -> PostedNotice:
        thread = await self._thread(notice.thread)
        if thread is not None:
            try:
                message = await self._send(thread, notice)
            except (discord.Forbidden, discord.NotFound) as error:
                log.info(
                    "thread %d takes no message, so its channel does: %s", thread.id, error
                )
            else:
                return PostedNotice(str(thread.id), str(message.id))
        message = await self._send(self._channel(notice.place), notice)
        begun = await self._begin_thread(message, notice) if notice.begins_thread else None
        return PostedNotice(begun, str(message.id))

    def _channel(self, place: str) -> discord.TextChannel:
        guild = self._client.get_guild(self._guild_id)
        if guild is None or not self._client.is_ready():
            raise CannotPostError("Discord is not connected")
        channel = guild.get_channel_or_thread(int(place)) if place.isdecimal() else None
        if isinstance(channel, discord.Thread):
            channel = channel.parent
        if channel is None:
            raise CannotPostError("the channel is gone, or the bot does not see it")
        if not isinstance(channel, discord.TextChannel):
            raise CannotPostError("it is no text channel")
        return channel

    async def _thread(self, id_: str | None) -> discord.Thread | None:
        """Return a thread; None if there is none (any more)."""
        guild = self._client.get_guild(self._guild_id)
        if id_ is None or guild is None:
            return None
        try:
            found = guild.get_thread(int(id_)) or await guild.fetch_channel(int(id_))
        except (discord.NotFound, discord.Forbidden, discord.InvalidData):
            return None
        return found if isinstance(found, discord.Thread) else None

    async def _send(self, target: Target, notice: Notice) -> discord.Message:
        """Return the message of an announcement, which is sent unless it is there."""
        found = await self._find(target, notice)
        if found is not None:
            return found
        fields: dict[str, Any] = await message_fields(
            notice.reply, self._guild_id, self._view, permissions_in(target, target.guild)
        )
        # Discord takes a message with the same nonce for the same one for some minutes, which
        # is as long as discord.py tries again by itself.
        return await target.send(**fields, nonce=notice.key)

    async def _find(self, target: Target, notice: Notice) -> discord.Message | None:
        """Return the message of an announcement that was posted and not recorded."""
        since = datetime.fromtimestamp(notice.since_ms / 1000, UTC) - _CLOCKS_DIFFER
        me = target.guild.me
        async for message in target.history(
            limit=_LOOKED_THROUGH, after=since, oldest_first=False
        ):
            titles = [embed.title for embed in message.embeds]
            first_line = message.content.partition("\n")[0].strip("*")
            if message.author.id == me.id and any(
                title is not None and begin_alike(title, notice.reply.title)
                for title in (*titles, first_line)
            ):
                return message
        return None

    async def _begin_thread(self, message: discord.Message, notice: Notice) -> str | None:
        """Return the thread of a message, begun now if there is none; None if it cannot be."""
        try:
            await message.create_thread(name=strip_controls(notice.reply.title)[:_MOST_NAME])
        except discord.HTTPException as error:
            if error.code == _HAS_THREAD:
                return str(message.id)  # of a message's thread it is the id, too
            if error.status in {403, 404, 400}:
                log.info("no thread could be begun on message %d: %s", message.id, error)
                return None
            raise
        return str(message.id)
