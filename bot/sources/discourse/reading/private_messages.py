"""Private messages to the bot, read for what to answer and never recorded.

Webhooks tell of them as well, but not reliably.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bot.sources.discourse.api.client import TOPIC_CHUNK, ForumClient
from bot.sources.discourse.api.transport import AccessDeniedError, NotFoundError
from bot.sources.discourse.reading.hints import OnPost

RECENT_MS: Final = 3_600_000
"""A message that was last written to longer ago is not read."""
_IS_PRIVATE: Final = {"topic_archetype": "private_message"}
"""What webhooks say of a post in a private message, and topics do not."""


@dataclass(slots=True)
class PrivateMessages:
    """The private messages of one account; each is read once after it was written to."""

    client: ForumClient
    username: str
    _read: dict[int, object] = field(default_factory=dict)
    """Message → when it was last written to, as the forum writes it."""

    async def read(self, on_post: OnPost, now_ms: int) -> None:
        """Pass on the latest posts of messages that were written to within the last hour.

        Raises
        ------
        DiscourseError
            If the forum does not answer.
        """
        try:
            listed = await self.client.messages(self.username)
        except (NotFoundError, AccessDeniedError):
            return  # this account has none, or may not ask
        recent = {
            number: bumped_at
            for message in listed
            if isinstance(message, Mapping)
            and isinstance(number := message.get("id"), int)
            and _is_recent(bumped_at := message.get("bumped_at"), now_ms)
        }
        for number, bumped_at in recent.items():
            if self._read.get(number) != bumped_at:
                await self._pass_on(number, on_post)
        self._read = recent

    async def _pass_on(self, number: int, on_post: OnPost) -> None:
        try:
            _, first, stream = await self.client.topic(number)
            shown: dict[Any, Mapping[str, Any]] = {
                post.get("id"): post for post in first if isinstance(post, Mapping)
            }
            missing = [post for post in (stream or ())[-TOPIC_CHUNK:] if post not in shown]
            latest = await self.client.topic_posts(number, missing) if missing else []
        except (NotFoundError, AccessDeniedError):
            return
        for post in (*shown.values(), *latest):
            if isinstance(post, Mapping):
                on_post({**post, **_IS_PRIVATE})


def _is_recent(bumped_at: object, now_ms: int) -> bool:
    """Tell whether a time, as the forum writes it, is within the last hour."""
    try:
        at_ms = datetime.fromisoformat(str(bumped_at)).timestamp() * 1000
    except (ValueError, OverflowError, OSError):
        return False
    return now_ms - at_ms <= RECENT_MS
