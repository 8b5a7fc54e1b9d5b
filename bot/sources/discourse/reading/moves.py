"""Posts that were moved to another topic. The log knows where a post was first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.sources.discourse.api.records import Post
from bot.sources.discourse.parse import UNKNOWN
from bot.sources.discourse.subjects import IN, NAME, post_id, topic_id, topic_place
from bot.sources.port import Inlet
from storage.log.current_state import CurrentContribution

_MOVED: Final = "moved:"
"""Prefix of the cursor of a post that was moved; its position is the topic that the post is in
now."""


@dataclass(slots=True)
class Moves:
    """Which posts were moved, and to which topic."""

    inlet: Inlet
    _topics: dict[int, int] = field(default_factory=dict)
    """Post → the topic that it is in now."""

    async def load(self) -> None:
        """Start from what the log knows."""
        self._topics = {
            int(name.removeprefix(_MOVED)): int(topic)
            for name, topic in (await self.inlet.cursors()).items()
            if name.startswith(_MOVED)
        }

    async def present(self, number: int) -> set[str]:
        """Return the contributions that are known to be in a topic, the topic among them."""
        posted = await self.inlet.posts(topic_place(number), 0)
        moved_here = [post_id(post) for post, topic in self._topics.items() if topic == number]
        moved_away = {post_id(post) for post, topic in self._topics.items() if topic != number}
        known = await self.inlet.contributions(moved_here)
        return (set(posted) - moved_away) | {
            post for post, state in known.items() if not state.deleted
        }

    def learn(
        self, posts: Iterable[Post], known: Mapping[str, CurrentContribution]
    ) -> dict[tuple[str, str], str]:
        """Remember the posts that were in another topic before; return their cursors."""
        cursors = {}
        for post in posts:
            references = known.get(post_id(post.id), UNKNOWN).references
            was_somewhere = any(kind == IN for _, kind in references)
            if was_somewhere and (topic_id(post.topic), IN) not in references:
                self._topics[post.id] = post.topic
                cursors[NAME, f"{_MOVED}{post.id}"] = str(post.topic)
        return cursors
