"""Which posts were answered: remembered through a restart, for a day, and no longer."""

from pathlib import Path

from storage.answered_posts import KEPT_MS, AnsweredPosts
from storage.file.database import Database
from tests.storage.builders import MONDAY_MS


async def begin(posts: AnsweredPosts, post: str, *, version: int = 1, now_ms: int = 0) -> None:
    await posts.begin(post, "17", version=version, line=b"asked", now_ms=MONDAY_MS + now_ms)


async def test_what_was_answered_is_known_after_a_restart(path: Path) -> None:
    async with Database.open(path) as database:
        posts = AnsweredPosts(database, "discourse")
        await begin(posts, "5")
        await posts.finish("5", "6", is_private=True)
    async with Database.open(path) as database:
        post = await AnsweredPosts(database, "discourse").get("5")

    assert post is not None
    assert (post.reply, post.is_private, post.is_done) == ("6", True, True)
    assert (post.version, post.line, post.reread) == (1, b"asked", False)


async def test_an_edit_is_answered_again_once_and_keeps_its_answer(database: Database) -> None:
    posts = AnsweredPosts(database, "discourse")
    await begin(posts, "5")
    await posts.finish("5", "6", is_private=False)
    await begin(posts, "5", version=3)

    post = await posts.get("5")

    assert post is not None
    assert (post.version, post.reread, post.reply, post.is_done) == (3, True, "6", True)


async def test_what_was_begun_and_not_finished_is_found(database: Database) -> None:
    posts = AnsweredPosts(database, "discourse")
    for post, now_ms in (("7", 0), ("5", 1), ("6", 2)):
        await begin(posts, post, now_ms=now_ms)
    await posts.finish("5", None, is_private=False)

    assert [post.post for post in await posts.list_unfinished()] == ["7", "6"]
    assert await AnsweredPosts(database, "discord").list_unfinished() == []


async def test_a_post_is_forgotten_after_a_day(database: Database) -> None:
    posts = AnsweredPosts(database, "discourse")
    await begin(posts, "5")
    await begin(posts, "6", now_ms=1)

    await begin(posts, "7", now_ms=KEPT_MS)

    assert await posts.get("5") is None
    assert await posts.get("6") is not None


async def test_each_platform_has_its_own_post_ids(database: Database) -> None:
    await begin(AnsweredPosts(database, "discourse"), "5")

    assert await AnsweredPosts(database, "discord").get("5") is None
