"""What is to be looked at again, in the order it was told; told twice, it waits once."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from bot.sources.discourse.parse import Hint

MOST_WAITING: Final = 5_000

Look: TypeAlias = tuple[Literal["topic", "like", "user", "categories"], int | str]
"""Where to look: at a topic, at who likes a post, at somebody (by name), at all categories."""

OnPost: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Told of a post, in the forum's own JSON, that is new or was edited, or is seen again."""


def ignore_post(_post: Mapping[str, Any]) -> None:
    """Do nothing about a post."""


@dataclass(slots=True)
class HintQueue:
    """A queue with an end: what does not fit is found by a sweep."""

    most: int = MOST_WAITING
    overflowed: bool = False
    """Something did not fit; whoever sweeps takes this back."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while something waits."""
    _waiting: dict[Look, set[int]] = field(default_factory=dict)
    """With the posts that are to be looked at in a topic."""

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, hint: Hint) -> bool:
        """Note where to look; return whether all of it fits."""
        looks: list[Look] = [("topic", topic) for topic in sorted(hint.topics)]
        looks += [("like", post) for _, post in sorted(hint.likes)]
        looks += [("user", name) for name in sorted(hint.users)]
        if hint.categories:
            looks.append(("categories", 0))
        fits = True
        for look in looks:
            if look in self._waiting or len(self._waiting) < self.most:
                self._waiting.setdefault(look, set()).update(hint.posts)
                self.arrived.set()
            else:
                fits, self.overflowed = False, True
        return fits

    def next(self) -> tuple[Look, frozenset[int]] | None:
        """Take out what waits longest, with the posts meant; None where nothing waits."""
        if not self._waiting:
            self.arrived.clear()
            return None
        look = next(iter(self._waiting))
        return look, frozenset(self._waiting.pop(look))

    def put_back(self, look: Look, posts: frozenset[int]) -> None:
        """Look there first, next time: it could not be done now."""
        others = {one: told for one, told in self._waiting.items() if one != look}
        again = set(posts) | self._waiting.get(look, set())
        self._waiting = {look: again, **others}
        self.arrived.set()
