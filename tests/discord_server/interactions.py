"""What members do with the bot's commands, buttons and forms, and how the bot answers.

The stand-in takes the part of the member's Discord app: it sends only what the app would let
the member send (a command must be registered, its options as declared, a button must be on the
message). Not modelled: the 3 seconds for an answer and the 15 minutes of a token.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.discord_server import objects, people, permissions
from tests.discord_server.dispatch import Announcement
from tests.discord_server.model import Channel, Json, Message, User
from tests.discord_server.options import Resolved, command_data
from tests.discord_server.rest.bodies import flat

if TYPE_CHECKING:
    from tests.discord_server.objects import Viewer
    from tests.discord_server.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5


@dataclass(eq=False)
class Interaction:
    """One interaction of a member, and what the bot has answered so far."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    name: str = ""
    source: Message | None = None
    """The message whose component was used."""
    callback: int | None = None
    """The first answer: 4 message, 5 later, 6 update later, 7 update, 8 choices, 9 form."""
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    progress: asyncio.Condition = field(default_factory=asyncio.Condition)


class Reply:
    """The bot's answer: its message, and shorthands for what tests check."""

    def __init__(self, interaction: Interaction) -> None:
        self.interaction = interaction

    @property
    def message(self) -> Message:
        assert self.interaction.original is not None, "the bot answered without a message"
        return self.interaction.original

    @property
    def content(self) -> str:
        return self.message.content

    @property
    def embeds(self) -> list[Json]:
        return self.message.embeds

    @property
    def components(self) -> list[Json]:
        return self.message.components

    @property
    def buttons(self) -> list[Json]:
        return [
            component for component in flat(self.message.components) if component["type"] == 2
        ]

    @property
    def files(self) -> dict[str, bytes]:
        """Attachments by name."""
        return {attachment.filename: attachment.data for attachment in self.message.attachments}

    @property
    def ephemeral(self) -> bool:
        return self.message.ephemeral

    @property
    def deferred(self) -> bool:
        return self.interaction.callback in {5, 6}

    @property
    def modal(self) -> Json:
        assert self.interaction.modal is not None, "the bot did not answer with a form"
        return self.interaction.modal

    @property
    def choices(self) -> list[Json]:
        assert self.interaction.choices is not None, "the bot did not answer with choices"
        return self.interaction.choices

    @property
    def followups(self) -> list[Message]:
        return self.interaction.followups

    async def followup(self, number: int = 1) -> Message:
        """Return the n-th message sent after the answer, once it was sent."""
        interaction = self.interaction
        async with asyncio.timeout(10), interaction.progress:
            await interaction.progress.wait_for(lambda: len(interaction.followups) >= number)
        return interaction.followups[number - 1]


class Interactions:
    """The registered commands and every interaction made, by token."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shards = 1
        self.commands: dict[int | None, list[Json]] = {}
        """By guild id; None for those registered everywhere."""
        self.made: dict[str, Interaction] = {}

    def command(self, channel: Channel, name: str, kind: int) -> Json:
        """Return a registered command as a member of the channel's guild would find it."""
        guild_id = channel.guild.id if channel.guild else None
        for place in (guild_id, None):
            for command in self.commands.get(place, ()):
                if command["name"] == name and command["type"] == kind:
                    return command
        known = [command["name"] for place in self.commands.values() for command in place]
        raise LookupError(f"no command {name!r} of type {kind} is registered, only {known}")

    def slash(
        self,
        user: User,
        channel: Channel,
        words: str,
        options: Json,
        focused: str | None = None,
    ) -> Interaction:
        """Make a member run "group subcommand" with options, or ask for completions."""
        name, *path = words.split()
        command = self.command(channel, name, 1)
        resolved = Resolved(self.world, self._viewer(), channel)
        data = command_data(command, path, options, resolved, focused)
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        kind = COMMAND if focused is None else AUTOCOMPLETE
        return self._send(Interaction(*self._new(), kind, user, channel, words), data)

    def context_menu(
        self, user: User, channel: Channel, name: str, target: User | Message
    ) -> Interaction:
        """Make a member pick a command from the menu of a user or a message."""
        command = self.command(channel, name, 2 if isinstance(target, User) else 3)
        resolved = Resolved(self.world, self._viewer(), channel)
        resolved.add(target)
        data: Json = {
            "id": command["id"],
            "name": name,
            "type": command["type"],
            "target_id": str(target.id),
            "resolved": resolved.written,
        }
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return self._send(Interaction(*self._new(), COMMAND, user, channel, name), data)

    def component(
        self, user: User, message: Message, custom_id: str, values: list[str] | None
    ) -> Interaction:
        """Make a member press a button, or choose `values` in a select menu, on a message."""
        if message.deleted:
            raise LookupError("the message is gone")
        found = [
            component
            for component in flat(message.components)
            if component.get("custom_id") == custom_id
        ]
        if not found:
            known = [component.get("custom_id") for component in flat(message.components)]
            raise LookupError(f"no component {custom_id!r} on the message, only {known}")
        if found[0].get("disabled"):
            raise LookupError(f"component {custom_id!r} is disabled")
        data: Json = {
            "custom_id": custom_id,
            "component_type": found[0]["type"],
            "id": found[0]["id"],
        }
        if values is not None:
            data["values"] = values
        interaction = Interaction(*self._new(), COMPONENT, user, message.channel, custom_id)
        interaction.source = message
        return self._send(interaction, data)

    def submit(self, reply: Reply, values: dict[str, str]) -> Interaction:
        """Fill in the form in the bot's answer, by the fields' custom ids, and submit it."""
        before, modal = reply.interaction, reply.modal
        known = {
            component["custom_id"]
            for component in flat(modal["components"])
            if "custom_id" in component
        }
        if set(values) - known:
            raise LookupError(f"no fields {set(values) - known} in the form, only {known}")
        data = {
            "custom_id": modal["custom_id"],
            "components": [
                _fill_component(component, values, at)
                for at, component in enumerate(modal["components"])
            ],
        }
        interaction = Interaction(
            *self._new(), MODAL, before.user, before.channel, modal["custom_id"]
        )
        interaction.source = before.source
        return self._send(interaction, data)

    def _new(self) -> tuple[int, str]:
        # ids of interactions have the real time: discord.py compares them with its own clock
        made = self.world.ids.make(time.time_ns() // 1_000_000)
        return made, f"interaction-{made}"

    def _viewer(self) -> Viewer:
        return self.cdn_viewer

    cdn_viewer: Viewer
    """Set by the server when its address is known; an interaction always shows content."""

    def _send(self, interaction: Interaction, data: Json) -> Interaction:
        self.made[interaction.token] = interaction
        payload = self._payload(interaction, data)
        guild = interaction.channel.guild
        self.world.announce(Announcement("INTERACTION_CREATE", lambda _: payload, 0, guild))
        return interaction

    def _payload(self, made: Interaction, data: Json) -> Json:
        world, channel, guild = self.world, made.channel, made.channel.guild
        written: Json = {
            "id": str(made.id),
            "application_id": str(world.application.id),
            "type": made.kind,
            "data": data,
            "token": made.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": objects.channel(channel, self._viewer()),
            "app_permissions": str(permissions.in_channel(channel, world.bot.id)),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id if guild else 0)},
            "attachment_size_limit": 10 << 20,
            "context": 0 if guild else 1,
        }
        if guild is None:
            written["user"] = people.user(made.user)
        else:
            allowed = permissions.in_channel(channel, made.user.id)
            written["member"] = people.member(guild.members[made.user.id]) | {
                "permissions": str(allowed)
            }
            written["guild_id"] = str(guild.id)
            written["guild_locale"] = "en-US"
            written["guild"] = {"id": str(guild.id), "locale": "en-US", "features": []}
        if made.source is not None:
            written["message"] = objects.message(made.source, self._viewer())
        return written

    def metadata(self, made: Interaction) -> Json:
        """Return the metadata of a message that answers an interaction."""
        guild = made.channel.guild
        written: Json = {
            "id": str(made.id),
            "type": made.kind,
            "user": people.user(made.user),
            "authorizing_integration_owners": {"0": str(guild.id if guild else 0)},
        }
        if made.kind == COMPONENT and made.source is not None:
            written["interacted_message_id"] = str(made.source.id)
        if made.kind == MODAL:
            written["triggering_interaction_metadata"] = written | {"type": COMMAND}
        return written


def _fill_component(component: Json, values: dict[str, str], number: int) -> Json:
    """Return a form's component as the app sends it back, with what was filled in."""
    filled: Json = {"type": component["type"], "id": component.get("id") or number + 1}
    if "component" in component:
        filled["component"] = _fill_component(component["component"], values, number + 100)
    if "components" in component:
        filled["components"] = [
            _fill_component(child, values, number + 100) for child in component["components"]
        ]
    if "custom_id" in component:
        filled["custom_id"] = component["custom_id"]
        filled["value"] = values.get(component["custom_id"], component.get("value") or "")
    return filled
