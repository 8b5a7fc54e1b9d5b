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
        first, second = await announcements.list_waiting("discord")
        await announcements.mark_posted(first.number, 9, thread="40", message="41")

        assert [(first.kind, first.place), (second.kind, second.at_ms)] == [
            ("proposal", "31"),
            ("result", 6),
        ]
        assert await announcements.list_waiting("discord") == [second]
        posted, waiting = await announcements.find("proposal", "proposal:3")
        assert (posted.posted_ms, posted.thread, posted.message) == (9, "40", "41")
        assert (waiting.source, waiting.posted_ms) == ("discourse", None)
