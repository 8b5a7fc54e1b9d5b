"""Sixteen weeks of a made-up community, as the Discord source would have heard them.

Everything is drawn from one seed, nothing from a clock, so the sample is the same for
everybody and its numbers can be quoted. It holds what real servers hold: threads, forum posts,
replies, mentions, praise, many emoji, edits, deletions, reactions taken back, a bot, a webhook,
people who come, go and come back, and somebody who tries to game the scores.
"""

# ruff: noqa: S311 -- a sample; nothing here is a secret

import math
import random
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import Final, TypedDict, Unpack

from bot.demo.cast import (
    BOT,
    BOT_NAME,
    BY_NAME,
    CHANNELS,
    HELPER,
    PEOPLE,
    ROLES,
    SPAMMER,
    WEBHOOK,
    WEBHOOK_NAME,
    CastMember,
    Channel,
)
from bot.demo.snowflakes import snowflake
from cred.facts.events import NSFW, Event, Kind, Provenance
from storage.log.batch import Account, Batch, Place

SOURCE: Final = "discord"
START_MS: Final = 1_783_814_400_000
"""Sunday 12 July 2026, 00:00 UTC."""
WEEKS: Final = 16
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
WEEK = 7 * DAY
_CONVERSATIONS_A_DAY: Final = 14.0


def end_ms(weeks: int = WEEKS) -> int:
    """Return the sample's last moment, a Friday evening, which is the demo's "now"."""
    return START_MS + weeks * WEEK - DAY - 6 * HOUR


def sample_batches(
    seed: int = 1, weeks: int = WEEKS, people: int = len(PEOPLE)
) -> Iterator[Batch]:
    """Return the sample's batches in the order of time: who and where, then a day in each.

    Parameters
    ----------
    seed
        The same seed gives the same batches.
    weeks
        How long the community goes on, at least 1.
    people
        How many of the cast take part, from its most active on.
    """
    return iter(_Story(seed, weeks, people).batches())


class _Fields(TypedDict, total=False):
    """What an event says beside its kind and time."""

    actor: str | None
    target: str | None
    object: str | None
    place: str | None
    text: str | None
    value: int


class _Story:
    """Tells the sample from beginning to end."""

    def __init__(self, seed: int, weeks: int, people: int) -> None:
        self._random = random.Random(seed)
        self._weeks = weeks
        self._end_ms = end_ms(weeks)
        self._cast = PEOPLE[:people]
        self._events: list[Event] = []
        self._threads: list[Place] = []
        self._ids = 0

    def batches(self) -> list[Batch]:
        self._arrivals()
        for day in range(self._weeks * 7):
            self._morning(START_MS + day * DAY)
            # Fewer conversations at weekends, more as the community grows.
            weekend = 0.5 if day % 7 in {0, 6} else 1.0
            growth = 0.75 + 0.5 * day / (self._weeks * 7)
            for _ in range(self._count(_CONVERSATIONS_A_DAY * weekend * growth)):
                self._conversation(START_MS + day * DAY)
        for person in self._cast:
            if person.name == SPAMMER:
                self._flood(person)
        events = sorted(
            (event for event in self._events if event.at_ms < self._end_ms),
            key=lambda event: event.at_ms,
        )
        days = groupby(events, key=lambda event: (event.at_ms - START_MS) // DAY)
        return [self._setting(), *(Batch(events=tuple(today)) for _, today in days)]

    def _setting(self) -> Batch:
        """Return who takes part and where."""
        people = tuple(Account(SOURCE, person.id, "user", person.name) for person in self._cast)
        machines = (
            Account(SOURCE, BOT, "bot", BOT_NAME),
            Account(SOURCE, WEBHOOK, "webhook", WEBHOOK_NAME),
        )
        places = tuple(
            Place(SOURCE, channel.id, channel.name, channel.type) for channel in CHANNELS
        )
        made = tuple(
            _heard(
                Kind.PLACE_CHANGED,
                START_MS,
                place=channel.id,
                object=channel.parent,
                text=channel.type,
                value=NSFW if channel.nsfw else 0,
            )
            for channel in CHANNELS
        )
        return Batch(
            events=made, accounts=(*people, *machines), places=(*places, *self._threads)
        )

    # People

    def _arrivals(self) -> None:
        for person in self._cast:
            at_ms = START_MS + person.joins * WEEK
            if person.joins:
                at_ms += self._random.randrange(2 * DAY)
            self._tell(Kind.JOINED, at_ms, actor=person.id)
            if person.role:
                # Newcomers become gardeners after a fortnight; old hands are it already.
                later = 2 * WEEK if person.joins else 0
                roles = ROLES[person.role]
                self._tell(Kind.ROLES_CHANGED, at_ms + later, actor=person.id, text=roles)
            if person.leaves is not None:
                gone = START_MS + person.leaves * WEEK + 3 * DAY
                self._tell(Kind.LEFT, gone, actor=person.id)
        # One comes back, and one is promoted.
        for name, week, kind, text in (
            ("Pavel Quintero", 13, Kind.JOINED, None),
            ("Kaya Brightwell", 10, Kind.ROLES_CHANGED, "maintainer"),
        ):
            for person in self._cast:
                if person.name == name:
                    both = ",".join(sorted({ROLES[text], ROLES["contributor"]}) if text else ())
                    self._tell(kind, START_MS + week * WEEK, actor=person.id, text=both or None)

    def _there(self, at_ms: int) -> list[CastMember]:
        """Return who talks at a moment."""
        week = (at_ms - START_MS) / WEEK
        return [
            person
            for person in self._cast
            if person.talks
            and person.joins + 2 / 7 <= week
            and (person.leaves is None or week < person.leaves)
        ]

    def _one_of(self, people: Sequence[CastMember], weights: Sequence[float]) -> CastMember:
        return self._random.choices(people, cum_weights=list(accumulate(weights)))[0]

    # What happens

    def _morning(self, at_ms: int) -> None:
        """Let the bot say how the weather is, and the webhook how the build is."""
        at_ms += 7 * HOUR
        weather = self._post(BOT, BY_NAME["general"].id, at_ms, length=120)
        for person in self._there(at_ms)[:6]:
            if self._random.random() < 0.1:  # noqa: PLR2004
                self._react(person, weather, BY_NAME["general"], at_ms)
        for _ in range(self._count(2.0)):
            later = at_ms + self._random.randrange(12 * HOUR)
            self._post(WEBHOOK, BY_NAME["dev"].id, later, length=80)

    def _conversation(self, day_ms: int) -> None:
        at_ms = day_ms + int(min(max(self._random.gauss(15, 4), 0.5), 23.5) * HOUR)
        there = self._there(at_ms)
        if len(there) < 3:  # noqa: PLR2004 -- nobody to talk with
            return
        channel = self._random.choices(CHANNELS, [one.busy for one in CHANNELS])[0]
        starter = self._one_of(there, [person.talks for person in there])
        if channel.name == "props":
            self._praise(channel, starter, there, at_ms)
            return
        place = channel.id
        opening = None
        if channel.type == "forum" or self._random.random() < 0.08:  # noqa: PLR2004
            if channel.type != "forum":
                opening = self._say(starter, channel, place, at_ms)
            place = self._thread(channel, at_ms)
        circle = [starter, *(self._partner(there) for _ in range(self._count(2.2)))]
        said: list[tuple[str, CastMember]] = [(opening, starter)] if opening else []
        for number in range(1 + self._count(3.5 if channel.name == "announcements" else 5.0)):
            # The one who asks begins; afterwards whoever is in the circle.
            speaker = starter if number == 0 else self._random.choice(circle)
            at_ms += int(self._random.expovariate(1 / (9 * MINUTE)))
            said.append((self._answer(speaker, channel, place, at_ms, said), speaker))

    def _answer(
        self,
        speaker: CastMember,
        channel: Channel,
        place: str,
        at_ms: int,
        said: Sequence[tuple[str, CastMember]],
    ) -> str:
        """Say something, often to somebody; sometimes mend it or take it back."""
        chance = self._random.random
        post = self._say(speaker, channel, place, at_ms)
        if said and chance() < 0.4:  # noqa: PLR2004
            parent = self._random.choice(said[-4:])
            self._tell(
                Kind.REPLIED,
                at_ms,
                actor=speaker.id,
                target=post,
                object=parent[0],
                place=place,
            )
        if said and chance() < 0.15:  # noqa: PLR2004
            mentioned = self._random.choice(said)[1]
            self._mention(speaker, post, mentioned, place, at_ms)
        if chance() < 0.05:  # noqa: PLR2004
            later = at_ms + self._random.randrange(20 * MINUTE)
            length = self._length()
            self._tell(
                Kind.EDITED, later, actor=speaker.id, target=post, place=place, value=length
            )
        if chance() < 0.01:  # noqa: PLR2004
            self._tell(
                Kind.DELETED, at_ms + self._random.randrange(HOUR), target=post, place=place
            )
        return post

    def _praise(
        self, channel: Channel, giver: CastMember, there: Sequence[CastMember], at_ms: int
    ) -> None:
        """Thank somebody in #props; the quiet helper is thanked most."""
        others = [person for person in there if person is not giver]
        worth = [
            person.liked * (3 if person.name == HELPER else 1) * math.sqrt(person.talks)
            for person in others
        ]
        post = self._say(giver, channel, channel.id, at_ms, eagerness=2.0)
        thanked = {
            person.id: person
            for person in (self._one_of(others, worth) for _ in range(1 + self._count(0.4)))
        }
        for person in thanked.values():
            self._mention(giver, post, person, channel.id, at_ms)

    def _flood(self, person: CastMember) -> None:
        """Post hundreds of messages in three days, and react to each oneself."""
        begin = START_MS + person.joins * WEEK + 3 * DAY
        place = BY_NAME["random"].id
        for number in range(320):
            at_ms = begin + number * 13 * MINUTE
            post = self._post(person.id, place, at_ms, length=180)
            for emoji in ("🚀", "🔥", "👍"):
                self._tell(
                    Kind.REACTED,
                    at_ms + 900,
                    actor=person.id,
                    target=post,
                    place=place,
                    text=emoji,
                )
            if number % 9 == 0:
                for annoyed in self._random.sample(self._there(at_ms), 3):
                    self._tell(
                        Kind.REACTED,
                        at_ms + HOUR,
                        actor=annoyed.id,
                        target=post,
                        place=place,
                        text="👎",
                    )
            if number >= 200:  # noqa: PLR2004 -- moderators clear up what is not too old
                gone = START_MS + person.joins * WEEK + 6 * DAY
                self._tell(Kind.DELETED, gone, target=post, place=place)

    # How it is told

    def _say(
        self,
        speaker: CastMember,
        channel: Channel,
        place: str,
        at_ms: int,
        eagerness: float = 1.0,
    ) -> str:
        """Post a message, and let others react to it."""
        post = self._post(speaker.id, place, at_ms, length=self._length())
        there = [person for person in self._there(at_ms) if person is not speaker]
        # Most messages get nothing, a few get a dozen: a skewed count with mean about 1.
        expected = 0.9 * speaker.liked * eagerness * self._random.lognormvariate(-0.6, 1.1)
        reactors: dict[str, CastMember] = {}
        for _ in range(min(self._count(expected), len(there))):
            reactor = self._one_of(there, [person.reacts for person in there])
            reactors[reactor.id] = reactor
        for reactor in reactors.values():
            self._react(reactor, post, channel, at_ms, place)
        if self._random.random() < 0.01:  # noqa: PLR2004 -- a little self-love
            self._react(speaker, post, channel, at_ms, place)
        return post

    def _react(
        self,
        reactor: CastMember,
        post: str,
        channel: Channel,
        at_ms: int,
        place: str | None = None,
    ) -> None:
        likely = [1 / (rank + 1) for rank in range(len(channel.emoji))]
        emoji = self._random.choices(channel.emoji, likely)[0]
        later = at_ms + int(self._random.lognormvariate(math.log(25 * MINUTE), 1.6))
        reaction = _Fields(actor=reactor.id, target=post, place=place or channel.id, text=emoji)
        self._tell(Kind.REACTED, later, **reaction)
        if self._random.random() < 0.02:  # noqa: PLR2004 -- a slip of the finger
            self._tell(Kind.UNREACTED, later + MINUTE, **reaction)

    def _mention(
        self, author: CastMember, post: str, mentioned: CastMember, place: str, at_ms: int
    ) -> None:
        self._tell(
            Kind.MENTIONED,
            at_ms,
            actor=author.id,
            target=post,
            object=mentioned.id,
            place=place,
            value=1,
        )

    def _thread(self, channel: Channel, at_ms: int) -> str:
        thread = self._id(at_ms)
        name = f"{channel.name} {len(self._threads) + 1}"
        kind = "thread"
        self._threads.append(Place(SOURCE, thread, name, kind))
        self._tell(Kind.PLACE_CHANGED, at_ms, place=thread, object=channel.id, text=kind)
        return thread

    def _post(self, author: str, place: str, at_ms: int, length: int) -> str:
        post = self._id(at_ms)
        self._tell(Kind.POSTED, at_ms, actor=author, target=post, place=place, value=length)
        return post

    def _tell(self, kind: Kind, at_ms: int, **fields: Unpack[_Fields]) -> None:
        self._events.append(_heard(kind, at_ms, **fields))

    def _id(self, at_ms: int) -> str:
        self._ids += 1
        return str(snowflake(at_ms, self._ids))

    def _partner(self, there: Sequence[CastMember]) -> CastMember:
        return self._one_of(there, [person.talks for person in there])

    def _length(self) -> int:
        return 1 + int(self._random.lognormvariate(math.log(70), 0.9))

    def _count(self, expected: float) -> int:
        """Draw a count with the given mean (Poisson, by Knuth's product)."""
        limit, product, count = math.exp(-expected), self._random.random(), 0
        while product > limit:
            product *= self._random.random()
            count += 1
        return count


def _heard(kind: Kind, at_ms: int, **fields: Unpack[_Fields]) -> Event:
    return Event(
        source=SOURCE,
        kind=kind,
        at_ms=at_ms,
        seen_ms=at_ms,
        provenance=Provenance.LIVE,
        **fields,
    )
