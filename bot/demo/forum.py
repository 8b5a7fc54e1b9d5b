"""Makes the events of the sample community's forum, as the Discourse source would.

It has fewer people than the server, and its conversations are slower. Some people are on both
under different names, which nothing in the events tells. Posts are longer than messages.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Unpack

from bot.demo.calendar import DAY, HOUR, MINUTE, START_MS, WEEKS, end_ms
from bot.demo.chance import EventFields, live_event, poisson
from cred.facts.events import Event, Kind
from storage.log.batch import Account, Batch, Place

SOURCE: Final = "discourse"
URL: Final = "https://forum.lantern.example"
"""Address of the fictional forum."""
HELPERS_NAME: Final = "imke"
"""The helper's name on the forum."""

_TOPICS_A_DAY: Final = 0.7
_USUAL_DELAY_MS: Final = 4 * HOUR
"""Mean time until the next post of a topic."""


@dataclass(frozen=True, slots=True)
class ForumMember:
    """A member of the forum."""

    id: str
    username: str
    post_weight: float
    """Share of posts, relative to the others."""
    popularity: float
    """How often their posts are liked; 1 is usual."""
    like_weight: float
    """Share of likes given, relative to the others."""
    trust_level: int


MEMBERS: Final = (
    ForumMember("2", "okonjo", 5.0, 1.3, 4.0, 4),
    ForumMember("3", "bruno", 3.0, 1.2, 2.0, 3),
    ForumMember("4", HELPERS_NAME, 5.0, 2.0, 2.0, 3),
    ForumMember("5", "dilnoza", 2.0, 1.4, 3.0, 3),
    ForumMember("6", "mossgatherer", 4.0, 1.5, 3.0, 3),
    ForumMember("7", "greta-greenhouse", 3.0, 1.0, 2.0, 2),
    ForumMember("8", "tinkering_tom", 3.0, 0.9, 1.0, 2),
    ForumMember("9", "sensor.sal", 2.0, 1.1, 2.0, 2),
    ForumMember("10", "quietfern", 1.5, 1.6, 4.0, 2),
    ForumMember("11", "jb_potts", 1.5, 0.8, 1.0, 1),
    ForumMember("12", "wren", 1.0, 1.0, 3.0, 1),
    ForumMember("13", "firsttimer", 0.7, 0.7, 1.0, 0),
)
_CATEGORIES: Final = (
    ("c1", "Guides", None, 3.0, ("guide",)),
    ("c2", "Hardware", None, 3.0, ("hardware", "sensors")),
    ("c3", "Sensors", "c2", 2.0, ("sensors",)),
    ("c4", "Lounge", None, 2.0, ()),
)
# Id, name, parent, share of topics, tags that topics may have.

SETTINGS: Final[dict[str, str | float]] = {
    "discourse.url": URL,
    "weights.category.4": 0.25,
    "weights.tag.guide": 1.5,
}
"""The community's settings about the forum."""


def forum_batches(seed: int = 1, weeks: int = WEEKS) -> Iterator[Batch]:
    """Return the forum's batches in order of time: accounts and places, then one per day."""
    history = _ForumHistory(seed, end_ms(weeks))
    for day in range(weeks * 7):
        for _ in range(history.count(_TOPICS_A_DAY)):
            history.add_topic(START_MS + day * DAY)
    yield history.accounts_and_places()
    events = sorted(
        (event for event in history.events if event.at_ms < history.end_ms),
        key=lambda event: event.at_ms,
    )
    for _, today in groupby(events, key=lambda event: (event.at_ms - START_MS) // DAY):
        yield Batch(events=tuple(today))


class _ForumHistory:
    """Makes the events of the forum."""

    def __init__(self, seed: int, end_ms: int) -> None:
        self._random = random.Random(f"forum {seed}")
        self.end_ms = end_ms
        self.events: list[Event] = []
        self._topics = 0
        self._posts = 0
        self._links: list[tuple[int, str]] = []

    def accounts_and_places(self) -> Batch:
        """Return the accounts and the places."""
        return Batch(
            events=(
                *(
                    live_event(
                        SOURCE,
                        Kind.PLACE_CHANGED,
                        START_MS,
                        place=id_,
                        object=parent,
                        text="category",
                    )
                    for id_, _, parent, _, _ in _CATEGORIES
                ),
                *(
                    live_event(
                        SOURCE,
                        Kind.ROLES_CHANGED,
                        START_MS,
                        actor=member.id,
                        text=f"trust:{member.trust_level}",
                    )
                    for member in MEMBERS
                ),
            ),
            accounts=tuple(
                Account(SOURCE, member.id, "user", member.username) for member in MEMBERS
            ),
            places=tuple(
                Place(SOURCE, id_, name, "category") for id_, name, _, _, _ in _CATEGORIES
            ),
        )

    def add_topic(self, day_ms: int) -> None:
        """Add a topic and its posts."""
        chance = self._random.random
        at_ms = day_ms + int(chance() * DAY)
        category, _, _, _, tags = self._random.choices(
            _CATEGORIES, [share for _, _, _, share, _ in _CATEGORIES]
        )[0]
        self._topics += 1
        place, topic = f"t{self._topics}", f"topic:{self._topics}"
        chosen = ",".join(sorted(tag for tag in tags if chance() < 0.6))
        author = self._pick([member.post_weight for member in MEMBERS])
        fields = EventFields(actor=author.id, target=topic, place=place, text="topic")
        self._add(Kind.PLACE_CHANGED, at_ms, place=place, object=category, text=chosen)
        self._add(Kind.POSTED, at_ms, **fields)
        posts = [(self._post(author, place, at_ms), author)]
        for _ in range(self.count(4.0)):
            at_ms += int(self._random.expovariate(1 / _USUAL_DELAY_MS)) + MINUTE
            speaker = self._pick([member.post_weight for member in MEMBERS])
            post = self._post(speaker, place, at_ms)
            parent, asked = posts[0] if chance() < 0.5 else self._random.choice(posts)
            self._add(
                Kind.REPLIED, at_ms, actor=speaker.id, target=post, object=parent, place=place
            )
            if speaker is not asked and chance() < 0.2:
                self._point_to(Kind.MENTIONED, at_ms, speaker, post, place, asked.id)
            if self._links and chance() < 0.15:
                earlier = [target for posted_ms, target in self._links if posted_ms < at_ms]
                if earlier:
                    other = self._random.choice(earlier)
                    self._point_to(
                        Kind.REFERENCED, at_ms, speaker, post, place, other, "refers to"
                    )
            posts.append((post, speaker))
        self._links += [(at_ms, topic), (at_ms, posts[0][0])]

    def count(self, mean: float) -> int:
        """Draw a Poisson-distributed count."""
        return poisson(self._random, mean)

    def _post(self, author: ForumMember, place: str, at_ms: int) -> str:
        self._posts += 1
        post = f"post:{self._posts}"
        self._add(
            Kind.POSTED,
            at_ms,
            actor=author.id,
            target=post,
            place=place,
            text="post",
            value=40 + int(self._random.lognormvariate(math.log(400), 0.8)),
        )
        others = [member for member in MEMBERS if member is not author]
        expected = 1.2 * author.popularity * self._random.lognormvariate(-0.4, 0.9)
        likers = {
            liker.id: liker
            for liker in (
                self._pick([member.like_weight for member in others], others)
                for _ in range(min(self.count(expected), len(others)))
            )
        }
        for liker in likers:
            later = at_ms + int(self._random.lognormvariate(math.log(5 * HOUR), 1.2))
            like = EventFields(actor=liker, target=post, place=place, text="like")
            self._add(Kind.REACTED, later, **like)
            if self._random.random() < 0.02:
                self._add(Kind.UNREACTED, later + MINUTE, **like)
        return post

    def _point_to(
        self,
        kind: Kind,
        at_ms: int,
        author: ForumMember,
        post: str,
        place: str,
        other: str,
        text: str | None = None,
    ) -> None:
        self._add(
            kind,
            at_ms,
            actor=author.id,
            target=post,
            object=other,
            place=place,
            text=text,
            value=1,
        )

    def _pick(
        self, weights: Sequence[float], members: Sequence[ForumMember] = MEMBERS
    ) -> ForumMember:
        return self._random.choices(members, weights)[0]

    def _add(self, kind: Kind, at_ms: int, **fields: Unpack[EventFields]) -> None:
        self.events.append(live_event(SOURCE, kind, at_ms, **fields))
