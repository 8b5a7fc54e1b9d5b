"""A year of a forum, day by day, at random, and the same every time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.discourse_server import DiscourseServer
    from tests.discourse_server.model import Category, Post, Topic, User

DAYS = 365
TAGS = ("seeds", "help", "news", "tools")


@dataclass
class Year:
    """What happens, and what of it depends on how it is read."""

    server: DiscourseServer
    chance: random.Random
    acts: Counter[str] = field(default_factory=Counter)
    joined: int = 0
    users: list[User] = field(default_factory=list)
    open_to_all: list[Category] = field(default_factory=list)
    shy: set[str] = field(default_factory=set)
    """Accounts that hide the times of their likes."""
    given_again: set[tuple[str, str]] = field(default_factory=set)
    """Likes (post, account) that were taken back and given again."""
    _unliked: dict[int, set[int]] = field(default_factory=dict)
    split: set[str] = field(default_factory=set)
    """Posts that were moved to another topic, and the replies to them."""

    def begin(self) -> None:
        forum = self.server.forum
        inner = forum.category("Inner", parent=forum.general)
        self.open_to_all = [forum.general, inner, forum.category("Tools")]
        self.staff = forum.category("Staff", private=True)
        for number in range(12):
            self.join(hides=number == 11)

    def day(self) -> None:
        """Let a day pass, with some acts in it."""
        often: list[tuple[Callable[[], object], int]] = [
            *((self.topic, 6), (self.reply, 30), (self.like, 40), (self.unlike, 6)),
            *((self.edit, 8), (self.delete, 2), (self.recover, 1), (self.take_back, 1)),
            *((self.delete_topic, 1), (self.recover_topic, 1), (self.move, 2), (self.tag, 3)),
            *((self.join, 2), (self.promote, 3), (self.rename, 1), (self.whisper, 1)),
        ]
        acts, weights = zip(*often, strict=True)
        count = self.chance.randrange(2, 7)
        for act in self.chance.choices(acts, weights, k=count):
            self.server.clock.advance(86_400 / (count + 1))
            act()
            self.acts[act.__name__] += 1
        if self.chance.random() < 0.03:
            self.chance.choice([self.anonymise, self.leave, self.split_off])()
        self.server.clock.advance(86_400 / (count + 1))

    # ── acts ──────────────────────────────────────────────────────────────────────────────────

    def join(self, *, hides: bool = False) -> None:
        self.joined += 1
        name = f"user{self.joined}"
        trust = self.chance.randrange(4)
        user = self.server.forum.user(name, trust=trust, hides_profile=hides)
        self.users.append(user)
        if hides:
            self.shy.add(str(user.id))

    def topic(self) -> None:
        private = self.chance.random() < 0.05
        category = self.staff if private else self.chance.choice(self.open_to_all)
        tags = self.chance.sample(TAGS, self.chance.randrange(3))
        self.server.forum.topic(self.user(), category=category, tags=tags, cooked=self.html())

    def whisper(self) -> None:
        self.server.forum.topic(self.user(), to=[self.user()])

    def reply(self) -> None:
        topic = self.any_topic()
        if topic is not None:
            posts = self.server.forum.visible_posts(topic)
            to = self.chance.choice(posts) if self.chance.random() < 0.6 else None
            if to is not None and f"post:{to.id}" in self.split:
                to = None
            self.server.forum.post(topic, self.user(), cooked=self.html(), reply_to=to)

    def like(self) -> None:
        post = self.any_post()
        if post is not None:
            who = self.user()
            if who.id in self._unliked.get(post.id, ()):
                self.given_again.add((f"post:{post.id}", str(who.id)))
            self.server.forum.like(post, who)

    def unlike(self) -> None:
        post = self.any_post()
        if post is not None and post.likes:
            who = self.chance.choice(sorted(post.likes))
            self._unliked.setdefault(post.id, set()).add(who)
            self.server.forum.unlike(post, self.server.forum.users[who])

    def edit(self) -> None:
        post = self.any_post()
        if post is not None:
            self.server.forum.edit(post, "edited", cooked=self.html())

    def delete(self) -> None:
        post = self.any_post()
        if post is not None:
            self.server.forum.delete(post)

    def take_back(self) -> None:
        post = self.any_post()
        if post is not None and post.number > 1:
            self.server.forum.take_back(post)

    def recover(self) -> None:
        deleted = [post for post in self.posts() if post.deleted_ms or post.user_deleted]
        deleted = [post for post in deleted if post.user_id is not None and post.number > 1]
        if deleted:
            self.server.forum.recover(self.chance.choice(deleted))

    def delete_topic(self) -> None:
        topic = self.any_topic()
        if topic is not None:
            self.server.forum.delete_topic(topic)

    def recover_topic(self) -> None:
        forum = self.server.forum
        deleted = [
            topic
            for topic in forum.topics.values()
            if topic.deleted_ms and not topic.is_message
        ]
        deleted = [topic for topic in deleted if topic.user_id in forum.users]
        if deleted:
            forum.recover_topic(self.chance.choice(deleted))

    def move(self) -> None:
        topic = self.any_topic()
        if topic is not None:
            to = self.staff if self.chance.random() < 0.2 else None
            self.server.forum.move(topic, to or self.chance.choice(self.open_to_all))

    def tag(self) -> None:
        topic = self.any_topic()
        if topic is not None:
            tags = self.chance.sample(TAGS, self.chance.randrange(4))
            self.server.forum.tag(topic, *tags)

    def promote(self) -> None:
        self.server.forum.trust(self.user(), self.chance.randrange(5))

    def rename(self) -> None:
        user = self.user()
        self.server.forum.rename(user, f"{user.username}x")

    def anonymise(self) -> None:
        self.server.forum.anonymise(self.user())
        self.acts["anonymise"] += 1

    def leave(self) -> None:
        user = self.user()
        self.users.remove(user)
        self.server.forum.delete_user(user)
        self.acts["leave"] += 1

    def split_off(self) -> None:
        forum, post, to = self.server.forum, self.any_post(), self.any_topic()
        if post is None or to is None or post.number == 1 or post.topic_id == to.id:
            return
        for post_id in forum.topics[post.topic_id].posts:
            if forum.posts[post_id].reply_to == post.number:
                self.split.add(f"post:{post_id}")
        self.split.add(f"post:{post.id}")
        forum.split(post, to)
        self.acts["split_off"] += 1

    # ── at random ─────────────────────────────────────────────────────────────────────────────

    def user(self) -> User:
        return self.chance.choice(self.users)

    def posts(self) -> list[Post]:
        return list(self.server.forum.posts.values())

    def any_topic(self) -> Topic | None:
        forum = self.server.forum
        topics = [
            topic
            for topic in forum.topics.values()
            if not topic.deleted_ms and not topic.is_message
        ]
        return self.chance.choice(topics[-40:]) if topics else None

    def any_post(self) -> Post | None:
        topic = self.any_topic()
        if topic is None:
            return None
        return self.chance.choice(self.server.forum.visible_posts(topic))

    def html(self) -> str:
        """Return a post's HTML: words, and now and then links to users, topics and posts."""
        words = " ".join(["word"] * self.chance.randrange(1, 30))
        links = []
        if self.chance.random() < 0.2:
            links.append(f"/u/{self.user().username}")
        topic = self.any_topic()
        if topic is not None and self.chance.random() < 0.2:
            links.append(f"{self.server.url}/t/a-topic/{topic.id}")
        if topic is not None and self.chance.random() < 0.2:
            number = self.chance.choice(self.server.forum.visible_posts(topic)).number
            links.append(f"/t/a-topic/{topic.id}/{number}")
        return f"<p>{words}</p>" + "".join(f'<a href="{link}">link</a>' for link in links)
