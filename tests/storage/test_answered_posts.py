"""Which posts were answered: remembered through a restart, for a day, and no longer."""

from pathlib import Path

from storage.answered_posts import KEPT_MS, AnsweredPosts
from storage.file.database import Database
from tests.storage.builders import MONDAY_MS


async def begun(
    answered: AnsweredPosts, post: str, *, version: int = 1, now_ms: int = 0
) -> None:
    await answered.begin(post, "17", version=version, line=b"asked", now_ms=MONDAY_MS + now_ms)


async def test_what_was_answered_is_known_after_a_restart(path: Path) -> None:
    async with Database.open(path) as database:
        answered = AnsweredPosts(database, "discourse")
        await begun(answered, "5")
        await answered.finish("5", "6", is_private=True)
    async with Database.open(path) as database:
        known = await AnsweredPosts(database, "discourse").get("5")

    assert known is not None
    assert (known.reply, known.is_private, known.is_done) == ("6", True, True)
    assert (known.version, known.line, known.reread) == (1, b"asked", False)


async def test_an_edit_is_answered_anew_once_and_keeps_its_answer(database: Database) -> None:
    answered = AnsweredPosts(database, "discourse")
    await begun(answered, "5")
    await answered.finish("5", "6", is_private=False)
    await begun(answered, "5", version=3)

    known = await answered.get("5")

    assert known is not None
    assert (known.version, known.reread, known.reply, known.is_done) == (3, True, "6", True)


async def test_what_was_begun_and_not_finished_is_found(database: Database) -> None:
    answered = AnsweredPosts(database, "discourse")
    for post, now_ms in (("7", 0), ("5", 1), ("6", 2)):
        await begun(answered, post, now_ms=now_ms)
    await answered.finish("5", None, is_private=False)

    assert [one.post for one in await answered.list_unfinished()] == ["7", "6"]
    assert await AnsweredPosts(database, "discord").list_unfinished() == []


async def test_it_is_forgotten_after_a_day(database: Database) -> None:
    answered = AnsweredPosts(database, "discourse")
    await begun(answered, "5")
    await begun(answered, "6", now_ms=1)

    await begun(answered, "7", now_ms=KEPT_MS)

    assert await answered.get("5") is None
    assert await answered.get("6") is not None


async def test_platforms_number_their_posts_each_for_itself(database: Database) -> None:
    await begun(AnsweredPosts(database, "discourse"), "5")

    assert await AnsweredPosts(database, "discord").get("5") is None
