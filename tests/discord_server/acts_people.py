"""Actions on guilds, members, roles and emojis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.discord_server import dispatch
from tests.discord_server.acts_messages import MessageActs
from tests.discord_server.model import Emoji, Guild, Member, MessageKind, Role, User
from tests.discord_server.permissions import MEMBER_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable


class PeopleActs(MessageActs):
    """Creating guilds, and changing their members, roles and emojis."""

    def guild(self, name: str, *, owner: User | None = None, with_bot: bool = True) -> Guild:
        """Create a guild with an owner (by default the operator) and, by default, the bot."""
        owner = owner or self.owner
        guild = Guild(self.ids.make(), name, owner.id, self.clock.now_ms)
        everyone = Role(guild.id, "@everyone", MEMBER_DEFAULT, 0)
        guild.roles[guild.id] = everyone
        self.guilds[guild.id] = guild
        self.join(guild, owner)
        if with_bot:
            self.add_bot(guild)
        return guild

    def add_bot(self, guild: Guild, *, permissions: int = 0) -> Member:
        """Add the bot, with a managed role of these permissions (besides @everyone's)."""
        role = self.role(guild, self.bot.name, permissions=permissions, bot_id=self.bot.id)
        guild.joined_ms = self.clock.now_ms
        member = Member(self.bot, self.clock.now_ms, [role])
        guild.members[self.bot.id] = member
        self.announce(dispatch.guild_created(guild, self.bot, joined_now=True))
        return member

    def remove_bot(self, guild: Guild) -> None:
        """Kick the bot: it gets GUILD_DELETE, and nothing of the guild afterwards."""
        self.announce(dispatch.guild_deleted(guild))
        del guild.members[self.bot.id]

    def rename_guild(self, guild: Guild, name: str) -> None:
        guild.name = name
        self.announce(dispatch.guild_updated(guild))

    def outage(self, guild: Guild) -> None:
        """Make a guild unavailable, as an outage of Discord does; `recover` ends it."""
        self.announce(dispatch.guild_deleted(guild, unavailable=True))

    def recover(self, guild: Guild) -> None:
        self.announce(dispatch.guild_created(guild, self.bot, joined_now=False))

    def join(self, guild: Guild, user: User, roles: Iterable[Role] = ()) -> Member:
        member = Member(user, self.clock.now_ms, list(roles))
        guild.members[user.id] = member
        self.announce(dispatch.member("GUILD_MEMBER_ADD", guild, member))
        if guild.system_channel is not None:
            self.post(guild.system_channel, user, "", kind=MessageKind.MEMBER_JOIN)
        return member

    def member(self, guild: Guild, name: str, *roles: Role, bot: bool = False) -> User:
        """Create an account that joins a guild; return the account."""
        user = self.user(name, bot=bot)
        self.join(guild, user, roles)
        return user

    def leave(self, guild: Guild, user: User) -> None:
        del guild.members[user.id]
        self.announce(dispatch.member_removed(guild, user))

    def set_roles(self, guild: Guild, user: User, *roles: Role) -> None:
        """Give a member exactly these roles (besides @everyone)."""
        guild.members[user.id].roles = list(roles)
        self._member_changed(guild, user)

    def set_nick(self, guild: Guild, user: User, nick: str | None) -> None:
        guild.members[user.id].nick = nick
        self._member_changed(guild, user)

    def rename(self, user: User, name: str) -> None:
        """Change an account's name; each of its guilds announces a changed member."""
        user.name = name
        for guild in self.guilds.values():
            if user.id in guild.members:
                self._member_changed(guild, user)

    def _member_changed(self, guild: Guild, user: User) -> None:
        self.announce(dispatch.member("GUILD_MEMBER_UPDATE", guild, guild.members[user.id]))

    def role(
        self,
        guild: Guild,
        name: str,
        *,
        permissions: int = 0,
        mentionable: bool = False,
        bot_id: int | None = None,
    ) -> Role:
        role = Role(
            self.ids.make(),
            name,
            permissions,
            len(guild.roles),
            mentionable=mentionable,
            managed=bot_id is not None,
            bot_id=bot_id,
        )
        guild.roles[role.id] = role
        self.announce(dispatch.role("GUILD_ROLE_CREATE", guild, role))
        return role

    def edit_role(
        self,
        guild: Guild,
        role: Role,
        *,
        name: str | None = None,
        permissions: int | None = None,
    ) -> None:
        role.name = role.name if name is None else name
        role.permissions = role.permissions if permissions is None else permissions
        self.announce(dispatch.role("GUILD_ROLE_UPDATE", guild, role))

    def delete_role(self, guild: Guild, role: Role) -> None:
        """Delete a role; Discord announces only that, not each member who had it."""
        del guild.roles[role.id]
        for member in guild.members.values():
            member.roles = [kept for kept in member.roles if kept is not role]
        self.announce(dispatch.role("GUILD_ROLE_DELETE", guild, role))

    def emoji(self, guild: Guild, name: str, *, animated: bool = False) -> Emoji:
        emoji = Emoji(name, self.ids.make(), animated)
        guild.emojis[emoji.id or 0] = emoji
        self.announce(dispatch.emojis(guild))
        return emoji
