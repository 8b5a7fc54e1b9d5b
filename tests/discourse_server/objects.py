"""Records as the JSON that Discourse returns, with everything that the contract requires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.discourse_server.clock import iso
from tests.discourse_server.contract import fill, part, response_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.discourse_server.forum import Forum
    from tests.discourse_server.model import Category, Json, Post, Topic, User

LIKE = 2
_SINGLE = part(response_schema("GET", "/posts/{id}.json"))
_CREATED = part(response_schema("POST", "/posts.json"))
_LIKED = part(response_schema("POST", "/post_actions.json"))
_EDITED = part(response_schema("PUT", "/posts/{id}.json"), "post")
_LATEST_POST = part(response_schema("GET", "/posts.json"), "latest_posts", "[]")
_REPLY = part(response_schema("GET", "/posts/{id}/replies.json"), "[]")
_VIEW = part(response_schema("GET", "/t/{id}.json"))
_VIEW_POST = part(_VIEW, "post_stream", "posts", "[]")
_SITE = part(response_schema("GET", "/site.json"))
_CATEGORIES = part(response_schema("GET", "/categories.json"))
_LISTED = part(_CATEGORIES, "category_list", "categories", "[]")
_SHOWN = part(response_schema("GET", "/c/{id}/show.json"), "category")
_PROFILE = part(response_schema("GET", "/u/{username}.json"))
_ACTION = part(response_schema("GET", "/user_actions.json"), "user_actions", "[]")

SCHEMAS = {
    "single": _SINGLE,
    "created": _CREATED,
    "liked": _LIKED,
    "edited": _EDITED,
    "latest": _LATEST_POST,
    "view": _VIEW_POST,
    "reply": _REPLY,
}


def _iso_or_none(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)


def tags_json(topic: Topic) -> list[Json]:
    return [
        {"id": number, "name": tag, "slug": tag} for number, tag in enumerate(topic.tags, 1)
    ]


def actions_summary(post: Post) -> list[Json]:
    """Return the count of each type of action on a post. As in Discourse, zero is left out."""
    like: Json = {"id": LIKE, "can_act": True}
    if post.likes:
        like["count"] = len(post.likes)
    return [like, {"id": 3, "can_act": True}]


def post_json(forum: Forum, post: Post, schema_name: str) -> Json:
    """Return a post as one of `SCHEMAS` has it."""
    topic = forum.topics[post.topic_id]
    author = None if post.user_id is None else forum.users.get(post.user_id)
    values: Json = {
        "id": post.id,
        "username": None if author is None else author.username,
        "name": None if author is None else author.name,
        "display_username": None if author is None else author.name,
        "created_at": iso(post.created_ms),
        "updated_at": iso(post.updated_ms),
        "cooked": post.cooked,
        "raw": post.raw,
        "excerpt": post.raw[:40],
        "post_number": post.number,
        "post_type": post.type,
        "posts_count": len(forum.visible_posts(topic)),
        "reply_to_post_number": post.reply_to,
        "reply_count": sum(
            forum.posts[number].reply_to == post.number for number in topic.posts
        ),
        "topic_id": topic.id,
        "topic_slug": slug(topic),
        "topic_title": topic.title,
        "topic_html_title": topic.title,
        "category_id": topic.category_id,
        "version": post.version,
        "actions_summary": actions_summary(post),
        "admin": author is not None and author.admin,
        "moderator": author is not None and author.moderator,
        "user_id": None if author is None else author.id,
        "trust_level": None if author is None else author.trust_level,
        "deleted_at": _iso_or_none(post.deleted_ms),
        "user_deleted": post.user_deleted,
        "post_url": f"/t/{slug(topic)}/{topic.id}/{post.number}",
    }
    schema = SCHEMAS[schema_name]
    known = {name: value for name, value in values.items() if name in schema["properties"]}
    return fill(schema, known)


def slug(topic: Topic) -> str:
    return "-".join(topic.title.lower().split()) or "-"


def _counts(forum: Forum, topic: Topic) -> Json:
    posts = forum.visible_posts(topic)
    return {
        "id": topic.id,
        "title": topic.title,
        "fancy_title": topic.title,
        "slug": slug(topic),
        "posts_count": len(posts),
        "reply_count": sum(post.reply_to is not None for post in posts),
        "highest_post_number": max(post.number for post in posts),
        "created_at": iso(topic.created_ms),
        "last_posted_at": iso(max(post.created_ms for post in posts)),
        "like_count": sum(len(post.likes) for post in posts),
        "archetype": "private_message" if topic.is_message else "regular",
        "category_id": topic.category_id,
        "visible": True,
        "tags": tags_json(topic),
    }


def listed_topic_json(forum: Forum, topic: Topic) -> Json:
    """Return a topic as an entry of a list."""
    return _counts(forum, topic) | {
        "bumped": True,
        "bumped_at": iso(topic.bumped_ms),
        "closed": False,
        "archived": False,
        "pinned": topic.pinned,
        "unseen": False,
        "views": 0,
        "has_summary": False,
        "posters": [{"extras": "", "description": "Original Poster", "user_id": topic.user_id}],
    }


def topic_json(forum: Forum, topic: Topic, chunk: int, page: int) -> Json:
    """Return a topic with a page of its posts and the ids of all."""
    posts = forum.visible_posts(topic)
    shown = posts[(page - 1) * chunk : page * chunk]
    author = forum.users.get(topic.user_id)
    basic = _basic_user(author)
    values = _counts(forum, topic) | {
        "post_stream": {
            "posts": [post_json(forum, post, "view") for post in shown],
            "stream": [post.id for post in posts],
        },
        "user_id": topic.user_id,
        "deleted_at": _iso_or_none(topic.deleted_ms),
        "chunk_size": chunk,
        "draft_key": f"topic{topic.id}",
        "details": fill(
            part(_VIEW, "details"),
            {"created_by": basic, "last_poster": basic, "participants": []},
        ),
    }
    if topic.is_message:
        readers = [forum.users[shown] for shown in sorted(topic.allowed & forum.users.keys())]
        values["details"]["allowed_users"] = [_basic_user(user) for user in readers]
    return fill(_VIEW, values)


def _basic_user(user: User | None) -> Json:
    return {
        "id": -1 if user is None else user.id,
        "username": "" if user is None else user.username,
        "name": "" if user is None or user.name is None else user.name,
        "avatar_template": "",
    }


def category_json(forum: Forum, category: Category, schema: Json | None = None) -> Json:
    schema = part(_SITE, "categories", "[]") if schema is None else schema
    topics = [topic for topic in forum.topics.values() if topic.category_id == category.id]
    values: Json = {
        "id": category.id,
        "name": category.name,
        "slug": category.slug,
        "topic_count": sum(map(forum.is_listed, topics)),
        "read_restricted": category.read_restricted,
        "permission": 1,
        "topic_url": ""
        if category.definition is None
        else f"/t/about-it/{category.definition}",
        "has_children": any(
            other.parent_id == category.id for other in forum.categories.values()
        ),
    }
    if category.parent_id is not None:
        values["parent_category_id"] = category.parent_id
    return fill(schema, values)


def shown_category_json(forum: Forum, category: Category) -> Json:
    """Return the answer of `/c/{id}/show.json`; the contract has no parent in it."""
    shown = category_json(forum, category, _SHOWN)
    return {"category": {k: v for k, v in shown.items() if k != "parent_category_id"}}


def category_list_json(forum: Forum, categories: Sequence[Category]) -> Json:
    """Return the answer of `/categories.json`, subcategories within their categories."""

    def categories_in(parent: int | None) -> list[Json]:
        return [
            category_json(forum, category, _LISTED)
            | {"subcategory_list": categories_in(category.id)}
            for category in categories
            if category.parent_id == parent
        ]

    frame = part(_CATEGORIES, "category_list")
    return {"category_list": fill(frame, {"categories": categories_in(None)})}


def site_json(forum: Forum, categories: Sequence[Category]) -> Json:
    return fill(
        _SITE,
        {"categories": [category_json(forum, category) for category in categories]},
    )


def profile_json(user: User) -> Json:
    schema = part(_PROFILE, "user")
    values: Json = {
        "id": user.id,
        "username": user.username,
        "name": user.name or "",
        "created_at": iso(user.created_ms),
        "trust_level": user.trust_level,
        "admin": user.admin,
        "groups": [_group_json(number, name) for number, name in enumerate(user.groups, 41)],
    }
    return fill(_PROFILE, {"user": fill(schema, values)})


def _group_json(number: int, name: str) -> Json:
    schema = part(_PROFILE, "user", "groups", "[]")
    return fill(schema, {"id": number, "name": name, "display_name": name})


def liker_json(user: User) -> Json:
    """Return a user that liked a post. The contract lacks this response."""
    return {
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "avatar_template": "",
        "post_url": None,
        "username_lower": user.username.lower(),
    }


def like_action_json(forum: Forum, user: User, post: Post) -> Json:
    """Return a like as an action of the user that gave it; `username` is the post's author."""
    topic = forum.topics[post.topic_id]
    author = forum.users.get(post.user_id or 0, forum.system)
    values: Json = {
        "action_type": 1,
        "created_at": iso(post.likes[user.id]),
        "topic_id": topic.id,
        "post_id": post.id,
        "post_number": post.number,
        "username": author.username,
        "user_id": author.id,
        "acting_username": user.username,
        "acting_user_id": user.id,
        "target_username": user.username,
        "target_user_id": user.id,
        "title": topic.title,
        "slug": slug(topic),
        "category_id": topic.category_id,
    }
    return fill(_ACTION, values)


def webhook_body(forum: Forum, kind: str, about: Any, who: User | None) -> Json:
    """Return the body of a webhook about a post, topic or user; `who` gave a like."""
    if kind == "post":
        is_message = forum.topics[about.topic_id].is_message
        archetype = "private_message" if is_message else "regular"
        return {"post": post_json(forum, about, "single") | {"topic_archetype": archetype}}
    if kind == "topic":
        return {"topic": _counts(forum, about) | {"user_id": about.user_id}}
    if kind == "like":
        assert who is not None
        return {"like": {"post": post_json(forum, about, "single"), "user": _basic_user(who)}}
    return {"user": _basic_user(about) | {"trust_level": about.trust_level}}
