"""Announcements wait on disk until they are posted, each once on each platform."""

from pathlib import Path

from storage.announcements import Announcements
from storage.file.database import Database


async def test_what_is_announced_waits_until_it_is_posted(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "c.db") as database:
        announcements = Announcements(database)
        for source in ("discord", "discord", "discourse"):
            await announcements.add("proposal", "proposal:3", source, "31", 5)
        await announcements.add("result", "proposal:2", "discord", "31", 6)

    async with Database.open(tmp_path / "c.db") as database:
        announcements = Announcements(database)
        first, elsewhere, second = await announcements.list_waiting()
        await announcements.mark_posted(first.number, 9, thread="40", message="41")

        assert [(first.kind, first.place), (second.kind, second.at_ms)] == [
            ("proposal", "31"),
            ("result", 6),
        ]
        assert await announcements.list_waiting() == [elsewhere, second]
        posted, waiting = await announcements.find("proposal", "proposal:3")
        assert (posted.posted_ms, posted.thread, posted.message) == (9, "40", "41")
        assert (waiting.source, waiting.posted_ms) == ("discourse", None)


async def test_why_something_was_not_posted_is_kept_until_it_is(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "c.db") as database:
        announcements = Announcements(database)
        await announcements.add("act", "version:3", "discord", "31", 5)
        (waiting,) = await announcements.list_waiting()
        await announcements.note_problem(waiting.number, "the channel is gone")

        (refused,) = await announcements.list_waiting()
        await announcements.mark_posted(waiting.number, 9, thread=None, message="41")
        await announcements.remove(waiting.number)
        (posted,) = await announcements.list_all()

    assert refused.problem == "the channel is gone"
    assert (posted.posted_ms, posted.problem) == (9, None)


async def test_what_nobody_wants_announced_any_more_is_forgotten(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "c.db") as database:
        announcements = Announcements(database)
        await announcements.add("act", "version:3", "discord", "31", 5)
        (waiting,) = await announcements.list_waiting()

        await announcements.remove(waiting.number)

        assert await announcements.list_waiting() == []


async def test_what_waits_can_be_moved_and_what_was_posted_cannot(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "c.db") as database:
        announcements = Announcements(database)
        for version in (3, 4):
            await announcements.add("act", f"version:{version}", "discord", "31", 5)
        posted, waiting = await announcements.list_waiting()
        await announcements.mark_posted(posted.number, 9, thread=None, message="41")

        for number in (posted.number, waiting.number):
            await announcements.move(number, "32")

        assert [found.place for found in await announcements.list_all()] == ["31", "32"]
