"""Discourse's endpoints as methods. Of the JSON that they return, only the frame is checked."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from bot.sources.discourse.api.fields import Json
from bot.sources.discourse.api.records import PRIVATE_MESSAGE
from bot.sources.discourse.api.transport import (
    AccessDeniedError,
    ForumTransport,
    NotFoundError,
    UnexpectedResponseError,
)

TOPIC_CHUNK: Final = 20
"""Posts of a topic in one response."""
LIKERS_PAGE: Final = 200
LIKE_ACTION: Final = 2
"""Id of the post action type "like"."""
_LIKES_GIVEN: Final = 1
"""Filter of user actions: likes that the user gave."""


class ForumClient:
    """Questions to one forum. Each raises `ForumError`, one of its kinds, if unanswered."""

    def __init__(self, transport: ForumTransport) -> None:
        self.transport = transport

    async def categories(self) -> Sequence[Any]:
        """Return the categories that the forum lists, subcategories included.

        A forum that loads categories lazily lists only some, or has none in `/site.json`.
        """
        site = await self.transport.get("/site.json")
        if isinstance(site, dict) and "categories" not in site:
            query = (("include_subcategories", "true"),)
            answer = _object(await self.transport.get("/categories.json", query), "categories")
            return [*_with_subcategories(_list(answer.get("category_list"), "categories"))]
        return _list(site, "categories")

    async def category(self, number: int) -> Json:
        """Return one category."""
        answer = await self.transport.get(f"/c/{number}/show.json")
        return _object(_object(answer, f"category {number}").get("category"), "category")

    async def topics(self, page: int, order: str) -> Sequence[Any]:
        """Return a page of the list of topics, the latest first.

        Parameters
        ----------
        page
            From 0 up.
        order
            "activity": by their last bump; "created": by their age.
        """
        query = (("order", order), ("ascending", "false"), ("page", page))
        answer = await self.transport.get("/latest.json", query)
        return _list(_object(answer, "latest").get("topic_list"), "topics")

    async def category_topics(self, path: Sequence[str], page: int) -> Sequence[Any]:
        """Return a page of a category's own list of topics, the youngest first.

        Parameters
        ----------
        path
            The names in addresses of the categories around it and of itself, then its id.
        """
        address = "/".join(quote(part, safe="%") for part in path)
        query = (("order", "created"), ("ascending", "false"), ("page", page))
        # Discourse redirects from what is not exactly the category's path.
        answer = await self.transport.get_moved(f"/c/{address}/l/latest.json", query)
        return _list(_object(answer, "list of a category").get("topic_list"), "topics")

    async def posts_before(self, before: int | None) -> Sequence[Any]:
        """Return some 50 posts of all topics, the latest first."""
        query = () if before is None else (("before", before),)
        return _list(await self.transport.get("/posts.json", query), "latest_posts")

    async def topic(self, number: int) -> tuple[Json, Sequence[Any], Sequence[int] | None]:
        """Return a topic, its first posts, and the ids of all its posts in order.

        Of a topic with 10,000 posts or more Discourse does not list them (None); `topic_page`
        has them.
        """
        payload = _object(await self.transport.get(f"/t/{number}.json"), f"topic {number}")
        stream = _object(payload.get("post_stream"), f"stream of topic {number}")
        if stream.get("isMegaTopic") and "stream" not in stream:
            return payload, _list(stream, "posts"), None
        ids = _list(stream, "stream")
        if not all(isinstance(number, int) and not isinstance(number, bool) for number in ids):
            raise UnexpectedResponseError(f"the post ids of topic {number} are not numbers")
        return payload, _list(stream, "posts"), [int(number) for number in ids]

    async def topic_page(self, number: int, page: int) -> Sequence[Any]:
        """Return a page of a topic's posts, from 1 up; none after the last."""
        try:
            answer = await self.transport.get(f"/t/{number}.json", (("page", page),))
        except NotFoundError:
            return []
        return _list(_object(answer, f"topic {number}").get("post_stream"), "posts")

    async def topic_posts(self, topic: int, ids: Iterable[int]) -> list[Any]:
        """Return some of a topic's posts, without those that were deleted meanwhile."""
        posts: list[Any] = []
        for chunk in _chunks(list(ids)):
            answer = await self.transport.get(
                f"/t/{topic}/posts.json", [("post_ids[]", number) for number in chunk]
            )
            posts += _list(_object(answer, "posts").get("post_stream"), "posts")
        return posts

    async def post(self, number: int) -> Json:
        """Return one post."""
        return _object(await self.transport.get(f"/posts/{number}.json"), f"post {number}")

    async def post_at(self, topic: int, number: int) -> Json:
        """Return one post by its number in its topic."""
        path = f"/posts/by_number/{topic}/{number}.json"
        return _object(await self.transport.get(path), f"post {topic}/{number}")

    async def likers(self, post: int) -> list[Any]:
        """Return the users that like a post now."""
        found: dict[str, Any] = {}
        while True:
            query = (
                ("id", post),
                ("post_action_type_id", LIKE_ACTION),
                ("page", len(found) // LIKERS_PAGE),
                ("limit", LIKERS_PAGE),
            )
            answer = await self.transport.get("/post_action_users.json", query)
            page = _list(answer, "post_action_users")
            before = len(found)
            found |= {str(_object(liker, "liker").get("id")): liker for liker in page}
            if (
                len(page) != LIKERS_PAGE or len(found) == before
            ):  # older forums have only one page
                return list(found.values())

    async def reactors(self, post: int) -> list[Any]:
        """Return the users that reacted to a post, where a plugin keeps that.

        The plugin Reactions counts reactions as likes, and names fewer users as likers. It
        names some 26 of each reaction.
        """
        path = f"/discourse-reactions/posts/{post}/reactions-users.json"
        try:
            answer = await self.transport.get(path)
        except (NotFoundError, AccessDeniedError):
            return []  # the forum has no such plugin
        reactions = _list(answer, "reaction_users")
        return [user for reaction in reactions for user in _list(reaction, "users")]

    async def likes_given(self, username: str, offset: int) -> Sequence[Any]:
        """Return a page of the likes that a user gave, the latest first."""
        query = (("username", username), ("filter", _LIKES_GIVEN), ("offset", offset))
        return _list(await self.transport.get("/user_actions.json", query), "user_actions")

    async def user(self, username: str) -> Json:
        """Return a user's profile."""
        answer = await self.transport.get(f"/u/{quote(username, safe='')}.json")
        return _object(_object(answer, "profile").get("user"), "user")

    async def write(
        self,
        text: str,
        *,
        topic: int | None = None,
        reply_to: int | None = None,
        title: str | None = None,
        category: int | None = None,
        to: Sequence[str] = (),
        external_id: str | None = None,
    ) -> Json:
        """Write a post and return it: in a topic, or to start a topic or private message.

        Parameters
        ----------
        topic, reply_to
            The topic, and the number in it of the post that is replied to.
        title, category
            Of a new topic.
        to
            Names of the recipients of a private message.
        external_id
            Of a new topic. Discourse refuses a second topic with the same one, so the topic is
            created only once, however often this is tried.
        """
        fields: dict[str, object] = {
            "raw": text,
            "topic_id": topic,
            "reply_to_post_number": reply_to,
            "title": title,
            "category": category,
            "external_id": external_id,
        }
        if to:
            fields |= {"archetype": PRIVATE_MESSAGE, "target_recipients": ",".join(to)}
        body = {name: value for name, value in fields.items() if value is not None}
        return _object(await self.transport.post("/posts.json", body), "post")

    async def edit(self, post: int, text: str) -> None:
        """Replace the text of a post."""
        await self.transport.put(f"/posts/{post}.json", {"post": {"raw": text}})

    async def replies(self, post: int) -> Sequence[Any]:
        """Return the replies to a post."""
        answer = await self.transport.get(f"/posts/{post}/replies.json")
        return _list({"replies": answer}, "replies")

    async def messages(self, username: str) -> Sequence[Any]:
        """Return the latest private messages to a user, as a list of topics."""
        path = f"/topics/private-messages/{quote(username, safe='')}.json"
        answer = _object(await self.transport.get(path), "list of messages")
        return _list(answer.get("topic_list"), "topics")

    async def topic_by_external_id(self, external_id: str) -> int:
        """Return the number of the topic with an external id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        path = await self.transport.redirect_target(
            f"/t/external_id/{quote(external_id, safe='')}.json"
        )
        last = path.removesuffix(".json").rpartition("/")[2]
        if not last.isdigit():
            raise UnexpectedResponseError(f"the topic {external_id} has no number")
        return int(last)


def _object(value: object, name: str) -> Json:
    if not isinstance(value, dict):
        raise UnexpectedResponseError(f"the forum's {name} is not an object")
    return value


def _with_subcategories(categories: Iterable[Any]) -> Iterator[Any]:
    for category in categories:
        yield category
        inner = category.get("subcategory_list") if isinstance(category, dict) else None
        if isinstance(inner, list):
            yield from _with_subcategories(inner)


def _list(value: object, key: str) -> Sequence[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise UnexpectedResponseError(f"the forum's answer has no {key}")
    return found


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + TOPIC_CHUNK] for start in range(0, len(ids), TOPIC_CHUNK))
