"""The world behind the stand-in: every action changes it and informs the gateway.

Actions are plain calls, not awaited: the change is made at once, and the events are queued in
order for every session that may get them. Actions while the bot is offline simply change the
world.
"""

from __future__ import annotations

from tests.discord_server import dispatch
from tests.discord_server.acts_people import PeopleActs
from tests.discord_server.model import (
    Channel,
    Guild,
    Kind,
    Message,
    MessageKind,
    Overwrite,
    Role,
    Thread,
    User,
)
from tests.discord_server.permissions import Permission


class World(PeopleActs):
    """Channels, threads and webhooks; the base classes have the other actions."""

    def channel(
        self,
        guild: Guild,
        name: str,
        *,
        kind: Kind = Kind.TEXT,
        category: Channel | None = None,
        nsfw: bool = False,
        topic: str | None = None,
        hidden: bool = False,
    ) -> Channel:
        """Create a channel; only administrators can view one that is `hidden`."""
        channel = Channel(
            self.ids.make(),
            name,
            kind,
            guild,
            position=len(guild.channels),
            parent=category,
            nsfw=nsfw,
            topic=topic,
        )
        if hidden:
            channel.overwrites[guild.id] = Overwrite(
                guild.id, 0, deny=int(Permission.VIEW_CHANNEL)
            )
        guild.channels[channel.id] = self.channels[channel.id] = channel
        self.announce(dispatch.channel("CHANNEL_CREATE", channel))
        return channel

    def category(self, guild: Guild, name: str) -> Channel:
        return self.channel(guild, name, kind=Kind.CATEGORY)

    def forum(self, guild: Guild, name: str, *, tags: tuple[str, ...] = ()) -> Channel:
        forum = self.channel(guild, name, kind=Kind.FORUM)
        forum.tags = {self.ids.make(): tag for tag in tags}
        return forum

    def edit_channel(
        self,
        channel: Channel,
        *,
        name: str | None = None,
        nsfw: bool | None = None,
        category: Channel | None = None,
    ) -> None:
        channel.name = channel.name if name is None else name
        channel.nsfw = channel.nsfw if nsfw is None else nsfw
        channel.parent = channel.parent if category is None else category
        self.announce(dispatch.channel("CHANNEL_UPDATE", channel))

    def delete_channel(self, channel: Channel) -> None:
        for thread in self.threads_of(channel):
            del channel.home.threads[thread.id], self.channels[thread.id]
        del channel.home.channels[channel.id], self.channels[channel.id]
        self.announce(dispatch.channel("CHANNEL_DELETE", channel))

    def overwrite(
        self, channel: Channel, target: Role | User, *, allow: int = 0, deny: int = 0
    ) -> None:
        """Set what a role or member may do in a channel; replaces what was set before."""
        is_member = isinstance(target, User)
        channel.overwrites[target.id] = Overwrite(
            target.id, int(is_member), int(allow), int(deny)
        )
        self.announce(dispatch.channel("CHANNEL_UPDATE", channel))

    def hide(self, channel: Channel) -> None:
        """Hide a channel from everyone but administrators."""
        self.overwrite(channel, channel.home.everyone, deny=Permission.VIEW_CHANNEL)

    def show(self, channel: Channel) -> None:
        del channel.overwrites[channel.home.id]
        self.announce(dispatch.channel("CHANNEL_UPDATE", channel))

    def dm(self, user: User) -> Channel:
        """Return the direct-message channel of the bot and a user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.ids.make(), "", Kind.DM, None, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def webhook(self, name: str) -> User:
        """Create the author of a webhook's posts, to pass to `post`."""
        webhook_id = self.ids.make()
        return User(webhook_id, name, bot=True, webhook_id=webhook_id)

    def create_thread(
        self,
        channel: Channel,
        owner: User,
        name: str,
        *,
        message: Message | None = None,
        private: bool = False,
        archived: bool = False,
    ) -> Thread:
        """Start a thread, on a message (whose id it then has) or on its own.

        As on Discord, a thread on a message begins with a "starter" message that refers to it,
        and a public thread on its own leaves a system message in the channel.
        """
        thread = self._thread(channel, owner, name, message.id if message else None)
        if private:
            thread.kind = Kind.PRIVATE_THREAD
        elif channel.kind is Kind.ANNOUNCEMENT:
            thread.kind = Kind.ANNOUNCEMENT_THREAD
        self.announce(dispatch.thread("THREAD_CREATE", thread))
        place = {"type": 0, "guild_id": str(channel.home.id)}
        if message is not None:
            message.thread = thread
            message.flags |= 1 << 5
            self.announce(dispatch.message("MESSAGE_UPDATE", message))
            reference = self.reference_to(message)
            starter = Message(
                self.ids.make(), thread, message.author, kind=MessageKind.THREAD_STARTER
            )
            starter.reference, starter.replies_to = reference, message
            self.put(starter)
        elif not private:
            reference = place | {"channel_id": str(thread.id)}
            self.post(
                channel, owner, name, kind=MessageKind.THREAD_CREATED, reference=reference
            )
        if archived:
            self.archive(thread)
        return thread

    def forum_post(
        self,
        forum: Channel,
        author: User,
        name: str,
        content: str | Message,
        *,
        tags: tuple[int, ...] = (),
    ) -> Thread:
        """Open a post in a forum: a thread whose first message has the thread's id."""
        thread = self._thread(forum, author, name, None)
        thread.applied_tags = list(tags)
        self.announce(dispatch.thread("THREAD_CREATE", thread))
        if isinstance(content, Message):
            content.id, content.channel = thread.id, thread
            self.put(content)
        else:
            first = Message(
                thread.id, thread, author, content, mentions=self.mentioned_users(content)
            )
            self.put(first)
        thread.total_message_sent = 0  # a forum post's first message is not counted
        return thread

    def _thread(self, parent: Channel, owner: User, name: str, id_: int | None) -> Thread:
        thread = Thread(
            id_ or self.ids.make(),
            name,
            Kind.PUBLIC_THREAD,
            parent.guild,
            parent=parent,
            owner_id=owner.id,
            created_ms=self.clock.now_ms,
            archived_ms=self.clock.now_ms,
            joined={owner.id: self.clock.now_ms},
        )
        parent.home.threads[thread.id] = self.channels[thread.id] = thread
        return thread

    def archive(self, thread: Thread, *, locked: bool = False) -> None:
        thread.archived, thread.locked = True, locked
        thread.archived_ms = self.clock.advance(ms=1)
        self.announce(dispatch.thread("THREAD_UPDATE", thread))

    def unarchive(self, thread: Thread) -> None:
        thread.archived, thread.locked = False, False
        thread.archived_ms = self.clock.now_ms
        self.announce(dispatch.thread("THREAD_UPDATE", thread))

    def delete_thread(self, thread: Thread) -> None:
        gone = dispatch.thread("THREAD_DELETE", thread)
        self.announce(gone)
        del thread.home.threads[thread.id], self.channels[thread.id]
