"""Reads the members of a server."""

from functools import partial
from typing import Any, Final

from bot.sources.discord import parse
from bot.sources.discord.comparison import find_departed
from bot.sources.discord.parse import Observation
from bot.sources.discord.people import read_id
from bot.sources.discord.reading.dependencies import Dependencies
from bot.sources.discord.recorder import Touched
from cred.facts.events import Provenance
from storage.log.batch import Batch

PAGE: Final = 1000
"""Members in one answer at most."""


async def read_members(server: int, dependencies: Dependencies) -> None:
    """Record the members; those in the log who are not among them have left."""
    with dependencies.recorder.watch(None) as touched:
        before = set(await dependencies.inlet.members())
        here: set[str] = set()
        after, has_more, is_whole = 0, True, True
        while has_more:
            page = await dependencies.ask(
                lambda after=after: dependencies.http.get_members(server, PAGE, after)  # type: ignore[misc] # mypy can't infer it
            )
            ids = {_member_id(member) for member in page}
            is_whole &= "" not in ids  # whom an odd entry is about, nobody knows
            here |= ids - {""}
            # Page by page: 100,000 at once would hold up everything else for seconds.
            await dependencies.recorder.read(
                partial(_members_batch, page, touched, dependencies.now_ms())
            )
            last, after = after, max(map(int, ids - {""}), default=after)
            has_more = len(page) == PAGE and after > last
        observation = Observation(Provenance.BACKFILL, dependencies.now_ms())
        user = dependencies.environment.client.user
        own = str(user.id) if user is not None and is_whole else None
        departed = find_departed(before, here, own)

        def batch() -> Batch:
            return Batch(
                tuple(
                    parse.departure(account, observation)
                    for account in departed
                    if account not in touched
                )
            )

        await dependencies.recorder.read(batch)


def _members_batch(page: list[Any], touched: Touched, now_ms: int) -> Batch:
    """Return the members of a page except those heard of meanwhile."""
    observation = Observation(Provenance.BACKFILL, now_ms)
    others = (member for member in page if _member_id(member) not in touched)
    return parse.parse_each(parse.member, others, observation)[0]


def _member_id(member: Any) -> str:
    """Return a member's id; "" if that cannot be read."""
    try:
        return read_id(member["user"]["id"])
    except parse.MALFORMED:
        return ""
