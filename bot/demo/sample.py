"""Makes sixteen weeks of events of a made-up Discord server, as the Discord source would.

Everything depends on one seed and nothing on a clock, so the sample is the same everywhere and
its numbers can be quoted. It contains what real servers do: threads, forum posts, replies,
mentions, thanks, many emoji, edits, deletions, reactions taken back, a bot, a webhook, people
who join, leave and come back, and somebody who tries to game the scores.
"""

import math
import random
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import Final, Unpack

from bot.demo.calendar import DAY, HOUR, MINUTE, START_MS, WEEK, WEEKS, end_ms
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
    SampleChannel,
)
from bot.demo.chance import EventFields, live_event, poisson
from bot.demo.snowflakes import snowflake
from cred.facts.events import NSFW, Event, Kind
from storage.log.batch import Account, Batch, Place

SOURCE: Final = "discord"
_CONVERSATIONS_A_DAY: Final = 14.0


def sample_batches(
    seed: int = 1, weeks: int = WEEKS, people: int = len(PEOPLE)
) -> Iterator[Batch]:
    """Return the sample's batches in order of time: accounts and places, then one per day.

    Parameters
    ----------
    seed
        The same seed gives the same batches.
    weeks
        Length of the sample, at least 1.
    people
        How many of the cast take part, the most active first.
    """
    return iter(_ServerHistory(seed, weeks, people).batches())


class _ServerHistory:
    """Makes the events of the sample."""

    def __init__(self, seed: int, weeks: int, people: int) -> None:
        self._random = random.Random(seed)
        self._weeks = weeks
        self._end_ms = end_ms(weeks)
        self._cast = PEOPLE[:people]
        self._events: list[Event] = []
        self._threads: list[Place] = []
        self._ids = 0

    def batches(self) -> list[Batch]:
        self._join_and_leave()
        for day in range(self._weeks * 7):
            self._post_automatically(START_MS + day * DAY)
            # Fewer conversations at weekends, more as the community grows.
            weekend = 0.5 if day % 7 in {0, 6} else 1.0
            growth = 0.75 + 0.5 * day / (self._weeks * 7)
            for _ in range(self._count(_CONVERSATIONS_A_DAY * weekend * growth)):
                self._converse(START_MS + day * DAY)
        for person in self._cast:
            if person.name == SPAMMER:
                self._spam(person)
        events = sorted(
            (event for event in self._events if event.at_ms < self._end_ms),
            key=lambda event: event.at_ms,
        )
        days = groupby(events, key=lambda event: (event.at_ms - START_MS) // DAY)
        return [self._accounts_and_places(), *(Batch(events=tuple(today)) for _, today in days)]

    def _accounts_and_places(self) -> Batch:
        """Return the accounts and the places."""
        people = tuple(Account(SOURCE, person.id, "user", person.name) for person in self._cast)
        machines = (
            Account(SOURCE, BOT, "bot", BOT_NAME),
            Account(SOURCE, WEBHOOK, "webhook", WEBHOOK_NAME),
        )
        places = tuple(
            Place(SOURCE, channel.id, channel.name, channel.type) for channel in CHANNELS
        )
        place_events = tuple(
            live_event(
                SOURCE,
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
            events=place_events, accounts=(*people, *machines), places=(*places, *self._threads)
        )

    # People

    def _join_and_leave(self) -> None:
        for person in self._cast:
            at_ms = START_MS + person.joins_week * WEEK
            if person.joins_week:
                at_ms += self._random.randrange(2 * DAY)
            self._add(Kind.JOINED, at_ms, actor=person.id)
            if person.role:
                # Newcomers get their role after a fortnight, the founders at once.
                later = 2 * WEEK if person.joins_week else 0
                role = ROLES[person.role]
                self._add(Kind.ROLES_CHANGED, at_ms + later, actor=person.id, text=role)
            if person.leaves_week is not None:
                gone = START_MS + person.leaves_week * WEEK + 3 * DAY
                self._add(Kind.LEFT, gone, actor=person.id)
        # One of them comes back, and one is promoted.
        for name, week, kind, text in (
            ("Pavel Quintero", 13, Kind.JOINED, None),
            ("Kaya Brightwell", 10, Kind.ROLES_CHANGED, "maintainer"),
        ):
            for person in self._cast:
                if person.name == name:
                    roles = ",".join(
                        sorted({ROLES[text], ROLES["contributor"]}) if text else ()
                    )
                    self._add(kind, START_MS + week * WEEK, actor=person.id, text=roles or None)

    def _active_people(self, at_ms: int) -> list[CastMember]:
        """Return the people who are active at a time."""
        week = (at_ms - START_MS) / WEEK
        return [
            person
            for person in self._cast
            if person.talk_weight
            and person.joins_week + 2 / 7 <= week
            and (person.leaves_week is None or week < person.leaves_week)
        ]

    def _pick(self, people: Sequence[CastMember], weights: Sequence[float]) -> CastMember:
        return self._random.choices(people, cum_weights=list(accumulate(weights)))[0]

    # Conversations

    def _post_automatically(self, at_ms: int) -> None:
        """Post the weather by the bot, and builds by the webhook."""
        at_ms += 7 * HOUR
        weather = self._post(BOT, BY_NAME["general"].id, at_ms, length=120)
        for person in self._active_people(at_ms)[:6]:
            if self._random.random() < 0.1:
                self._react(person, weather, BY_NAME["general"], at_ms)
        for _ in range(self._count(2.0)):
            later = at_ms + self._random.randrange(12 * HOUR)
            self._post(WEBHOOK, BY_NAME["dev"].id, later, length=80)

    def _converse(self, day_ms: int) -> None:
        at_ms = day_ms + int(min(max(self._random.gauss(15, 4), 0.5), 23.5) * HOUR)
        people = self._active_people(at_ms)
        if len(people) < 3:
            return
        channel = self._random.choices(CHANNELS, [channel.activity for channel in CHANNELS])[0]
        starter = self._pick(people, [person.talk_weight for person in people])
        if channel.name == "props":
            self._thank(channel, starter, people, at_ms)
            return
        place = channel.id
        opening = None
        if channel.type == "forum" or self._random.random() < 0.08:
            if channel.type != "forum":
                opening = self._post_with_reactions(starter, channel, place, at_ms)
            place = self._thread(channel, at_ms)
        circle = [starter, *(self._pick_speaker(people) for _ in range(self._count(2.2)))]
        messages: list[tuple[str, CastMember]] = [(opening, starter)] if opening else []
        for number in range(1 + self._count(3.5 if channel.name == "announcements" else 5.0)):
            # The starter speaks first, then anybody in the circle.
            speaker = starter if number == 0 else self._random.choice(circle)
            at_ms += int(self._random.expovariate(1 / (9 * MINUTE)))
            messages.append((self._answer(speaker, channel, place, at_ms, messages), speaker))

    def _answer(
        self,
        speaker: CastMember,
        channel: SampleChannel,
        place: str,
        at_ms: int,
        messages: Sequence[tuple[str, CastMember]],
    ) -> str:
        """Post a message, often as a reply; sometimes edit or delete it."""
        chance = self._random.random
        post = self._post_with_reactions(speaker, channel, place, at_ms)
        if messages and chance() < 0.4:
            parent = self._random.choice(messages[-4:])
            self._add(
                Kind.REPLIED,
                at_ms,
                actor=speaker.id,
                target=post,
                object=parent[0],
                place=place,
            )
        if messages and chance() < 0.15:
            mentioned = self._random.choice(messages)[1]
            self._mention(speaker, post, mentioned, place, at_ms)
        if chance() < 0.05:
            later = at_ms + self._random.randrange(20 * MINUTE)
            length = self._length()
            self._add(
                Kind.EDITED, later, actor=speaker.id, target=post, place=place, value=length
            )
        if chance() < 0.01:
            self._add(
                Kind.DELETED, at_ms + self._random.randrange(HOUR), target=post, place=place
            )
        return post

    def _thank(
        self,
        channel: SampleChannel,
        giver: CastMember,
        people: Sequence[CastMember],
        at_ms: int,
    ) -> None:
        """Thank somebody in #props, most often the quiet helper."""
        others = [person for person in people if person is not giver]
        worth = [
            person.popularity
            * (3 if person.name == HELPER else 1)
            * math.sqrt(person.talk_weight)
            for person in others
        ]
        post = self._post_with_reactions(giver, channel, channel.id, at_ms, eagerness=2.0)
        thanked = {
            person.id: person
            for person in (self._pick(others, worth) for _ in range(1 + self._count(0.4)))
        }
        for person in thanked.values():
            self._mention(giver, post, person, channel.id, at_ms)

    def _spam(self, person: CastMember) -> None:
        """Post hundreds of messages in three days, and react to each of them."""
        begin = START_MS + person.joins_week * WEEK + 3 * DAY
        place = BY_NAME["random"].id
        for number in range(320):
            at_ms = begin + number * 13 * MINUTE
            post = self._post(person.id, place, at_ms, length=180)
            for emoji in ("🚀", "🔥", "👍"):
                self._add(
                    Kind.REACTED,
                    at_ms + 900,
                    actor=person.id,
                    target=post,
                    place=place,
                    text=emoji,
                )
            if number % 9 == 0:
                for annoyed in self._random.sample(self._active_people(at_ms), 3):
                    self._add(
                        Kind.REACTED,
                        at_ms + HOUR,
                        actor=annoyed.id,
                        target=post,
                        place=place,
                        text="👎",
                    )
            if number >= 200:
                gone = START_MS + person.joins_week * WEEK + 6 * DAY
                self._add(Kind.DELETED, gone, target=post, place=place)

    # Events

    def _post_with_reactions(
        self,
        speaker: CastMember,
        channel: SampleChannel,
        place: str,
        at_ms: int,
        eagerness: float = 1.0,
    ) -> str:
        """Post a message, and let others react to it."""
        post = self._post(speaker.id, place, at_ms, length=self._length())
        people = [person for person in self._active_people(at_ms) if person is not speaker]
        # Most messages get no reaction and a few a dozen: a skewed count of mean about 1.
        expected = 0.9 * speaker.popularity * eagerness * self._random.lognormvariate(-0.6, 1.1)
        reactors: dict[str, CastMember] = {}
        for _ in range(min(self._count(expected), len(people))):
            reactor = self._pick(people, [person.reaction_weight for person in people])
            reactors[reactor.id] = reactor
        for reactor in reactors.values():
            self._react(reactor, post, channel, at_ms, place)
        if self._random.random() < 0.01:
            self._react(speaker, post, channel, at_ms, place)
        return post

    def _react(
        self,
        reactor: CastMember,
        post: str,
        channel: SampleChannel,
        at_ms: int,
        place: str | None = None,
    ) -> None:
        likely = [1 / (rank + 1) for rank in range(len(channel.emoji))]
        emoji = self._random.choices(channel.emoji, likely)[0]
        later = at_ms + int(self._random.lognormvariate(math.log(25 * MINUTE), 1.6))
        reaction = EventFields(
            actor=reactor.id, target=post, place=place or channel.id, text=emoji
        )
        self._add(Kind.REACTED, later, **reaction)
        if self._random.random() < 0.02:
            self._add(Kind.UNREACTED, later + MINUTE, **reaction)

    def _mention(
        self, author: CastMember, post: str, mentioned: CastMember, place: str, at_ms: int
    ) -> None:
        self._add(
            Kind.MENTIONED,
            at_ms,
            actor=author.id,
            target=post,
            object=mentioned.id,
            place=place,
            value=1,
        )

    def _thread(self, channel: SampleChannel, at_ms: int) -> str:
        thread = self._id(at_ms)
        name = f"{channel.name} {len(self._threads) + 1}"
        kind = "thread"
        self._threads.append(Place(SOURCE, thread, name, kind))
        self._add(Kind.PLACE_CHANGED, at_ms, place=thread, object=channel.id, text=kind)
        return thread

    def _post(self, author: str, place: str, at_ms: int, length: int) -> str:
        post = self._id(at_ms)
        self._add(Kind.POSTED, at_ms, actor=author, target=post, place=place, value=length)
        return post

    def _add(self, kind: Kind, at_ms: int, **fields: Unpack[EventFields]) -> None:
        self._events.append(live_event(SOURCE, kind, at_ms, **fields))

    def _id(self, at_ms: int) -> str:
        self._ids += 1
        return str(snowflake(at_ms, self._ids))

    def _pick_speaker(self, people: Sequence[CastMember]) -> CastMember:
        return self._pick(people, [person.talk_weight for person in people])

    def _length(self) -> int:
        return 1 + int(self._random.lognormvariate(math.log(70), 0.9))

    def _count(self, mean: float) -> int:
        return poisson(self._random, mean)
