"""What a forum is asked, by name. Answers are JSON, checked only as far as their frame goes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from bot.sources.discourse.api.records import Json
from bot.sources.discourse.api.transport import ForumTransport, UnexpectedResponseError

CHUNK: Final = 20
"""Posts that a topic shows at once."""
LIKERS: Final = 200
LIKE: Final = 2
"""Number of the sort of act that a like is, among what can be done to a post."""
_LIKES_GIVEN: Final = 1
"""Number of the same among what users do."""


class ForumClient:
    """Questions to one forum. Each raises `ForumError`, one of its kinds, if unanswered."""

    def __init__(self, calls: ForumTransport) -> None:
        self.calls = calls

    async def categories(self) -> Sequence[Any]:
        """Return all categories, those within others as well."""
        return _list(await self.calls.get("/site.json"), "categories")

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
        answer = await self.calls.get("/latest.json", query)
        return _list(_object(answer, "latest").get("topic_list"), "topics")

    async def posts_before(self, before: int | None) -> Sequence[Any]:
        """Return some 50 posts of all topics, the latest first."""
        query = () if before is None else (("before", before),)
        return _list(await self.calls.get("/posts.json", query), "latest_posts")

    async def topic(self, number: int) -> tuple[Json, Sequence[Any], Sequence[int]]:
        """Return a topic, its first posts, and the ids of all its posts in order."""
        said = _object(await self.calls.get(f"/t/{number}.json"), f"topic {number}")
        stream = _object(said.get("post_stream"), f"stream of topic {number}")
        ids = _list(stream, "stream")
        if not all(isinstance(one, int) and not isinstance(one, bool) for one in ids):
            raise UnexpectedResponseError(f"the posts of topic {number} are no numbers")
        return said, _list(stream, "posts"), [int(one) for one in ids]

    async def topic_posts(self, topic: int, ids: Iterable[int]) -> list[Any]:
        """Return some of a topic's posts; those that are gone meanwhile are left out."""
        found: list[Any] = []
        for chunk in _chunks(list(ids)):
            answer = await self.calls.get(
                f"/t/{topic}/posts.json", [("post_ids[]", one) for one in chunk]
            )
            found += _list(_object(answer, "posts").get("post_stream"), "posts")
        return found

    async def post(self, number: int) -> Json:
        """Return one post."""
        return _object(await self.calls.get(f"/posts/{number}.json"), f"post {number}")

    async def post_at(self, topic: int, number: int) -> Json:
        """Return one post by its number in its topic."""
        path = f"/posts/by_number/{topic}/{number}.json"
        return _object(await self.calls.get(path), f"post {topic}/{number}")

    async def likers(self, post: int) -> list[Any]:
        """Return who likes a post now."""
        found: dict[str, Any] = {}
        while True:
            query = (
                ("id", post),
                ("post_action_type_id", LIKE),
                ("page", len(found) // LIKERS),
                ("limit", LIKERS),
            )
            answer = await self.calls.get("/post_action_users.json", query)
            page = _list(answer, "post_action_users")
            before = len(found)
            found |= {str(_object(one, "liker").get("id")): one for one in page}
            if len(page) != LIKERS or len(found) == before:  # older forums have but one page
                return list(found.values())

    async def likes_given(self, username: str, offset: int) -> Sequence[Any]:
        """Return a page of the likes that somebody gave, the latest first."""
        query = (("username", username), ("filter", _LIKES_GIVEN), ("offset", offset))
        return _list(await self.calls.get("/user_actions.json", query), "user_actions")

    async def user(self, username: str) -> Json:
        """Return somebody's profile."""
        answer = await self.calls.get(f"/u/{quote(username, safe='')}.json")
        return _object(_object(answer, "profile").get("user"), "user")

    async def write(  # noqa: PLR0913 - each is one word of the request
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
        """Write a post and return it: into a topic, or beginning one, or a private message.

        Parameters
        ----------
        topic, reply_to
            Into which topic, and which number in it is answered.
        title, category
            Of a topic that is begun.
        to
            Names of whom a private message is for.
        external_id
            Names a new topic, so that there is but one, however often this is tried.
        """
        said: dict[str, object] = {
            "raw": text,
            "topic_id": topic,
            "reply_to_post_number": reply_to,
            "title": title,
            "category": category,
            "external_id": external_id,
        }
        if to:
            said |= {"archetype": "private_message", "target_recipients": ",".join(to)}
        body = {name: value for name, value in said.items() if value is not None}
        return _object(await self.calls.post("/posts.json", body), "post")

    async def edit(self, post: int, text: str) -> None:
        """Give a post another text."""
        await self.calls.put(f"/posts/{post}.json", {"post": {"raw": text}})

    async def replies(self, post: int) -> Sequence[Any]:
        """Return the posts that answer a post."""
        answer = await self.calls.get(f"/posts/{post}/replies.json")
        return _list({"replies": answer}, "replies")

    async def messages(self, username: str) -> Sequence[Any]:
        """Return the latest private messages to somebody, as lists have topics."""
        path = f"/topics/private-messages/{quote(username, safe='')}.json"
        answer = _object(await self.calls.get(path), "list of messages")
        return _list(answer.get("topic_list"), "topics")

    async def topic_named(self, external_id: str) -> int:
        """Return the number of the topic that an external id names.

        Raises
        ------
        GoneError
            If there is none.
        """
        path = await self.calls.moved(f"/t/external_id/{quote(external_id, safe='')}.json")
        last = path.removesuffix(".json").rpartition("/")[2]
        if not last.isdigit():
            raise UnexpectedResponseError(f"the topic {external_id} is nowhere")
        return int(last)


def _object(value: object, what: str) -> Json:
    if not isinstance(value, dict):
        raise UnexpectedResponseError(f"the forum's {what} is no object")
    return value


def _list(value: object, key: str) -> Sequence[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise UnexpectedResponseError(f"the forum tells no {key}")
    return found


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
