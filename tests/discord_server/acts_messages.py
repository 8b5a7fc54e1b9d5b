"""Actions on messages and reactions."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from tests.discord_server import dispatch, people
from tests.discord_server.model import (
    Attachment,
    Channel,
    Emoji,
    Json,
    Message,
    MessageKind,
    Reaction,
    Thread,
    User,
)
from tests.discord_server.state import WorldState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


mimetypes.init()  # here, so that no event loop waits for the files it reads


class MessageActs(WorldState):
    """Posting, editing and deleting messages, and reacting to them."""

    def post(
        self,
        channel: Channel,
        author: User,
        content: str = "",
        *,
        mentions: Iterable[User] = (),
        reply_to: Message | None = None,
        ping_replied: bool = True,
        files: Mapping[str, bytes] | None = None,
        embeds: Iterable[Json] = (),
        at_ms: int | None = None,
        kind: MessageKind = MessageKind.DEFAULT,
        reference: Json | None = None,
    ) -> Message:
        """Post a message; users and roles named in `content` are mentioned besides `mentions`.

        `at_ms` dates the message in the past, and leaves the clock alone.
        """
        mentioned = self.mentioned_users(content, mentions)
        if reply_to is not None:
            kind = MessageKind.REPLY
            reference = self.reference_to(reply_to)
            if ping_replied and reply_to.author.webhook_id is None:
                mentioned = self.mentioned_users("", [*mentioned, reply_to.author])
        message = Message(
            self.ids.make(at_ms),
            channel,
            author,
            content,
            kind,
            mentioned,
            self.mentioned_roles(content, channel.guild),
            "@everyone" in content or "@here" in content,
            embeds=list(embeds),
            attachments=[self.attach(name, data) for name, data in (files or {}).items()],
            replies_to=reply_to,
            reference=reference,
        )
        return self.put(message)

    def put(self, message: Message) -> Message:
        """Put a finished message into its channel and announce it."""
        channel = message.channel
        channel.put(message)
        if isinstance(channel, Thread):
            channel.total_message_sent += 1
            if channel.archived and not channel.locked:
                channel.archived = False  # writing into an archived thread reopens it
                self.announce(dispatch.thread("THREAD_UPDATE", channel))
            channel.joined.setdefault(message.author.id, self.clock.now_ms)
        self.announce(dispatch.message("MESSAGE_CREATE", message))
        if message.author is self.bot:
            for hear in self.on_bot_message:
                hear(message)
        return message

    def attach(self, filename: str, data: bytes, description: str | None = None) -> Attachment:
        content_type, _ = mimetypes.guess_type(filename)
        width = height = None
        if data.startswith(b"\x89PNG"):  # Discord states the size of pictures
            width, height = (int.from_bytes(data[at : at + 4]) for at in (16, 20))
        made = Attachment(
            self.ids.make(), filename, data, content_type, description, width, height
        )
        self.files[made.id] = made
        return made

    def reference_to(self, message: Message) -> Json:
        """Return the reference that a reply carries."""
        reference: Json = {
            "type": 0,
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
        }
        guild = message.channel.guild
        return reference if guild is None else reference | {"guild_id": str(guild.id)}

    def edit(self, message: Message, content: str, *, mentions: Iterable[User] = ()) -> Message:
        """Change a message's text, and with it the mentions."""
        message.content = content
        message.mentions = self.mentioned_users(content, mentions)
        message.mention_roles = self.mentioned_roles(content, message.channel.guild)
        return self.announce_edit(message)

    def announce_edit(self, message: Message) -> Message:
        """Announce that a message was just edited."""
        message.edited_ms = self.clock.now_ms
        self.announce(dispatch.message("MESSAGE_UPDATE", message))
        return message

    def unfurl(self, message: Message, url: str, title: str) -> None:
        """Show the preview of a link, which Discord adds by itself without an edit."""
        message.embeds.append({"type": "link", "url": url, "title": title})
        self.announce(dispatch.message("MESSAGE_UPDATE", message))

    def delete(self, message: Message) -> None:
        message.channel.take(message)
        self.announce(dispatch.messages_deleted(message.channel, [message.id], bulk=False))

    def bulk_delete(self, channel: Channel, messages: Iterable[Message]) -> None:
        gone = list(messages)
        for message in gone:
            channel.take(message)
        ids = [message.id for message in gone]
        self.announce(dispatch.messages_deleted(channel, ids, bulk=True))

    def react(
        self, message: Message, user: User, emoji: str | Emoji, *, burst: bool = False
    ) -> None:
        """Add a reaction (a super reaction with `burst`); doing it twice changes nothing."""
        found = self.find_emoji(emoji)
        reaction = message.reactions.setdefault(found.key, Reaction(found))
        users = reaction.users(burst=burst)
        if user.id in users:
            return
        users.add(user.id)
        self.announce(dispatch.reaction_change(message, user, found, burst=burst, added=True))

    def unreact(
        self, message: Message, user: User, emoji: str | Emoji, *, burst: bool = False
    ) -> None:
        """Take a reaction away; KeyError if there is none."""
        found = self.find_emoji(emoji)
        reaction = message.reactions[found.key]
        reaction.users(burst=burst).remove(user.id)
        if not reaction.normal and not reaction.burst:
            del message.reactions[found.key]
        self.announce(dispatch.reaction_change(message, user, found, burst=burst, added=False))

    def clear_reactions(self, message: Message) -> None:
        message.reactions.clear()
        self.announce(dispatch.reaction("MESSAGE_REACTION_REMOVE_ALL", message, {}))

    def clear_emoji(self, message: Message, emoji: str | Emoji) -> None:
        found = self.find_emoji(emoji)
        del message.reactions[found.key]
        body = {"emoji": people.reaction_emoji(found)}
        self.announce(dispatch.reaction("MESSAGE_REACTION_REMOVE_EMOJI", message, body))
