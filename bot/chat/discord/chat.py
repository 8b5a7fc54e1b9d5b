"""Discord's side of the commands: prefix, mention, slash and buttons, one handler for all.

    async with bot:
        chat = DiscordChat(bot, registry, community_of)
        chat.attach()

The bot is anybody's `discord.ext.commands.Bot`; nothing of it is used but its events, its
command tree and its own name.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Final

import discord
from discord.ext import commands

from bot.chat.cooldown import Cooldown, Verdict
from bot.chat.discord import slash
from bot.chat.discord.buttons import button_class, view_maker
from bot.chat.discord.sending import Allowed, MakeView, allowed_in, payload, survived
from bot.chat.line.parse import Invocation, begins_with_command, parse
from bot.commands.kit.arguments import ContributionLink
from bot.commands.kit.command import Command
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import error_reply
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.runtime.clock import now_ms

log = logging.getLogger(__name__)

CommunityOf = Callable[[discord.Guild], Awaitable[Community]]
Interaction = discord.Interaction[Any]

_PATIENCE_SECONDS: Final = 1.5
"""Discord waits 3 s for an answer; before that it is told that one will come."""


class DiscordChat:
    """Answers commands on Discord.

    Parameters
    ----------
    bot
        The client. Its events are listened to, its command tree is filled.
    registry
        The commands there are.
    community_of
        Opens the community of a server, made if it is new.
    prefix
        What a typed command begins with.
    now_ms
        The clock.
    """

    def __init__(
        self,
        bot: commands.Bot,
        registry: Registry,
        community_of: CommunityOf,
        *,
        prefix: str = "!",
        now_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._bot = bot
        self._registry = registry
        self._community_of = community_of
        self._prefix = prefix
        self._now_ms = now_ms
        self._cooldown = Cooldown()
        self._button = button_class(self._pressed)

    def attach(self) -> None:
        """Listen to the bot from now on. Call once, before it connects."""
        # discord.py's own prefix commands would complain of each "!cred" they don't know.
        self._bot.event(on_message)
        self._bot.add_listener(self._on_message, "on_message")
        self._bot.add_listener(self._on_ready, "on_ready")
        self._bot.add_listener(self._on_guild_join, "on_guild_join")
        self._bot.add_dynamic_items(self._button)
        for slash_command in slash.slash_commands(self._registry, self._slash_called):
            self._bot.tree.add_command(slash_command)
        for menu in slash.context_menus(self._registry, self._slash_called):
            self._bot.tree.add_command(menu)

    # Messages -------------------------------------------------------------------------------

    async def _on_message(self, message: discord.Message) -> None:
        if message.author.bot or message.webhook_id is not None:
            return
        line, prefix = self._addressed(message)
        if line is None:
            return
        who, guild = message.author, message.guild
        verdict = self._cooldown.ask(str(who.id), self._now_ms())
        if verdict is Verdict.IGNORE:
            return
        async with AsyncExitStack() as while_working:
            if verdict is Verdict.WARN:
                reply = _too_fast()
            elif guild is None:
                reply = _not_in_a_server()
            else:
                called = _about_replied(self._read(line, prefix), message)
                if isinstance(called, Invocation) and called.command.heavy:
                    await self._show_typing(message, while_working)
                reply = await self._reply(
                    called,
                    guild,
                    who,
                    is_admin=_manages(who),
                    place=str(message.channel.id),
                    prefix=prefix,
                )
            await self._send_to(message, reply)

    def _addressed(self, message: discord.Message) -> tuple[str | None, str]:
        """Return the line that a message says to us, without prefix, and the prefix.

        What begins with the prefix but with no word of ours is not for us: other bots share
        it. A mention at the very beginning always is.
        """
        content = message.content.strip()
        me = self._bot.user
        if me is not None:
            for mention in (f"<@{me.id}>", f"<@!{me.id}>"):
                if content.startswith(mention):
                    line = content.removeprefix(mention).lstrip(" ,:")
                    return line.removeprefix(self._prefix), f"@{me.display_name} "
        if content.startswith(self._prefix):
            line = content.removeprefix(self._prefix)
            # "! cred" is somebody's exclamation.
            if line[:1].strip() and begins_with_command(line, self._registry):
                return line, self._prefix
        return None, self._prefix

    async def _show_typing(self, message: discord.Message, stack: AsyncExitStack) -> None:
        """Show "is typing" until the stack is left; do without where that is refused."""

        async def begin() -> None:
            await stack.enter_async_context(message.channel.typing())

        await survived(begin(), "“is typing”")

    async def _send_to(self, message: discord.Message, reply: Reply) -> None:
        guild = message.guild
        made = await _payload(
            reply,
            guild.id if guild else 0,
            view_maker(self._button, message.author.id),
            allowed_in(message.channel, guild),
        )
        # Deleted in the meantime: the reply stands by itself.
        reference = message.to_reference(fail_if_not_exists=False)
        sending = message.channel.send(**made, reference=reference, mention_author=False)
        await survived(sending, f"reply to message {message.id}")

    # Slash commands and buttons -------------------------------------------------------------

    async def _slash_called(
        self, interaction: Interaction, command: Command, options: Mapping[str, Any]
    ) -> None:
        try:
            called: Invocation | Reply = Invocation(
                command, slash.read_options(command, options, self._now_ms())
            )
        except Exception as error:  # noqa: BLE001 - errors.py puts every error into words
            called = error_reply(error, prefix="/", activity=f"/{command.line}")
        await self._interact(interaction, called, edits=False, private=command.private)

    async def _pressed(self, interaction: Interaction, owner: int | None, line: str) -> None:
        called = self._read(line, "/")
        edits = owner is None or owner == interaction.user.id
        await self._interact(interaction, called, edits=edits, private=not edits)

    async def _interact(
        self,
        interaction: Interaction,
        called: Invocation | Reply,
        *,
        edits: bool,
        private: bool,
    ) -> None:
        """Answer an interaction in time, whatever the answer takes."""
        if self._cooldown.ask(str(interaction.user.id), self._now_ms()) is not Verdict.ANSWER:
            # Each time, unlike to a message: only they see it, and without an answer Discord
            # says that we failed.
            called = _too_fast()
        if interaction.guild is None:
            called = _not_in_a_server()
        working = asyncio.ensure_future(self._prepared(interaction, called, edits=edits))
        heavy = isinstance(called, Invocation) and called.command.heavy
        await asyncio.wait({working}, timeout=0 if heavy else _PATIENCE_SECONDS)
        if not working.done():
            # An edit defers without a sign; an answer shows "thinking…".
            deferring = interaction.response.defer(ephemeral=private, thinking=not edits)
            await survived(deferring, "“thinking”")
        reply, made = await working
        await survived(
            _respond(interaction, reply, made, private=private or reply.private),
            f"answer to interaction {interaction.id}",
        )

    async def _prepared(
        self, interaction: Interaction, called: Invocation | Reply, *, edits: bool
    ) -> tuple[Reply, dict[str, Any]]:
        guild = interaction.guild
        if guild is None:
            reply = called if isinstance(called, Reply) else _not_in_a_server()
        else:
            reply = await self._reply(
                called,
                guild,
                interaction.user,
                # Discord works these out at the moment of the interaction.
                is_admin=interaction.permissions.manage_guild,
                place=str(interaction.channel_id),
                prefix="/",
                is_private=not edits,
            )
        view = view_maker(self._button, interaction.user.id)
        editing = edits and not reply.is_error
        guild_id = guild.id if guild else 0
        made = await _payload(reply, guild_id, view, Allowed(), editing=editing)
        return reply, made

    # Both -----------------------------------------------------------------------------------

    def _read(self, line: str, prefix: str) -> Invocation | Reply:
        try:
            return parse(line or "help", self._registry, slash.SOURCE, self._now_ms())
        except Exception as error:  # noqa: BLE001 - errors.py puts every error into words
            return error_reply(error, prefix=prefix, activity="reading a line")

    async def _reply(  # noqa: PLR0913 - what a request is made of
        self,
        called: Invocation | Reply,
        guild: discord.Guild,
        who: discord.User | discord.Member,
        *,
        is_admin: bool,
        place: str,
        prefix: str,
        is_private: bool = False,
    ) -> Reply:
        """Return the reply to what was called, or the reply that stands already."""
        if isinstance(called, Reply):
            return called
        try:
            community = await self._community_of(guild)
        except Exception as error:  # noqa: BLE001 - errors.py puts every error into words
            return error_reply(error, prefix=prefix, activity=f"opening server {guild.id}")
        reply = await dispatch(
            called.command,
            Request(
                community=community,
                source=slash.SOURCE,
                actor=str(who.id),
                actor_name=who.display_name,
                is_admin=is_admin or _is_appointed(who, community),
                arguments=called.arguments,
                now_ms=self._now_ms(),
                place=place,
                prefix=prefix,
                # Before there is a reply, only a command says that it will be private.
                is_private=is_private and called.command.private,
                suggestion=called.suggestion,
            ),
        )
        return self._with_needs(called.command, reply)

    def _with_needs(self, command: Command, reply: Reply) -> Reply:
        """Add to help what `!cred` needs, where it does not have it."""
        if command.name != "help" or self._bot.intents.message_content:
            return reply
        note = (
            f"{self._prefix}cred is not read here: typed commands need Discord's "
            "message-content intent, which is off. Mention me or use / instead."
        )
        return replace(reply, after=f"{reply.after}\n\n{note}".strip())

    # Servers --------------------------------------------------------------------------------

    async def _on_ready(self) -> None:
        for guild in list(self._bot.guilds):
            await self._sync(guild)

    async def _on_guild_join(self, guild: discord.Guild) -> None:
        await self._sync(guild, anew=True)

    async def _sync(self, guild: discord.Guild, *, anew: bool = False) -> None:
        try:
            community = await self._community_of(guild)
            if anew:
                await slash.forget(community)
            await slash.sync(self._bot.tree, guild, community)
        except Exception:
            if self._bot.is_closed():
                return  # they are set at the next start
            # One server's trouble must not keep the others without commands.
            log.exception("slash commands of server %d could not be set", guild.id)


async def on_message(_: discord.Message) -> None:
    """Stand in for discord.py's own handling of messages."""


async def _payload(
    reply: Reply, guild_id: int, view: MakeView, allowed: Allowed, *, editing: bool = False
) -> dict[str, Any]:
    """Return what to send; where that cannot be made, what says so."""
    try:
        return await payload(reply, guild_id, view, allowed, editing=editing)
    except Exception as error:  # noqa: BLE001 - errors.py puts every error into words
        sorry = error_reply(error, prefix="/", activity=f"showing “{reply.title:.60}”")
        return await payload(sorry, guild_id, view, allowed, editing=editing)


async def _respond(
    interaction: Interaction, reply: Reply, made: dict[str, Any], *, private: bool
) -> None:
    """Answer, by whatever is left to answer with."""
    edits = "attachments" in made
    if not interaction.response.is_done():
        if edits:
            await interaction.response.edit_message(**made)
        else:
            await interaction.response.send_message(**made, ephemeral=private)
    elif edits:
        await interaction.edit_original_response(**made)
    else:
        await interaction.followup.send(**made, ephemeral=private or reply.private)


def _about_replied(called: Invocation | Reply, message: discord.Message) -> Invocation | Reply:
    """Return what was called, about the message replied to where it names nothing else."""
    replied = message.reference.message_id if message.reference else None
    if isinstance(called, Reply) or replied is None:
        return called
    about = [
        parameter.name
        for parameter in called.command.parameters
        if parameter.type.names_contribution
    ]
    link = ContributionLink(slash.SOURCE, str(replied))
    return replace(called, arguments={**dict.fromkeys(about, link), **called.arguments})


def _manages(who: discord.User | discord.Member) -> bool:
    return isinstance(who, discord.Member) and who.guild_permissions.manage_guild


def _is_appointed(who: discord.User | discord.Member, community: Community) -> bool:
    """Tell whether somebody has one of the roles that the community made admins."""
    appointed = community.settings.get("roles.admins")
    return (
        isinstance(who, discord.Member)
        and isinstance(appointed, list)
        and any(str(role.id) in appointed for role in who.roles)
    )


def _too_fast() -> Reply:
    return Reply(
        title="One moment",
        text="That was many questions at once. Ask again in a few seconds.",
        private=True,
        is_error=True,
    )


def _not_in_a_server() -> Reply:
    return Reply(
        title="Ask me in a server",
        text="Cred belongs to a community, so I answer where it is: in its server.",
        private=True,
        is_error=True,
    )
