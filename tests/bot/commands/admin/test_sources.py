"""`admin sources`: each source's state, its events and gaps."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.commands.admin.sources import SourceState, sources_command
from bot.commands.kit.request import Request
from bot.community.communities import Community
from storage.log.batch import Batch, Gap
from tests.bot.commands.garden import GRACE, communities, garden, request


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def rows(asked: Request, *running: SourceState) -> Sequence[tuple[object, ...]]:
    def states(_community: Community) -> Sequence[SourceState]:
        return running

    reply = await sources_command(states).handler(asked)
    assert reply.private
    return reply.tables[0].rows if reply.tables else ()


async def test_a_source_is_told_with_its_state_its_events_and_its_gaps(
    community: Community,
) -> None:
    gap = Gap("discord", None, 0, None, "nobody listened")
    await community.log.append(Batch(gaps=(gap,)))
    events = (await community.log.counts())["discord"]

    told = await rows(
        request(community, actor=GRACE),
        SourceState("discord", "Garden", "listening"),
        SourceState("discourse", "forum.example.org", "failed (it is down); again within 4 s"),
    )

    assert told == (
        ("discord", "Garden", "listening", f"{events:,}", "1 reconnect"),
        (
            "discourse",
            "forum.example.org",
            "failed (it is down); again within 4 s",
            "0",
            "none",
        ),
    )


async def test_what_told_something_and_does_not_run_is_listed_too(community: Community) -> None:
    [(source, name, words, _, _)] = await rows(request(community, actor=GRACE))

    assert (source, name) == ("discord", "–")
    assert words == "nothing listens here; what was heard is kept"


async def test_nothing_is_an_answer_too(tmp_path: Path) -> None:
    async with communities(tmp_path) as opened:
        empty = await opened.get_or_create("discord-1", "", "discord", "1")
        reply = await sources_command().handler(request(empty, actor=GRACE))

    assert reply.text == "Nothing has been heard from anywhere yet."
