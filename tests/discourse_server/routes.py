"""The operations: request in, JSON out, each by the path that the contract knows it by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.discourse_server import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.discourse_server.forum import Forum
    from tests.discourse_server.model import Json, Post, Topic, User

ROWS = 30
"""Topics, or likes, a page."""
POSTS = 50
CHUNK = 20
LIKERS = 200


class RefusedError(Exception):
    """Discourse will not; with a status and its word for why."""

    def __init__(self, status: int, error_type: str, *, location: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.body = {"errors": [error_type], "error_type": error_type}
        self.location = location


class Asked:
    """One request, with who asks."""

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
            raise RefusedError(403, "not_logged_in")
        return self.viewer

    def topic(self, text: str) -> Topic:
        found = self.forum.topics.get(int(text)) if text.isdigit() else None
        if found is None:
            raise RefusedError(404, "not_found")
        if not self.forum.sees(self.viewer, found):
            # Discourse says 403 of what is hidden, unless it was deleted.
            raise RefusedError(404 if found.deleted_ms else 403, "invalid_access")
        return found

    def post(self, text: str) -> Post:
        found = self.forum.posts.get(int(text)) if text.isdigit() else None
        if found is None:
            raise RefusedError(404, "not_found")
        self.topic(str(found.topic_id))
        if found.deleted_ms is not None and not (self.viewer and self.viewer.admin):
            raise RefusedError(404, "not_found")
        return found


def site(asked: Asked) -> Json:
    is_admin = asked.viewer is not None and asked.viewer.admin
    return objects.site(
        [c for c in asked.forum.categories.values() if is_admin or not c.read_restricted]
    )


def latest(asked: Asked) -> Json:
    forum = asked.forum
    definitions = {category.definition for category in forum.categories.values()}
    topics = [
        one
        for one in forum.topics.values()
        if forum.sees(asked.viewer, one) and not one.is_message and one.deleted_ms is None
        if one.id not in definitions
    ]
    order = asked.query.get("order", ["activity"])[0]
    ascending = asked.query.get("ascending", ["false"])[0] == "true"

    def key(topic: Topic) -> tuple[int, int]:
        return (topic.created_ms if order == "created" else topic.bumped_ms, topic.id)

    topics.sort(key=key, reverse=not ascending)
    size = min(asked.number("per_page", ROWS), 100)
    start = asked.number("page") * size
    page = topics[start : start + size]
    return {
        "users": [],
        "primary_groups": [],
        "topic_list": {
            "can_create_topic": True,
            "per_page": size,
            "topics": [objects.row(forum, one) for one in page],
        },
    }


def messages(asked: Asked, name: str) -> Json:
    """Return what somebody reads in private; only they themselves and admins may ask."""
    forum, whose = asked.forum, asked.forum.named(name)
    if whose is None:
        raise RefusedError(404, "not_found")
    if not (asked.user.admin or asked.user.id == whose.id):
        raise RefusedError(403, "invalid_access")
    found = [
        one
        for one in forum.topics.values()
        if one.is_message and whose.id in one.allowed and one.deleted_ms is None
    ]
    found.sort(key=lambda one: (-one.bumped_ms, -one.id))
    topics = [objects.row(forum, one) for one in found[:ROWS]]
    return {"users": [], "primary_groups": [], "topic_list": {"topics": topics}}


def latest_posts(asked: Asked) -> Json:
    # A page is a span of numbers, not of posts: it may be empty though there are older ones.
    forum, before = asked.forum, asked.number("before")
    last = before if before > 0 else max(asked.forum.posts, default=0)
    posts = [
        one
        for one in forum.posts.values()
        if last - POSTS < one.id <= last
        and one.deleted_ms is None
        and forum.topics[one.topic_id].deleted_ms is None
        and not forum.topics[one.topic_id].is_message
        and forum.sees(asked.viewer, forum.topics[one.topic_id])
    ]
    posts.sort(key=lambda one: -one.id)
    return {"latest_posts": [objects.post(forum, one, "latest") for one in posts]}


def topic(asked: Asked, id_: str) -> Json:
    return objects.view(asked.forum, asked.topic(id_), CHUNK)


def topic_posts(asked: Asked, id_: str) -> Json:
    found = asked.topic(id_)
    wanted = {int(one) for one in asked.query.get("post_ids[]", [])}
    posts = [one for one in asked.forum.shown(found) if one.id in wanted]
    return {
        "post_stream": {"posts": [objects.post(asked.forum, one, "view") for one in posts]},
        "id": found.id,
    }


def post(asked: Asked, id_: str) -> Json:
    return objects.post(asked.forum, asked.post(id_), "single")


def post_by_number(asked: Asked, topic_id: str, number: str) -> Json:
    found = asked.topic(topic_id)
    for one in found.posts:
        if str(asked.forum.posts[one].number) == number:
            return post(asked, str(one))
    raise RefusedError(404, "not_found")


def replies(asked: Asked, id_: str) -> list[Json]:
    found, forum = asked.post(id_), asked.forum
    return [
        objects.post(forum, one, "reply")
        for one in forum.shown(forum.topics[found.topic_id])
        if one.reply_to == found.number
    ]


def likers(asked: Asked) -> Json:
    found = asked.post(asked.query.get("id", [""])[0])
    if asked.number("post_action_type_id") != objects.LIKE:
        return {"post_action_users": []}
    size = min(asked.number("limit", LIKERS), LIKERS)
    start = asked.number("page") * size
    page = list(found.likes)[start : start + size]
    return {"post_action_users": [objects.liker(asked.forum.users[one]) for one in page]}


def likes_given(asked: Asked) -> Json:
    forum = asked.forum
    found = forum.named(asked.query.get("username", [""])[0])
    if found is None or found.hides_profile:
        raise RefusedError(404, "not_found")
    shown = []
    for one in reversed(forum.likes_given.get(found.id, [])):
        topic = forum.topics[forum.posts[one].topic_id]
        if (
            topic.deleted_ms is None
            and forum.posts[one].deleted_ms is None
            and forum.sees(asked.viewer, topic)
        ):
            shown.append(forum.posts[one])
    start = asked.number("offset")
    page = shown[start : start + ROWS]
    return {"user_actions": [objects.given(forum, found, one) for one in page]}


def user(asked: Asked, name: str) -> Json:
    found = asked.forum.named(name)
    if found is None or found.hides_profile:
        raise RefusedError(404, "not_found")
    return objects.profile(found)


def create(asked: Asked) -> Json:
    forum, body, author = asked.forum, asked.body, asked.user
    if not str(body.get("raw", "")).strip():
        raise RefusedError(422, "invalid_parameters")
    if body.get("topic_id"):
        into = asked.topic(str(body["topic_id"]))
        if into.closed and not author.admin:
            raise RefusedError(422, "invalid_access")
        number = body.get("reply_to_post_number")
        parent = forum.posts[into.posts[int(number) - 1]] if number else None
        made = forum.post(into, author, body["raw"], reply_to=parent)
    else:
        to = None
        if body.get("archetype") == "private_message":
            names = str(body.get("target_recipients", "")).split(",")
            to = [found for found in map(forum.named, names) if found is not None]
            if len(to) != len(names):
                raise RefusedError(422, "invalid_parameters")
        outer = body.get("external_id")
        if outer and any(one.external_id == outer for one in forum.topics.values()):
            raise RefusedError(422, "external_id_taken")
        place = forum.categories.get(int(body.get("category") or 0))
        begun = forum.topic(
            author,
            body["title"],
            category=place,
            text=body["raw"],
            external_id=outer,
            to=to,
        )
        made = forum.posts[begun.posts[0]]
    return objects.post(forum, made, "created")


def edit(asked: Asked, id_: str) -> Json:
    found = asked.post(id_)
    if not (asked.user.admin or asked.user.id == found.user_id):
        raise RefusedError(403, "invalid_access")
    asked.forum.edit(found, asked.body["post"]["raw"])
    return {"post": objects.post(asked.forum, found, "edited")}


def like(asked: Asked) -> Json:
    found = asked.post(str(asked.body["id"]))
    asked.forum.like(found, asked.user)
    return objects.post(asked.forum, found, "liked")


def external(asked: Asked, id_: str) -> Json:
    for one in asked.forum.topics.values():
        if one.external_id == id_ and asked.forum.sees(asked.viewer, one):
            raise RefusedError(301, "", location=f"/t/{objects.slug(one)}/{one.id}.json")
    raise RefusedError(404, "not_found")


OPERATIONS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("GET", "/site.json"): site,
    ("GET", "/latest.json"): latest,
    ("GET", "/posts.json"): latest_posts,
    ("GET", "/topics/private-messages/{username}.json"): messages,
    ("GET", "/t/external_id/{external_id}.json"): external,
    ("GET", "/t/{id}.json"): topic,
    ("GET", "/t/{id}/posts.json"): topic_posts,
    ("GET", "/posts/{id}.json"): post,
    ("GET", "/posts/{id}/replies.json"): replies,
    ("GET", "/posts/by_number/{topic}/{number}.json"): post_by_number,
    ("GET", "/post_action_users.json"): likers,
    ("GET", "/user_actions.json"): likes_given,
    ("GET", "/u/{username}.json"): user,
    ("POST", "/posts.json"): create,
    ("PUT", "/posts/{id}.json"): edit,
    ("POST", "/post_actions.json"): like,
}

SAME_AS: Mapping[str, str] = {"/posts/by_number/{topic}/{number}.json": "/posts/{id}.json"}
"""Operations that the contract lacks, which answer what another does."""


def parsed(text: str) -> Json:
    body = json.loads(text) if text else {}
    assert isinstance(body, dict)
    return body
