"""Answers commands on Discord: typed after a prefix or a mention, slash commands and buttons.

    async with bot:
        chat = DiscordChat(bot, registry, community_of)
        chat.attach()

Of the `discord.ext.commands.Bot` only the events, the command tree and the user are used.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Final

import discord
from discord.ext import commands

from bot.chat.discord import slash
from bot.chat.discord.buttons import button_class, read_form, view_maker
from bot.chat.discord.messages import about_replied, read_line
from bot.chat.discord.refusals import TOO_FAST, no_server, several_servers
from bot.chat.discord.sending import (
    MakeView,
    Permissions,
    message_fields,
    permissions_in,
    respond,
    try_sending,
)
from bot.chat.line.parse import Invocation, parse
from bot.commands.kit.command import Command
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import attempt, error_reply
from bot.commands.kit.parameters.known_names import NO_NAMES, Names
from bot.commands.kit.parameters.parameter import Suggest
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.runtime.clock import now_ms
from bot.runtime.cooldown import Cooldown, Verdict
from bot.services.known_names import read_known_names

log = logging.getLogger(__name__)

CommunityOf = Callable[[discord.Guild], Awaitable[Community]]
Interaction = discord.Interaction[Any]

_PATIENCE_SECONDS: Final = 1.5
"""How long an interaction may take before it is deferred. Discord gives up after 3 s."""


class DiscordChat:
    """Answers commands in every server that a bot is in.

    Parameters
    ----------
    bot
        The client, whose events are listened to and whose command tree is filled.
    registry
        The commands there are.
    community_of
        Opens the community of a server, which is made if it is new.
    prefix
        What typed commands begin with.
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
        self._button = button_class(self._on_press)

    def attach(self) -> None:
        """Begin to listen to the bot. Call once, before it connects."""
        # discord.py's own prefix commands don't know "!cred", and would complain of it.
        self._bot.event(on_message)
        self._bot.add_listener(self._on_message, "on_message")
        self._bot.add_listener(self._on_interaction, "on_interaction")
        self._bot.add_listener(self._on_ready, "on_ready")
        self._bot.add_listener(self._on_guild_join, "on_guild_join")
        self._bot.add_dynamic_items(self._button)
        for slash_command in slash.slash_commands(
            self._registry, self._on_slash, self._on_typing
        ):
            self._bot.tree.add_command(slash_command)
        for menu in slash.context_menus(self._registry, self._on_slash):
            self._bot.tree.add_command(menu)

    @property
    def shared_view(self) -> MakeView:
        """Makes the view with the buttons of a message that answers nobody in particular."""
        return view_maker(self._button, 0)

    # Messages -------------------------------------------------------------------------------

    async def _on_message(self, message: discord.Message) -> None:
        if message.author.bot or message.webhook_id is not None:
            return
        line, prefix = read_line(message, self._bot.user, self._prefix, self._registry)
        if line is None:
            return
        who = message.author
        guild = message.guild or self._shared_server(who, self._parse(line, prefix))
        verdict = self._cooldown.ask(str(who.id), self._now_ms())
        if verdict is Verdict.IGNORE:
            return
        async with AsyncExitStack() as while_working:
            if verdict is Verdict.WARN:
                reply = TOO_FAST
            elif isinstance(guild, Reply):
                reply = guild
            else:
                names = await self._read_names(guild, who)
                invocation = about_replied(self._parse(line, prefix, names), message)
                if isinstance(invocation, Invocation) and invocation.command.heavy:
                    await self._show_typing(message, while_working)
                reply = await self._reply(
                    invocation,
                    guild,
                    who,
                    is_admin=_manages(guild.get_member(who.id) or who),
                    place=str(message.channel.id),
                    prefix=prefix,
                    is_direct=message.guild is None,
                )
            await self._send_to(message, reply)

    async def _show_typing(self, message: discord.Message, stack: AsyncExitStack) -> None:
        """Show "is typing" until the stack is left, if Discord allows it."""

        async def begin() -> None:
            await stack.enter_async_context(message.channel.typing())

        await try_sending(begin(), "“is typing”")

    async def _send_to(self, message: discord.Message, reply: Reply) -> None:
        guild = message.guild
        fields = await message_fields(
            reply,
            guild.id if guild else 0,
            view_maker(self._button, message.author.id),
            permissions_in(message.channel, guild),
        )
        # If the message was deleted meanwhile, the reply stands by itself.
        reference = message.to_reference(fail_if_not_exists=False)
        sending = message.channel.send(**fields, reference=reference, mention_author=False)
        await try_sending(sending, f"reply to message {message.id}")

    # Slash commands and buttons -------------------------------------------------------------

    async def _on_slash(
        self, interaction: Interaction, command: Command, options: Mapping[str, Any]
    ) -> None:
        invocation = attempt(
            lambda: Invocation(command, slash.read_options(command, options, self._now_ms())),
            prefix="/",
            activity=f"/{command.line}",
        )
        await self._interact(interaction, invocation, edits=False, private=command.private)

    async def _on_typing(
        self, interaction: Interaction, suggest: Suggest, typed: str
    ) -> Sequence[str]:
        """Return what to offer somebody who types into an option, by what they see."""
        if interaction.guild is None:
            return ()
        try:
            community = await self._community_of(interaction.guild)
            await community.visibility.refresh()
            sees = community.visibility.for_account(slash.SOURCE, str(interaction.user.id))
            return suggest(community, sees, typed)
        except Exception:
            log.exception("nothing is offered to interaction %d", interaction.id)
            return ()

    async def _on_press(self, interaction: Interaction, owner: int | None, line: str) -> None:
        invocation = self._parse(line, "/")
        edits = owner is None or owner == interaction.user.id
        message = interaction.message
        is_seen = bool(interaction.guild and message and not message.flags.ephemeral)
        if is_seen and isinstance(invocation, Invocation) and invocation.command.private:
            edits = False  # what the presser alone may see replaces nothing that others see
        await self._interact(interaction, invocation, edits=edits, private=not edits)

    async def _on_interaction(self, interaction: Interaction) -> None:
        """Answer a form; all other interactions have their own listeners."""
        line = read_form(interaction)
        if line is not None:
            invocation = self._parse(line, "/")
            await self._interact(interaction, invocation, edits=False, private=True)

    async def _interact(
        self,
        interaction: Interaction,
        invocation: Invocation | Reply,
        *,
        edits: bool,
        private: bool,
    ) -> None:
        """Answer an interaction, deferring it if the answer takes long.

        Parameters
        ----------
        edits
            Replace the message that the interaction came from.
        private
            Show the answer to nobody else.
        """
        if self._cooldown.ask(str(interaction.user.id), self._now_ms()) is not Verdict.ANSWER:
            # Unlike messages, interactions are always answered: only the asker sees it, and
            # without an answer Discord says that we failed.
            invocation = TOO_FAST
        preparing = asyncio.ensure_future(self._prepare(interaction, invocation, edits=edits))
        heavy = isinstance(invocation, Invocation) and invocation.command.heavy
        await asyncio.wait({preparing}, timeout=0 if heavy else _PATIENCE_SECONDS)
        if not preparing.done():
            # Nothing shows that an edit is deferred; an answer shows "thinking…".
            deferring = interaction.response.defer(ephemeral=private, thinking=not edits)
            await try_sending(deferring, "“thinking”")
        reply, fields = await preparing
        await try_sending(
            respond(interaction, reply, fields, private=private or reply.private),
            f"answer to interaction {interaction.id}",
        )

    async def _prepare(
        self, interaction: Interaction, invocation: Invocation | Reply, *, edits: bool
    ) -> tuple[Reply, dict[str, Any]]:
        guild = interaction.guild or self._shared_server(interaction.user, invocation)
        if isinstance(guild, Reply):
            reply = invocation if isinstance(invocation, Reply) else guild
        else:
            message = interaction.message
            reply = await self._reply(
                invocation,
                guild,
                interaction.user,
                # Discord computes the permissions when it sends the interaction.
                is_admin=interaction.permissions.manage_guild
                if interaction.guild
                else _manages(guild.get_member(interaction.user.id) or interaction.user),
                place=str(interaction.channel_id),
                prefix="/" if interaction.guild else self._prefix,
                # What only the asker sees stays so when it is replaced.
                is_private=not edits or bool(message and message.flags.ephemeral),
                is_direct=interaction.guild is None,
            )
        view = view_maker(self._button, interaction.user.id)
        editing = edits and not reply.is_error
        guild_id = 0 if isinstance(guild, Reply) else guild.id
        fields = await message_fields(reply, guild_id, view, Permissions(), editing=editing)
        return reply, fields

    # Both -----------------------------------------------------------------------------------

    async def _read_names(self, guild: discord.Guild, who: discord.abc.User) -> Names:
        """Return the people whom somebody may name; nobody if a server can't be opened."""
        try:
            community = await self._community_of(guild)
            return await read_known_names(community, slash.SOURCE, str(who.id))
        except Exception:  # noqa: BLE001 - `_reply` meets it again, and tells
            return NO_NAMES

    def _parse(self, line: str, prefix: str, names: Names = NO_NAMES) -> Invocation | Reply:
        return attempt(
            lambda: parse(line or "help", self._registry, slash.SOURCE, self._now_ms(), names),
            prefix=prefix,
            activity="reading a line",
        )

    async def _reply(
        self,
        invocation: Invocation | Reply,
        guild: discord.Guild,
        who: discord.User | discord.Member,
        *,
        is_admin: bool,
        place: str,
        prefix: str,
        is_private: bool = False,
        is_direct: bool = False,
    ) -> Reply:
        """Return the reply to an invocation; a reply stands as it is.

        Parameters
        ----------
        is_private
            A reply to a command whose every reply is private is seen by the asker alone.
        is_direct
            So is every reply, because it is a message to the bot alone.
        """
        if isinstance(invocation, Reply):
            return invocation
        try:
            community = await self._community_of(guild)
        except Exception as error:  # noqa: BLE001 - every error becomes a reply
            return error_reply(error, prefix=prefix, activity=f"opening server {guild.id}")
        # Only a command whose every reply is private is sure to get a private one.
        asks_alone = is_direct or (is_private and invocation.command.private)
        visibility = community.visibility
        member = who if isinstance(who, discord.Member) else guild.get_member(who.id)
        roles = frozenset(str(role.id) for role in member.roles) if member else frozenset()
        reply = await dispatch(
            invocation.command,
            Request(
                community=community,
                source=slash.SOURCE,
                actor=str(who.id),
                actor_name=who.display_name,
                is_admin=is_admin or _is_appointed(roles, community),
                roles=roles,
                arguments=invocation.arguments,
                now_ms=self._now_ms(),
                place=place,
                prefix=prefix,
                is_private=asks_alone,
                sees=visibility.for_account(slash.SOURCE, str(who.id))
                if asks_alone
                else visibility.for_readers(slash.SOURCE, place),
                suggestion=invocation.suggestion,
            ),
        )
        return self._with_intent_note(invocation.command, reply)

    def _with_intent_note(self, command: Command, reply: Reply) -> Reply:
        """Add to help that typed commands are not read, if the bot lacks the intent for it."""
        if command.name != "help" or self._bot.intents.message_content:
            return reply
        note = (
            f"{self._prefix}cred is not read here: typed commands need Discord's "
            "message-content intent, which is off. Mention me or use / instead."
        )
        return replace(reply, after=f"{reply.after}\n\n{note}".strip())

    # Servers --------------------------------------------------------------------------------

    def _shared_server(
        self, who: discord.User | discord.Member, asked: Invocation | Reply
    ) -> discord.Guild | Reply:
        """Return the one server that somebody who writes to the bot alone shares with it.

        Where there is not one, the reply says where to ask what they asked.
        """
        shared = [guild for guild in self._bot.guilds if guild.get_member(who.id) is not None]
        if len(shared) == 1:
            return shared[0]
        line = asked.command.line if isinstance(asked, Invocation) else "help"
        if not shared:
            return no_server(line)
        return several_servers([guild.name for guild in shared], line)

    async def _on_ready(self) -> None:
        for guild in list(self._bot.guilds):
            await self._register(guild)

    async def _on_guild_join(self, guild: discord.Guild) -> None:
        await self._register(guild, force=True)

    async def _register(self, guild: discord.Guild, *, force: bool = False) -> None:
        try:
            community = await self._community_of(guild)
            if force:
                await slash.forget_registered(community)
            await slash.register(self._bot.tree, guild, community)
        except Exception:
            if self._bot.is_closed():
                return  # they are registered at the next start
            # An error in one server must not leave the others without commands.
            log.exception("slash commands of server %d could not be set", guild.id)


async def on_message(_: discord.Message) -> None:
    """Replace discord.py's own handling of messages by none."""


def _manages(who: discord.User | discord.Member) -> bool:
    return isinstance(who, discord.Member) and who.guild_permissions.manage_guild


def _is_appointed(roles: frozenset[str], community: Community) -> bool:
    """Tell whether one of the roles is one that the community counts as admins."""
    appointed = community.settings.get("roles.admins")
    return isinstance(appointed, list) and not roles.isdisjoint(map(str, appointed))
