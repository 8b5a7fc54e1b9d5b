"""The sample community's forum: the same sixteen weeks, as Discourse's source would hear them.

Fewer people than on the server, and slower; some are on both, under other names, and nothing
says so until they do. Longer things are written here, so likes are worth more.
"""

# ruff: noqa: S311 -- a sample; nothing here is a secret

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from bot.demo.cast import HELPER, MAINTAINER
from bot.demo.sample import DAY, HOUR, MINUTE, START_MS, WEEKS, end_ms
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch, Place

SOURCE: Final = "discourse"
URL: Final = "https://forum.lantern.example"
"""Address of the fictional forum."""
HELPERS_NAME: Final = "imke"
"""What the helper is called here."""

_TOPICS_A_DAY: Final = 0.7
_LATER: Final = 4 * HOUR
"""Usual time until the next post of a topic."""


@dataclass(frozen=True, slots=True)
class ForumMember:
    """Somebody on the forum."""

    id: str
    username: str
    writes: float
    """Share of posts, relative to the others."""
    liked: float
    likes: float
    """How often they like, relative to the others."""
    trust: int
    is_also: str | None = None
    """Who it is on the server: nobody is told, they say so themselves."""


MEMBERS: Final = (
    ForumMember("2", "ada_o", 5.0, 1.3, 4.0, 4, MAINTAINER),
    ForumMember("3", "bruno", 3.0, 1.2, 2.0, 3, "Bruno Castellan"),
    ForumMember("4", HELPERS_NAME, 5.0, 2.0, 2.0, 3, HELPER),
    ForumMember("5", "dilnoza", 2.0, 1.4, 3.0, 3, "Dilnoza Rahim"),
    ForumMember("6", "mossgatherer", 4.0, 1.5, 3.0, 3),
    ForumMember("7", "greta-greenhouse", 3.0, 1.0, 2.0, 2),
    ForumMember("8", "tinkering_tom", 3.0, 0.9, 1.0, 2, "Tomasz Ferreira"),
    ForumMember("9", "sensor.sal", 2.0, 1.1, 2.0, 2),
    ForumMember("10", "quietfern", 1.5, 1.6, 4.0, 2),
    ForumMember("11", "jb_potts", 1.5, 0.8, 1.0, 1),
    ForumMember("12", "wren", 1.0, 1.0, 3.0, 1, "Wanjiru Costa"),
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
"""What the community decided on its forum."""


def forum_batches(seed: int = 1, weeks: int = WEEKS) -> Iterator[Batch]:
    """Return the forum's batches in the order of time: who and where, then a day in each."""
    story = _Story(seed, end_ms(weeks))
    for day in range(weeks * 7):
        for _ in range(story.count(_TOPICS_A_DAY)):
            story.topic(START_MS + day * DAY)
    yield story.setting()
    events = sorted(
        (event for event in story.events if event.at_ms < story.end_ms),
        key=lambda event: event.at_ms,
    )
    for _, today in groupby(events, key=lambda event: (event.at_ms - START_MS) // DAY):
        yield Batch(events=tuple(today))


class _Story:
    """Tells the forum's history, topic by topic."""

    def __init__(self, seed: int, end: int) -> None:
        self._random = random.Random(f"forum {seed}")
        self.end_ms = end
        self.events: list[Event] = []
        self._topics = 0
        self._posts = 0
        self._links: list[tuple[int, str]] = []

    def setting(self) -> Batch:
        """Return who takes part and where."""
        return Batch(
            events=(
                *(
                    _heard(
                        Kind.PLACE_CHANGED, START_MS, place=id_, object=parent, text="category"
                    )
                    for id_, _, parent, _, _ in _CATEGORIES
                ),
                *(
                    _heard(
                        Kind.ROLES_CHANGED,
                        START_MS,
                        actor=member.id,
                        text=f"trust:{member.trust}",
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

    def topic(self, day_ms: int) -> None:
        """Let somebody open a topic, and others answer."""
        chance = self._random.random
        at_ms = day_ms + int(chance() * DAY)
        category, _, _, _, tags = self._random.choices(
            _CATEGORIES, [share for _, _, _, share, _ in _CATEGORIES]
        )[0]
        self._topics += 1
        place, topic = f"t{self._topics}", f"topic:{self._topics}"
        chosen = ",".join(sorted(tag for tag in tags if chance() < 0.6))  # noqa: PLR2004
        author = self._one_of([member.writes for member in MEMBERS])
        about = {"actor": author.id, "target": topic, "place": place, "text": "topic"}
        self._tell(Kind.PLACE_CHANGED, at_ms, place=place, object=category, text=chosen)
        self._tell(Kind.POSTED, at_ms, **about)
        said = [(self._post(author, place, at_ms), author)]
        for _ in range(self.count(4.0)):
            at_ms += int(self._random.expovariate(1 / _LATER)) + MINUTE
            speaker = self._one_of([member.writes for member in MEMBERS])
            post = self._post(speaker, place, at_ms)
            parent, asked = said[0] if chance() < 0.5 else self._random.choice(said)  # noqa: PLR2004
            self._tell(
                Kind.REPLIED, at_ms, actor=speaker.id, target=post, object=parent, place=place
            )
            if speaker is not asked and chance() < 0.2:  # noqa: PLR2004
                self._name(Kind.MENTIONED, at_ms, speaker, post, place, asked.id)
            if self._links and chance() < 0.15:  # noqa: PLR2004
                earlier = [one for when, one in self._links if when < at_ms]
                if earlier:
                    other = self._random.choice(earlier)
                    self._name(Kind.REFERENCED, at_ms, speaker, post, place, other, "refers to")
            said.append((post, speaker))
        self._links += [(at_ms, topic), (at_ms, said[0][0])]

    def count(self, expected: float) -> int:
        """Draw a count with the given mean (Poisson, by Knuth's product)."""
        limit, product, count = math.exp(-expected), self._random.random(), 0
        while product > limit:
            product *= self._random.random()
            count += 1
        return count

    def _post(self, author: ForumMember, place: str, at_ms: int) -> str:
        self._posts += 1
        post = f"post:{self._posts}"
        self._tell(
            Kind.POSTED,
            at_ms,
            actor=author.id,
            target=post,
            place=place,
            text="post",
            value=40 + int(self._random.lognormvariate(math.log(400), 0.8)),
        )
        others = [member for member in MEMBERS if member is not author]
        expected = 1.2 * author.liked * self._random.lognormvariate(-0.4, 0.9)
        likers = {
            liker.id: liker
            for liker in (
                self._one_of([member.likes for member in others], others)
                for _ in range(min(self.count(expected), len(others)))
            )
        }
        for liker in likers:
            later = at_ms + int(self._random.lognormvariate(math.log(5 * HOUR), 1.2))
            like = {"actor": liker, "target": post, "place": place, "text": "like"}
            self._tell(Kind.REACTED, later, **like)
            if self._random.random() < 0.02:  # noqa: PLR2004 -- thought better of it
                self._tell(Kind.UNREACTED, later + MINUTE, **like)
        return post

    def _name(  # noqa: PLR0913, PLR0917 -- who names what where
        self,
        kind: Kind,
        at_ms: int,
        author: ForumMember,
        post: str,
        place: str,
        named: str,
        text: str | None = None,
    ) -> None:
        about = {"actor": author.id, "target": post, "object": named, "place": place}
        self._tell(kind, at_ms, **about, text=text, value=1)

    def _one_of(
        self, weights: Sequence[float], members: Sequence[ForumMember] = MEMBERS
    ) -> ForumMember:
        return self._random.choices(members, weights)[0]

    def _tell(self, kind: Kind, at_ms: int, **fields: Any) -> None:  # noqa: ANN401 -- an event's
        self.events.append(_heard(kind, at_ms, **fields))


def _heard(kind: Kind, at_ms: int, **fields: Any) -> Event:  # noqa: ANN401 -- an event's
    return Event(
        source=SOURCE,
        kind=kind,
        at_ms=at_ms,
        seen_ms=at_ms,
        provenance=Provenance.LIVE,
        **fields,
    )
