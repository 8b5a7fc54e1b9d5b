"""Private messages to the bot: looked through for what to answer, never recorded.

Webhooks tell of them as well, but not surely.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bot.sources.discourse.api.client import CHUNK, ForumClient
from bot.sources.discourse.api.transport import AccessDeniedError, NotFoundError
from bot.sources.discourse.reading.hints import OnPost

RECENT_MS: Final = 3_600_000
"""What was last written to longer ago is history."""
_PRIVATE: Final = {"topic_archetype": "private_message"}
"""What webhooks say of such posts, and topics do not."""


@dataclass(slots=True)
class PrivateMessages:
    """Private messages of one account, each looked at once after it was written to."""

    client: ForumClient
    username: str
    _seen: dict[int, object] = field(default_factory=dict)
    """Message → when it was last written to, as the forum says it."""

    async def read(self, on_post: OnPost, now_ms: int) -> None:
        """Tell of the latest posts in messages that were written to lately.

        Raises
        ------
        ForumError
            If the forum does not answer.
        """
        try:
            rows = await self.client.messages(self.username)
        except (NotFoundError, AccessDeniedError):
            return  # this account has none, or may not ask
        recent = {
            number: bumped
            for row in rows
            if isinstance(row, Mapping)
            and isinstance(number := row.get("id"), int)
            and _is_recent(bumped := row.get("bumped_at"), now_ms)
        }
        for number, bumped in recent.items():
            if self._seen.get(number) != bumped:
                await self._tell(number, on_post)
        self._seen = recent

    async def _tell(self, number: int, on_post: OnPost) -> None:
        try:
            _, first, stream = await self.client.topic(number)
            there: dict[Any, Mapping[str, Any]] = {
                one.get("id"): one for one in first if isinstance(one, Mapping)
            }
            missing = [one for one in stream[-CHUNK:] if one not in there]
            latest = await self.client.topic_posts(number, missing) if missing else []
        except (NotFoundError, AccessDeniedError):
            return
        for value in (*there.values(), *latest):
            if isinstance(value, Mapping):
                on_post({**value, **_PRIVATE})


def _is_recent(moment: object, now_ms: int) -> bool:
    """Tell whether a moment, as the forum writes it, was within the last hour."""
    try:
        at_ms = datetime.fromisoformat(str(moment)).timestamp() * 1000
    except (ValueError, OverflowError, OSError):
        return False
    return now_ms - at_ms <= RECENT_MS
