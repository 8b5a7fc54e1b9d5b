"""The operations of the API, by the paths that the contract gives them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.discourse_server import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.discourse_server.forum import Forum
    from tests.discourse_server.model import Json, Post, Topic, User

ROWS = 30
"""Topics or likes on a page."""
POSTS = 50
CHUNK = 20
LIKERS = 200


class HttpError(Exception):
    """Discourse refuses a request, with a status and an error type."""

    def __init__(self, status: int, error_type: str, *, location: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.body = {"errors": [error_type], "error_type": error_type}
        self.location = location


class Call:
    """One request, with the user that makes it."""

    def __init__(
        self, forum: Forum, viewer: User | None, query: Mapping[str, list[str]], body: Json
    ) -> None:
        self.forum = forum
        self.viewer = viewer
        self.query = query
        self.body = body

    def number(self, name: str, default: int = 0) -> int:
        text = self.query.get(name, [str(default)])[0]
        return int(text) if text.lstrip("-").isdigit() else default

    @property
    def user(self) -> User:
        if self.viewer is None:
            raise HttpError(403, "not_logged_in")
        return self.viewer

    def topic(self, text: str) -> Topic:
        topic = self.forum.topics.get(int(text)) if text.isdigit() else None
        if topic is None:
            raise HttpError(404, "not_found")
        if not self.forum.can_see(self.viewer, topic):
            # Discourse answers 403 for what is hidden, unless it was deleted.
            raise HttpError(404 if topic.deleted_ms else 403, "invalid_access")
        return topic

    def post(self, text: str) -> Post:
        post = self.forum.posts.get(int(text)) if text.isdigit() else None
        if post is None:
            raise HttpError(404, "not_found")
        self.topic(str(post.topic_id))
        if post.deleted_ms is not None and not (self.viewer and self.viewer.admin):
            raise HttpError(404, "not_found")
        return post


def get_site(call: Call) -> Json:
    is_admin = call.viewer is not None and call.viewer.admin
    return objects.site_json(
        call.forum,
        [c for c in call.forum.categories.values() if is_admin or not c.read_restricted],
    )


def list_reactions(_call: Call, _id: str) -> Json:
    """The forum has not the plugin; a test that wants it has `troubles` answer."""
    raise HttpError(404, "not_found")


def get_category(call: Call, id_: str) -> Json:
    category = call.forum.categories.get(int(id_)) if id_.isdigit() else None
    if category is None:
        raise HttpError(404, "not_found")
    if category.read_restricted and not (call.viewer and call.viewer.admin):
        raise HttpError(403, "invalid_access")
    return objects.shown_category_json(call.forum, category)


def list_categories(call: Call) -> Json:
    is_admin = call.viewer is not None and call.viewer.admin
    return objects.category_list_json(
        call.forum,
        [c for c in call.forum.categories.values() if is_admin or not c.read_restricted],
    )


def list_topics(call: Call) -> Json:
    forum = call.forum
    muted = {category.id for category in forum.categories.values() if category.muted}
    topics = [
        topic
        for topic in forum.topics.values()
        if forum.is_listed(topic)
        and topic.category_id not in muted
        and forum.can_see(call.viewer, topic)
    ]
    return _page_of_topics(call, topics)


def list_category_topics(call: Call, path: str) -> Json:
    """Return a category's topics and those of categories inside it, if these are not muted."""
    forum, number = call.forum, path.rpartition("/")[2]
    category = forum.categories.get(int(number)) if number.isdigit() else None
    if category is None or (category.read_restricted and not call.user.admin):
        raise HttpError(404, "not_found")
    right = forum.category_path(category)
    if path != right:
        raise HttpError(301, "", location=f"/c/{right}/l/latest.json")
    inside = {
        inner.id
        for inner in forum.categories.values()
        if inner.parent_id == category.id and not inner.muted
    }
    topics = [
        topic
        for topic in forum.topics.values()
        if topic.deleted_ms is None and topic.category_id in {category.id, *inside}
    ]
    return _page_of_topics(call, topics)


def _page_of_topics(call: Call, topics: list[Topic]) -> Json:
    forum = call.forum
    order = call.query.get("order", ["activity"])[0]
    ascending = call.query.get("ascending", ["false"])[0] == "true"

    def key(topic: Topic) -> tuple[bool, int, int]:
        if order == "created":
            return (False, topic.created_ms, topic.id)
        return (topic.pinned, topic.bumped_ms, topic.id)

    topics.sort(key=key, reverse=not ascending)
    size = min(call.number("per_page", ROWS), 100)
    start = call.number("page") * size
    page = topics[start : start + size]
    return {
        "users": [],
        "primary_groups": [],
        "topic_list": {
            "can_create_topic": True,
            "per_page": size,
            "topics": [objects.listed_topic_json(forum, topic) for topic in page],
        },
    }


def list_messages(call: Call, name: str) -> Json:
    """Return a user's private messages. Only the user and admins may ask."""
    forum, user = call.forum, call.forum.find_user(name)
    if user is None:
        raise HttpError(404, "not_found")
    if not (call.user.admin or call.user.id == user.id):
        raise HttpError(403, "invalid_access")
    messages = [
        topic
        for topic in forum.topics.values()
        if topic.is_message and user.id in topic.allowed and topic.deleted_ms is None
    ]
    messages.sort(key=lambda topic: (-topic.bumped_ms, -topic.id))
    topics = [objects.listed_topic_json(forum, topic) for topic in messages[:ROWS]]
    return {"users": [], "primary_groups": [], "topic_list": {"topics": topics}}


def list_posts(call: Call) -> Json:
    # A page is a span of ids, so it may be empty although there are older posts.
    forum, before = call.forum, call.number("before")
    last = before if before > 0 else max(call.forum.posts, default=0)
    posts = [
        post
        for post in forum.posts.values()
        if last - POSTS < post.id <= last
        and post.deleted_ms is None
        and forum.topics[post.topic_id].deleted_ms is None
        and not forum.topics[post.topic_id].is_message
        and forum.can_see(call.viewer, forum.topics[post.topic_id])
    ]
    posts.sort(key=lambda post: -post.id)
    return {"latest_posts": [objects.post_json(forum, post, "latest") for post in posts]}


def get_topic(call: Call, id_: str) -> Json:
    return objects.topic_json(call.forum, call.topic(id_), CHUNK, max(call.number("page"), 1))


def get_topic_posts(call: Call, id_: str) -> Json:
    topic = call.topic(id_)
    wanted = {int(number) for number in call.query.get("post_ids[]", [])}
    posts = [post for post in call.forum.visible_posts(topic) if post.id in wanted]
    return {
        "post_stream": {
            "posts": [objects.post_json(call.forum, post, "view") for post in posts]
        },
        "id": topic.id,
    }


def get_post(call: Call, id_: str) -> Json:
    return objects.post_json(call.forum, call.post(id_), "single")


def get_post_by_number(call: Call, topic_id: str, number: str) -> Json:
    topic = call.topic(topic_id)
    for post_id in topic.posts:
        if str(call.forum.posts[post_id].number) == number:
            return get_post(call, str(post_id))
    raise HttpError(404, "not_found")


def list_replies(call: Call, id_: str) -> list[Json]:
    parent, forum = call.post(id_), call.forum
    return [
        objects.post_json(forum, reply, "reply")
        for reply in forum.visible_posts(forum.topics[parent.topic_id])
        if reply.reply_to == parent.number
    ]


def list_likers(call: Call) -> Json:
    post = call.post(call.query.get("id", [""])[0])
    if call.number("post_action_type_id") != objects.LIKE:
        return {"post_action_users": []}
    size = min(call.number("limit", LIKERS), LIKERS)
    start = call.number("page") * size
    page = list(post.likes)[start : start + size]
    return {
        "post_action_users": [objects.liker_json(call.forum.users[user_id]) for user_id in page]
    }


def list_likes_given(call: Call) -> Json:
    forum = call.forum
    user = forum.find_user(call.query.get("username", [""])[0])
    if user is None or user.hides_profile:
        raise HttpError(404, "not_found")
    visible = []
    for post_id in reversed(forum.likes_given.get(user.id, [])):
        topic = forum.topics[forum.posts[post_id].topic_id]
        if (
            topic.deleted_ms is None
            and forum.posts[post_id].deleted_ms is None
            and forum.can_see(call.viewer, topic)
        ):
            visible.append(forum.posts[post_id])
    start = call.number("offset")
    page = visible[start : start + ROWS]
    return {"user_actions": [objects.like_action_json(forum, user, post) for post in page]}


def get_user(call: Call, name: str) -> Json:
    user = call.forum.find_user(name)
    if user is None or user.hides_profile:
        raise HttpError(404, "not_found")
    return objects.profile_json(user)


def create_post(call: Call) -> Json:
    forum, body, author = call.forum, call.body, call.user
    if not str(body.get("raw", "")).strip():
        raise HttpError(422, "invalid_parameters")
    if body.get("topic_id"):
        topic = call.topic(str(body["topic_id"]))
        if topic.closed and not author.admin:
            raise HttpError(422, "invalid_access")
        number = body.get("reply_to_post_number")
        parent = forum.posts[topic.posts[int(number) - 1]] if number else None
        post = forum.post(topic, author, body["raw"], reply_to=parent)
    else:
        to = None
        if body.get("archetype") == "private_message":
            names = str(body.get("target_recipients", "")).split(",")
            to = [user for user in map(forum.find_user, names) if user is not None]
            if len(to) != len(names):
                raise HttpError(422, "invalid_parameters")
        external_id = body.get("external_id")
        if external_id and any(
            topic.external_id == external_id for topic in forum.topics.values()
        ):
            raise HttpError(422, "external_id_taken")
        category = forum.categories.get(int(body.get("category") or 0))
        topic = forum.topic(
            author,
            body["title"],
            category=category,
            text=body["raw"],
            external_id=external_id,
            to=to,
        )
        post = forum.posts[topic.posts[0]]
    return objects.post_json(forum, post, "created")


def edit_post(call: Call, id_: str) -> Json:
    post = call.post(id_)
    if not (call.user.admin or call.user.id == post.user_id):
        raise HttpError(403, "invalid_access")
    call.forum.edit(post, call.body["post"]["raw"])
    return {"post": objects.post_json(call.forum, post, "edited")}


def like_post(call: Call) -> Json:
    post = call.post(str(call.body["id"]))
    call.forum.like(post, call.user)
    return objects.post_json(call.forum, post, "liked")


def redirect_to_topic(call: Call, id_: str) -> Json:
    for topic in call.forum.topics.values():
        if topic.external_id == id_ and call.forum.can_see(call.viewer, topic):
            raise HttpError(301, "", location=f"/t/{objects.slug(topic)}/{topic.id}.json")
    raise HttpError(404, "not_found")


OPERATIONS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("GET", "/site.json"): get_site,
    ("GET", "/categories.json"): list_categories,
    ("GET", "/discourse-reactions/posts/{id}/reactions-users.json"): list_reactions,
    ("GET", "/c/{id}/show.json"): get_category,
    ("GET", "/c/{path:.+}/l/latest.json"): list_category_topics,
    ("GET", "/latest.json"): list_topics,
    ("GET", "/posts.json"): list_posts,
    ("GET", "/topics/private-messages/{username}.json"): list_messages,
    ("GET", "/t/external_id/{external_id}.json"): redirect_to_topic,
    ("GET", "/t/{id}.json"): get_topic,
    ("GET", "/t/{id}/posts.json"): get_topic_posts,
    ("GET", "/posts/{id}.json"): get_post,
    ("GET", "/posts/{id}/replies.json"): list_replies,
    ("GET", "/posts/by_number/{topic}/{number}.json"): get_post_by_number,
    ("GET", "/post_action_users.json"): list_likers,
    ("GET", "/user_actions.json"): list_likes_given,
    ("GET", "/u/{username}.json"): get_user,
    ("POST", "/posts.json"): create_post,
    ("PUT", "/posts/{id}.json"): edit_post,
    ("POST", "/post_actions.json"): like_post,
}

SAME_AS: Mapping[str, str] = {
    "/posts/by_number/{topic}/{number}.json": "/posts/{id}.json",
    "/c/{path:.+}/l/latest.json": "/latest.json",
}
"""Operations that the contract lacks, and the one whose response they share."""


def parse_body(text: str) -> Json:
    body = json.loads(text) if text else {}
    assert isinstance(body, dict)
    return body
