"""A forum's graph, built event by event: slow and obvious, to compare the fast one with."""

from dataclasses import replace
from math import prod

from bot.sources.discourse.declaration import DECLARATION, PREFIX, TRUST
from bot.sources.discourse.settings import Rules
from bot.sources.discourse.subjects import IN, LIKE, NAME, QUOTES, REFERS
from cred.addresses import Address
from cred.facts.events import Event, Kind
from cred.graph.weights import Weights
from tests.memory_log import MemoryLog

Edge = tuple[Address, Address, int, float, float]
"""Source, target, time, forward and backward weight."""

_STATES = {
    Kind.DELETED: ("presence", "target"),
    Kind.RESTORED: ("presence", "target"),
    Kind.REACTED: ("like", "target", "actor"),
    Kind.UNREACTED: ("like", "target", "actor"),
    Kind.ROLES_CHANGED: ("trust", "actor"),
    Kind.PLACE_CHANGED: ("place", "place"),
    Kind.REFERENCED: ("reference", "target", "object", "text"),
    Kind.MENTIONED: ("mention", "target", "object"),
}
"""What an event sets, and the fields that say of what. The last event counts."""


class SlowGraph:
    """The nodes and edges of a forum."""

    def __init__(self, log: MemoryLog, rules: Rules, weights: Weights) -> None:
        self._log, self._rules, self._weights = log, rules, weights
        self._kinds = {kind.prefix: kind.weight for kind in DECLARATION.edges}
        self._kinds |= weights.edges
        self._states: dict[tuple[str | None, ...], Event] = {}
        self._parents: dict[str, str] = {}
        posted: dict[str, Event] = {}
        authors: dict[str, str | None] = {}
        for event in log.events:
            if event.source != NAME:
                continue
            if event.kind is Kind.POSTED:
                posted.setdefault(str(event.target), event)
            elif event.kind is Kind.REPLIED:
                self._parents.setdefault(str(event.target), str(event.object))
            elif event.kind is Kind.AUTHORED:
                authors[str(event.target)] = event.actor
            elif event.kind in _STATES:
                name, *fields = _STATES[event.kind]
                self._states[name, *(getattr(event, field) for field in fields)] = event
        self._present = {
            contribution: replace(event, actor=authors.get(contribution, event.actor))
            for contribution, event in posted.items()
            if not self._is_deleted(contribution)
        }
        self._included = {
            contribution: event
            for contribution, event in self._present.items()
            if rules.excluded_categories.isdisjoint(self._categories(contribution))
            and event.at_ms >= (rules.start_ms or 0)
        }
        self.mint: dict[Address, float] = {}
        """By node."""
        self.edges: dict[Address, Edge] = {}
        for contribution in self._included:
            self._add_contribution(contribution)

    def _is_deleted(self, contribution: str) -> bool:
        event = self._states.get(("presence", contribution))
        return event is not None and event.kind is Kind.DELETED

    def _topic(self, post: str) -> str | None:
        texts = self._log.directory.contributions.texts
        topics = [
            str(key[2])
            for key, event in self._states.items()
            if key[:2] == ("reference", post) and key[3] == IN and event.value
        ]
        present = [
            topic for topic in topics if topic in self._present and topic.startswith("topic")
        ]
        return max(present, key=texts.index, default=None)

    def _parent(self, post: str) -> str | None:
        """Return what a post replies to in the topic that it is in now."""
        topic, parent = self._topic(post), self._parents.get(post)
        if parent is None or topic is None:
            return parent
        if parent in self._present and self._topic(parent) in {topic, None}:
            return parent
        if self._present[post].place == self._present[topic].place:
            return None
        texts = self._log.directory.contributions.texts
        return min(
            (other for other in self._present if self._topic(other) == topic),
            key=lambda other: (
                *(other in self._parents, self._present[other].at_ms),
                texts.index(other),
            ),
        )

    def _place(self, contribution: str) -> Event | None:
        topic = self._topic(contribution) if contribution.startswith("post") else None
        return self._states.get(("place", self._present[topic or contribution].place))

    def _categories(self, contribution: str) -> list[str]:
        """Return the category that a contribution is in, and those around it."""
        place, ids = self._place(contribution), list[str]()
        while place is not None and place.object is not None and place.object[1:] not in ids:
            ids.append(place.object[1:])
            place = self._states.get(("place", place.object))
        return ids

    def _takes_part(self, account: str | None) -> bool:
        is_bot = self._log.directory.kinds.get(str(account)) == "bot"
        return account is not None and (self._rules.include_bots or not is_bot)

    def _add_node(self, kind: str, *ids: str) -> Address:
        address = (*PREFIX, kind, self._rules.home, *ids)
        self.mint.setdefault(address, 0.0)
        return address

    def _add_edge(
        self, kind: str, key: tuple[str, str], source: Address, target: Address, at_ms: int
    ) -> Address:
        prefix = (*PREFIX, *kind.split())
        address = (*prefix, self._rules.home, *key)
        self.edges[address] = (source, target, at_ms, *self._kinds[prefix])
        return address

    def _add_contribution(self, contribution: str) -> None:
        event = self._included[contribution]
        kind, number = contribution.split(":")
        node = self._add_node(kind, number)
        if self._takes_part(event.actor):
            author = str(event.actor)
            user = self._add_node("user", author)
            self._add_edge(f"authors {kind}", (author, number), user, node, event.at_ms)
        if kind == "post":
            self._add_to_topic(contribution, node, self._add_likes(contribution, node))
            self._add_links(contribution, node)

    def _add_likes(self, post: str, node: Address) -> float:
        """Add the likes of a post; return the sum of their weights."""
        number, total = post.partition(":")[2], 0.0
        for key, event in self._states.items():
            is_like = key[:2] == ("like", post) and event.text == LIKE
            given = event.kind is Kind.REACTED
            if not is_like or not given or not self._takes_part(event.actor):
                continue
            liker = str(event.actor)
            user = self._add_node("user", liker)
            like = self._add_node("like", liker, number)
            weight = self._trust(liker) * self._factors(post)
            self.mint[like] = 4.0 * weight
            total += weight
            self._add_edge("createsLike", (liker, number), user, like, event.at_ms)
            self._add_edge("likes", (liker, number), like, node, event.at_ms)
        return total

    def _trust(self, account: str) -> float:
        event = self._states.get(("trust", account))
        return TRUST.default if event is None else TRUST.values[str(event.text)[-1]]

    def _factors(self, post: str) -> float:
        place, factors = self._place(post), self._weights.factors
        category = self._categories(post)[:1]
        tags = [tag for tag in str(place.text if place else "").split(",") if tag]
        weight = prod(factors["category"].values.get(number, 1.0) for number in category)
        return weight * prod(factors["tag"].values.get(tag, 1.0) for tag in tags)

    def _add_to_topic(self, post: str, node: Address, likes: float) -> None:
        topic, at_ms = self._topic(post), self._included[post].at_ms
        if topic is None or topic not in self._included:
            return
        key = topic.partition(":")[2], post.partition(":")[2]
        source = self._add_node("topic", key[0])
        self._add_edge("topicContainsPost", key, source, node, at_ms)
        if likes:
            address = self._add_edge("topicHasLikedPost", key, source, node, at_ms)
            forward = self.edges[address][3] * likes
            self.edges[address] = (source, node, at_ms, forward, 0.0)

    def _add_links(self, post: str, node: Address) -> None:
        number, at_ms = post.partition(":")[2], self._included[post].at_ms
        parent = self._parent(post)
        if parent in self._included and parent != post and parent.startswith("post"):
            other = parent.partition(":")[2]
            target = self._add_node("post", other)
            self._add_edge("replyTo", (number, other), node, target, at_ms)
        for key, event in self._states.items():
            if key[1] != post or not event.value:
                continue
            if key[0] == "mention" and self._takes_part(event.object):
                account = str(event.object)
                user = self._add_node("user", account)
                self._add_edge("references user", (number, account), node, user, at_ms)
            if key[0] == "reference" and event.object in self._included:
                kind, other = str(event.object).split(":")
                edges = {REFERS: f"references {kind}", QUOTES: "quotes"}.get(str(event.text))
                if edges is not None and (edges != "quotes" or kind == "post"):
                    target = self._add_node(kind, other)
                    self._add_edge(edges, (number, other), node, target, at_ms)
