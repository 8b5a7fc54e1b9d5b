"""What all actions of the world share: its records, its clock and its listeners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.discord_server.model import (
    Application,
    Attachment,
    Channel,
    Emoji,
    Guild,
    Message,
    Role,
    Thread,
    User,
)
from tests.discord_server.snowflakes import Clock, Snowflakes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.discord_server.dispatch import Announcement

MENTION = re.compile(r"<@!?(\d+)>")
ROLE_MENTION = re.compile(r"<@&(\d+)>")
CUSTOM_EMOJI = re.compile(r"^<?(?:a?:)?(\w+):(\d+)>?$")


class WorldState:
    """Records by id; `announce` informs the gateway, `on_bot_message` those who wait."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        """Channels, threads and direct-message channels."""
        self.files: dict[int, Attachment] = {}
        """Every attachment ever made, served under /cdn."""
        self.listeners: list[Callable[[Announcement], None]] = []
        self.on_bot_message: list[Callable[[Message], None]] = []
        self.owner = self.user("operator")
        self.bot = self.user("credbot", bot=True)
        self.application = Application(self.bot.id, "credbot", f"token.{self.bot.id}")

    def announce(self, *announcements: Announcement) -> None:
        for announcement in announcements:
            for listener in self.listeners:
                listener(announcement)

    def user(self, name: str, *, bot: bool = False, global_name: str | None = None) -> User:
        """Create an account that is in no guild yet."""
        user = User(self.ids.make(), name, global_name, bot=bot)
        self.users[user.id] = user
        return user

    def threads_of(self, channel: Channel) -> list[Thread]:
        return [thread for thread in channel.home.threads.values() if thread.parent is channel]

    def find_emoji(self, emoji: str | Emoji) -> Emoji:
        """Parse "👍", "name:id" or "<:name:id>"; a guild's own emoji is found by its id."""
        if isinstance(emoji, Emoji):
            return emoji
        if match := CUSTOM_EMOJI.match(emoji):
            for guild in self.guilds.values():
                if known := guild.emojis.get(int(match[2])):
                    return known
            return Emoji(match[1], int(match[2]))
        return Emoji(emoji)

    def mentioned_users(self, content: str, extra: Iterable[User] = ()) -> list[User]:
        """Return the users mentioned in a text, and `extra`, each once."""
        named = [self.users.get(int(found)) for found in MENTION.findall(content)]
        unique = {user.id: user for user in [*named, *extra] if user is not None}
        return list(unique.values())

    def mentioned_roles(self, content: str, guild: Guild | None) -> list[Role]:
        if guild is None:
            return []
        found = {int(id_) for id_ in ROLE_MENTION.findall(content)}
        return [role for role in guild.roles.values() if role.id in found]
