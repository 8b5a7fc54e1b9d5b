"""A forum's graph drawn fact by fact, slow and obvious, to hold the fast drawing to."""

from math import prod

from bot.sources.discourse.declaration import DECLARATION, PREFIX, TRUST
from bot.sources.discourse.rules import Rules
from bot.sources.discourse.subjects import IN, LIKE, NAME, QUOTES, REFERS
from cred.addresses import Address
from cred.facts.events import Event, Kind
from cred.graph.weights import Weights
from tests.memory_log import MemoryLog

Edge = tuple[Address, Address, int, float, float]

_LATEST = {
    Kind.DELETED: ("presence", "target"),
    Kind.RESTORED: ("presence", "target"),
    Kind.REACTED: ("like", "target", "actor"),
    Kind.UNREACTED: ("like", "target", "actor"),
    Kind.ROLES_CHANGED: ("trust", "actor"),
    Kind.PLACE_CHANGED: ("place", "place"),
    Kind.REFERENCED: ("reference", "target", "object", "text"),
    Kind.MENTIONED: ("mention", "target", "object"),
}


class Slowly:
    """Draws what a log says of a forum."""

    def __init__(self, log: MemoryLog, rules: Rules, weights: Weights) -> None:
        self._log, self._rules, self._weights = log, rules, weights
        self._kinds = {kind.prefix: kind.weight for kind in DECLARATION.edges}
        self._kinds |= weights.edges
        self._now: dict[tuple[str | None, ...], Event] = {}
        self._replied: dict[str | None, str | None] = {}
        posted: dict[str, Event] = {}
        for event in log.events:
            if event.source != NAME:
                continue
            if event.kind is Kind.POSTED:
                posted.setdefault(str(event.target), event)
            elif event.kind is Kind.REPLIED:
                self._replied.setdefault(event.target, event.object)
            elif event.kind in _LATEST:
                name, *key = _LATEST[event.kind]
                self._now[name, *(getattr(event, one) for one in key)] = event
        self._there = {one: event for one, event in posted.items() if not self._is_gone(one)}
        self._drawn = {
            one: event
            for one, event in self._there.items()
            if rules.left_out.isdisjoint(self._categories(one))
            and event.at_ms >= (rules.beginning_ms or 0)
        }
        self.mint: dict[Address, float] = {}
        """By node."""
        self.edges: dict[Address, Edge] = {}
        for one in self._drawn:
            self._contribution(one)

    def _is_gone(self, one: str) -> bool:
        told = self._now.get(("presence", one))
        return told is not None and told.kind is Kind.DELETED

    def _topic(self, post: str) -> str | None:
        texts = self._log.directory.contributions.texts
        found = [
            key[2]
            for key, told in self._now.items()
            if key[:2] == ("reference", post) and key[3] == IN and told.value
        ]
        inside = [one for one in found if one in self._there and one.startswith("topic")]
        return max(inside, key=texts.index, default=None)

    def _place(self, one: str) -> Event | None:
        topic = self._topic(one) if one.startswith("post") else None
        return self._now.get(("place", self._there[topic or one].place))

    def _categories(self, one: str) -> list[str]:
        told, found = self._place(one), list[str]()
        while told is not None and told.object is not None and told.object[1:] not in found:
            found.append(told.object[1:])
            told = self._now.get(("place", told.object))
        return found

    def _takes_part(self, who: str | None) -> bool:
        is_bot = self._log.directory.kinds.get(str(who)) == "bot"
        return who is not None and (self._rules.include_bots or not is_bot)

    def _node(self, kind: str, *ids: str) -> Address:
        address = (*PREFIX, kind, self._rules.home, *ids)
        self.mint.setdefault(address, 0.0)
        return address

    def _edge(
        self, kind: str, key: tuple[str, str], source: Address, target: Address, at_ms: int
    ) -> Address:
        prefix = (*PREFIX, *kind.split())
        address = (*prefix, self._rules.home, *key)
        self.edges[address] = (source, target, at_ms, *self._kinds[prefix])
        return address

    def _contribution(self, one: str) -> None:
        event = self._drawn[one]
        sort, number = one.split(":")
        me = self._node(sort, number)
        if self._takes_part(event.actor):
            who = str(event.actor)
            self._edge(
                f"authors {sort}", (who, number), self._node("user", who), me, event.at_ms
            )
        if sort == "post":
            self._in_topic(one, me, self._likes(one, me))
            self._links(one, me)

    def _likes(self, one: str, me: Address) -> float:
        """Draw the likes of a post; return what they weigh together."""
        number, together = one.partition(":")[2], 0.0
        for key, told in self._now.items():
            is_like = key[:2] == ("like", one) and told.text == LIKE
            if not is_like or told.kind is not Kind.REACTED or not self._takes_part(told.actor):
                continue
            who = str(told.actor)
            liker, liking = self._node("user", who), self._node("like", who, number)
            weight = self._trust(who) * self._factors(one)
            self.mint[liking] = 4.0 * weight
            together += weight
            self._edge("createsLike", (who, number), liker, liking, told.at_ms)
            self._edge("likes", (who, number), liking, me, told.at_ms)
        return together

    def _trust(self, who: str) -> float:
        told = self._now.get(("trust", who))
        return TRUST.default if told is None else TRUST.values[str(told.text)[-1]]

    def _factors(self, one: str) -> float:
        about, factors = self._place(one), self._weights.factors
        category = self._categories(one)[:1]
        tags = [tag for tag in str(about.text if about else "").split(",") if tag]
        weight = prod(factors["category"].values.get(each, 1.0) for each in category)
        return weight * prod(factors["tag"].values.get(tag, 1.0) for tag in tags)

    def _in_topic(self, one: str, me: Address, liked: float) -> None:
        topic, at_ms = self._topic(one), self._drawn[one].at_ms
        if topic is None or topic not in self._drawn:
            return
        key = topic.partition(":")[2], one.partition(":")[2]
        outer = self._node("topic", key[0])
        self._edge("topicContainsPost", key, outer, me, at_ms)
        if liked:
            address = self._edge("topicHasLikedPost", key, outer, me, at_ms)
            forward = self.edges[address][3] * liked
            self.edges[address] = (outer, me, at_ms, forward, 0.0)

    def _links(self, one: str, me: Address) -> None:
        number, at_ms = one.partition(":")[2], self._drawn[one].at_ms
        parent = str(self._replied.get(one))
        if parent in self._drawn and parent.startswith("post"):
            other = parent.partition(":")[2]
            self._edge("replyTo", (number, other), me, self._node("post", other), at_ms)
        for key, told in self._now.items():
            if key[1] != one or not told.value:
                continue
            if key[0] == "mention" and self._takes_part(told.object):
                who = str(told.object)
                user = self._node("user", who)
                self._edge("references user", (number, who), me, user, at_ms)
            if key[0] == "reference" and told.object in self._drawn:
                what, other = str(told.object).split(":")
                kind = {REFERS: f"references {what}", QUOTES: "quotes"}.get(str(told.text))
                if kind is not None and (kind != "quotes" or what == "post"):
                    self._edge(kind, (number, other), me, self._node(what, other), at_ms)
