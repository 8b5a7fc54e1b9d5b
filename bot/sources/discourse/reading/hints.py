"""A queue of what webhooks say to read again. What is hinted at twice waits once."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from bot.sources.discourse.parse import Hint

CAPACITY: Final = 5_000

ReadTarget: TypeAlias = tuple[Literal["topic", "like", "user", "categories"], int | str]
"""What to read: a topic, who likes a post, a user (by name), or all categories."""

OnPost: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Called with a post as the forum's JSON has it: one that is new, was edited, or was read."""


def ignore_post(_post: Mapping[str, Any]) -> None:
    """Do nothing about a post."""


@dataclass(slots=True)
class HintQueue:
    """Hints in the order of their arrival. What does not fit is left for a sweep to find."""

    capacity: int = CAPACITY
    overflowed: bool = False
    """Something did not fit. Whoever sweeps sets it back."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while something waits."""
    _waiting: dict[ReadTarget, set[int]] = field(default_factory=dict)
    """Target → the posts to read in it."""

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, hint: Hint) -> bool:
        """Add what a hint points at; return whether all of it fitted."""
        targets: list[ReadTarget] = [("topic", topic) for topic in sorted(hint.topics)]
        targets += [("like", post) for _, post in sorted(hint.likes)]
        targets += [("user", name) for name in sorted(hint.users)]
        if hint.categories:
            targets.append(("categories", 0))
        fits = True
        for target in targets:
            if target in self._waiting or len(self._waiting) < self.capacity:
                self._waiting.setdefault(target, set()).update(hint.posts)
                self.arrived.set()
            else:
                fits, self.overflowed = False, True
        return fits

    def next(self) -> tuple[ReadTarget, frozenset[int]] | None:
        """Remove and return what waits longest, with its posts; None where nothing waits."""
        if not self._waiting:
            self.arrived.clear()
            return None
        target = next(iter(self._waiting))
        return target, frozenset(self._waiting.pop(target))

    def put_back(self, target: ReadTarget, posts: frozenset[int]) -> None:
        """Put a target that could not be read back at the head of the queue."""
        posts_to_read = set(posts) | self._waiting.pop(target, set())
        self._waiting = {target: posts_to_read, **self._waiting}
        self.arrived.set()
