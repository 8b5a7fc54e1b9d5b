"""The records of the stand-in's world: plain, mutable, and compared by identity."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from tests.discord_server.snowflakes import moment_ms

Json = dict[str, Any]


class Kind(IntEnum):
    """Channel types, by Discord's numbers."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


class MessageKind(IntEnum):
    """Message types that the world creates, by Discord's numbers."""

    DEFAULT = 0
    PINNED = 6
    MEMBER_JOIN = 7
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER = 21
    CONTEXT_MENU_COMMAND = 23


@dataclass(eq=False)
class User:
    """An account; `webhook_id` is set on the author of a webhook's posts."""

    id: int
    name: str
    global_name: str | None = None
    bot: bool = False
    webhook_id: int | None = None

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False)
class Application:
    """The bot's application, and the privileged intents that are on for it."""

    id: int
    name: str
    token: str
    members_intent: bool = True
    message_content_intent: bool = True
    presences_intent: bool = False


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: int
    position: int
    color: int = 0
    managed: bool = False
    mentionable: bool = False
    bot_id: int | None = None

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass(frozen=True)
class Emoji:
    """A standard emoji (`id` None) or a guild's own."""

    name: str
    id: int | None = None
    animated: bool = False

    @property
    def key(self) -> str:
        return self.name if self.id is None else f"{self.name}:{self.id}"


@dataclass(eq=False)
class Member:
    user: User
    joined_ms: int
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None


@dataclass
class Overwrite:
    """Permissions of a role (`target_type` 0) or a member (1) in a channel."""

    target_id: int
    target_type: int
    allow: int = 0
    deny: int = 0


@dataclass(eq=False)
class Attachment:
    id: int
    filename: str
    data: bytes
    content_type: str | None = None
    description: str | None = None
    width: int | None = None
    height: int | None = None
    ephemeral: bool = False


@dataclass(eq=False)
class Reaction:
    """Who reacted with an emoji, by user id; super reactions ("burst") are counted apart."""

    emoji: Emoji
    normal: set[int] = field(default_factory=set)
    burst: set[int] = field(default_factory=set)

    def users(self, *, burst: bool) -> set[int]:
        return self.burst if burst else self.normal


@dataclass(eq=False)
class Message:
    id: int
    channel: Channel
    author: User
    content: str = ""
    kind: MessageKind = MessageKind.DEFAULT
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[Role] = field(default_factory=list)
    mention_everyone: bool = False
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reactions: dict[str, Reaction] = field(default_factory=dict)
    reference: Json | None = None
    replies_to: Message | None = None
    edited_ms: int | None = None
    flags: int = 0
    thread: Thread | None = None
    interaction_metadata: Json | None = None
    nonce: str | None = None
    deleted: bool = False

    @property
    def at_ms(self) -> int:
        return moment_ms(self.id)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & 64)

    @property
    def link(self) -> str:
        guild = self.channel.guild.id if self.channel.guild else "@me"
        return f"https://discord.com/channels/{guild}/{self.channel.id}/{self.id}"


@dataclass(eq=False)
class Channel:
    """A guild's channel, a category or a direct-message channel (`recipient` set)."""

    id: int
    name: str
    kind: Kind
    guild: Guild | None
    position: int = 0
    parent: Channel | None = None
    nsfw: bool = False
    topic: str | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipient: User | None = None
    tags: dict[int, str] = field(default_factory=dict)
    last_message_id: int | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    """Ids of `messages`, ascending."""

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def home(self) -> Guild:
        """Return the guild of a channel that has one."""
        assert self.guild is not None
        return self.guild

    def put(self, message: Message) -> None:
        self.messages[message.id] = message
        bisect.insort(self.order, message.id)
        if self.last_message_id is None or message.id > self.last_message_id:
            self.last_message_id = message.id

    def take(self, message: Message) -> None:
        del self.messages[message.id]
        del self.order[bisect.bisect_left(self.order, message.id)]
        message.deleted = True


@dataclass(eq=False)
class Thread(Channel):
    owner_id: int = 0
    archived: bool = False
    archived_ms: int = 0
    locked: bool = False
    created_ms: int = 0
    applied_tags: list[int] = field(default_factory=list)
    joined: dict[int, int] = field(default_factory=dict)
    """User id → when they joined, in ms."""
    total_message_sent: int = 0

    @property
    def base(self) -> Channel:
        """Return the channel that the thread is in."""
        assert self.parent is not None
        return self.parent


@dataclass(eq=False)
class Guild:
    id: int
    name: str
    owner_id: int
    joined_ms: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)
    emojis: dict[int, Emoji] = field(default_factory=dict)
    system_channel: Channel | None = None

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]
