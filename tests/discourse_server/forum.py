"""What users do. Each act changes the forum and, as in Discourse, triggers webhooks.

The same acts as in Discourse trigger none: taking a like back, a new trust level, an edit of a
first post that also changes the topic, and the deletion of topics with their author's account.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from tests.discourse_server.model import Category, Post, Topic, User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.discourse_server.clock import Clock


class Forum:
    """The records of one forum, and what can be done in it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.users: dict[int, User] = {}
        self.categories: dict[int, Category] = {}
        self.topics: dict[int, Topic] = {}
        self.posts: dict[int, Post] = {}
        self.likes_given: dict[int, list[int]] = {}
        """User → posts that they liked, in the order of the likes."""
        self.on_event: list[Callable[[str, str, Post | Topic | User, User | None], None]] = []
        """Called with (type, event, record, user) of what triggers a webhook."""
        self._next = 100
        self.system = User(-1, "system", 4, clock.now_ms(), "system", admin=True)
        self.users[-1] = self.system
        self.general = self.category("General")

    # ── creating ──────────────────────────────────────────────────────────────────────────────

    def user(self, username: str, *, trust: int = 1, hides_profile: bool = False) -> User:
        user = User(
            self._id(), username, trust, self.clock.now_ms(), hides_profile=hides_profile
        )
        self.users[user.id] = user
        self._emit("user", "user_created", user)
        return user

    def category(
        self, name: str, *, parent: Category | None = None, private: bool = False
    ) -> Category:
        category = Category(self._id(), name, None if parent is None else parent.id, private)
        self.categories[category.id] = category
        return category

    def define_category(self, category: Category, user: User) -> Topic:
        """Start the topic that tells what a category is for."""
        topic = self.topic(user, f"About {category.name}", category=category)
        category.definition = topic.id
        return topic

    def topic(
        self,
        user: User,
        title: str = "A topic of this forum",
        *,
        category: Category | None = None,
        tags: Iterable[str] = (),
        text: str = "first",
        cooked: str | None = None,
        external_id: str | None = None,
        to: Iterable[User] | None = None,
    ) -> Topic:
        """Start a topic with its first post; with `to`, a private message."""
        now = self.clock.now_ms()
        topic = Topic(
            self._id(),
            title,
            user.id,
            None if to is not None else (category or self.general).id,
            now,
            now,
            sorted(tags),
            external_id=external_id,
            allowed={user.id, *(reader.id for reader in to or ())},
        )
        self.topics[topic.id] = topic
        self.post(topic, user, text, cooked=cooked)
        self._emit("topic", "topic_created", topic)
        return topic

    def post(
        self,
        topic: Topic,
        user: User,
        text: str = "some words",
        *,
        cooked: str | None = None,
        reply_to: Post | None = None,
        kind: int = 1,
    ) -> Post:
        now = self.clock.now_ms()
        post = Post(
            self._id(),
            topic.id,
            len(topic.posts) + 1,
            user.id,
            now,
            now,
            text,
            cooked if cooked is not None else f"<p>{html.escape(text)}</p>",
            None if reply_to is None else reply_to.number,
            type=kind,
        )
        self.posts[post.id] = post
        topic.posts.append(post.id)
        topic.bumped_ms = now
        self._emit("post", "post_created", post)
        return post

    # ── changing ──────────────────────────────────────────────────────────────────────────────

    def edit(self, post: Post, text: str, *, cooked: str | None = None) -> None:
        post.raw = text
        post.cooked = cooked if cooked is not None else f"<p>{html.escape(text)}</p>"
        post.version += 1
        post.updated_ms = self.clock.now_ms()
        topic = self.topics[post.topic_id]
        if post.id == self.visible_posts(topic)[-1].id:
            topic.bumped_ms = post.updated_ms
        self._emit("post", "post_edited", post)

    def delete(self, post: Post) -> None:
        """Delete a post, as staff; with the first post, the topic is deleted."""
        if post.number == 1:
            self.delete_topic(self.topics[post.topic_id])
            return
        post.deleted_ms = self.clock.now_ms()
        self._emit("post", "post_destroyed", post)

    def take_back(self, post: Post) -> None:
        """Delete a post, as its author: it says "(deleted by author)" for a day."""
        post.user_deleted = True
        self.edit(post, "(post deleted by author)")
        self._emit("post", "post_destroyed", post)

    def recover(self, post: Post) -> None:
        post.deleted_ms, post.user_deleted = None, False
        self._emit("post", "post_recovered", post)

    def delete_topic(self, topic: Topic) -> None:
        topic.deleted_ms = self.posts[topic.posts[0]].deleted_ms = self.clock.now_ms()
        self._emit("topic", "topic_destroyed", topic)

    def recover_topic(self, topic: Topic) -> None:
        topic.deleted_ms = self.posts[topic.posts[0]].deleted_ms = None
        self._emit("topic", "topic_recovered", topic)

    def move(self, topic: Topic, category: Category) -> None:
        topic.category_id = category.id
        self._emit("topic", "topic_edited", topic)

    def tag(self, topic: Topic, *tags: str) -> None:
        topic.tags = sorted(tags)
        self._emit("topic", "topic_edited", topic)

    def split(self, post: Post, topic: Topic) -> None:
        """Move a post into another topic, where it comes last."""
        self.topics[post.topic_id].posts.remove(post.id)
        post.topic_id, post.number, post.reply_to = topic.id, len(topic.posts) + 1, None
        topic.posts.append(post.id)
        self._emit("post", "post_edited", post)

    def give(self, post: Post, user: User) -> None:
        """Change the owner of a post; with the first post, of its topic."""
        post.user_id = user.id
        post.version += 1
        post.updated_ms = self.clock.now_ms()
        if post.number == 1:
            self.topics[post.topic_id].user_id = user.id
        self._emit("post", "post_edited", post)

    def merge(self, user: User, into: User) -> None:
        """Merge an account into another: posts, likes, links. No webhook tells of those."""
        for topic in self.topics.values():
            topic.user_id = into.id if topic.user_id == user.id else topic.user_id
        for post in self.posts.values():
            post.user_id = into.id if post.user_id == user.id else post.user_id
            post.cooked = post.cooked.replace(f'/u/{user.username}"', f'/u/{into.username}"')
            if user.id in post.likes:
                post.likes.setdefault(into.id, post.likes.pop(user.id))
        given = self.likes_given.setdefault(into.id, [])
        given += [post for post in self.likes_given.pop(user.id, []) if post not in given]
        del self.users[user.id]
        self._emit("user", "user_destroyed", user)

    def like(self, post: Post, user: User) -> None:
        if user.id in post.likes:
            return
        post.likes[user.id] = self.clock.now_ms()
        self.likes_given.setdefault(user.id, []).append(post.id)
        self._emit("like", "post_liked", post, user)

    def unlike(self, post: Post, user: User) -> None:
        """Take a like back. No webhook tells of it."""
        if post.likes.pop(user.id, None) is not None:
            self.likes_given[user.id].remove(post.id)

    def trust(self, user: User, level: int) -> None:
        """Set a user's trust level. No webhook tells of it."""
        user.trust_level = level

    def rename(self, user: User, username: str) -> None:
        """Rename a user. As in Discourse, links to the user in posts change as well."""
        self._set_username(user, username)
        self._emit("user", "user_updated", user)

    def anonymise(self, user: User) -> None:
        self._set_username(user, f"anon{user.id * 7919 % 100_000}")
        user.name = None
        self._emit("user", "user_anonymized", user)

    def _set_username(self, user: User, username: str) -> None:
        old_link, user.username = f'/u/{user.username}"', username
        for post in self.posts.values():
            post.cooked = post.cooked.replace(old_link, f'/u/{username}"')

    def delete_user(self, user: User) -> None:
        """Delete an account, with its posts, topics and likes."""
        for post in self.posts.values():
            self.unlike(post, user)
        for topic in self.topics.values():
            if topic.user_id == user.id and topic.deleted_ms is None:
                self.delete_topic(topic)
        for post in self.posts.values():
            if post.user_id == user.id:
                post.deleted_ms = post.deleted_ms or self.clock.now_ms()
                post.user_id = None
        del self.users[user.id]
        self._emit("user", "user_destroyed", user)

    # ── reading ───────────────────────────────────────────────────────────────────────────────

    def visible_posts(self, topic: Topic) -> list[Post]:
        """Return the posts that a topic shows: those that were not deleted, and the first."""
        posts = (self.posts[number] for number in topic.posts)
        return [post for post in posts if post.deleted_ms is None or post.number == 1]

    def can_see(self, viewer: User | None, topic: Topic) -> bool:
        is_admin = viewer is not None and viewer.admin
        if topic.deleted_ms is not None:
            return is_admin
        if topic.category_id is None:
            return viewer is not None and (is_admin or viewer.id in topic.allowed)
        return is_admin or not self.categories[topic.category_id].read_restricted

    def is_listed(self, topic: Topic) -> bool:
        """Tell whether lists have a topic, for whoever may see it."""
        definitions = {category.definition for category in self.categories.values()}
        return not topic.is_message and topic.deleted_ms is None and topic.id not in definitions

    def category_path(self, category: Category) -> str:
        """Return the path of a category in addresses: "plants/trees/5"."""
        parts, around = [category.slug], category.parent_id
        while around is not None:
            parts.insert(0, self.categories[around].slug)
            around = self.categories[around].parent_id
        return "/".join([*parts, str(category.id)])

    def find_user(self, username: str) -> User | None:
        folded = username.casefold()
        return next((u for u in self.users.values() if u.username.casefold() == folded), None)

    def _id(self) -> int:
        self._next += 1
        return self._next

    def _emit(
        self, kind: str, event: str, record: Post | Topic | User, user: User | None = None
    ) -> None:
        for listener in self.on_event:
            listener(kind, event, record, user)
