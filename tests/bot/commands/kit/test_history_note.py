"""While history is read, replies about cred say so."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from bot.commands.kit.history_note import history_note, share_words
from bot.community.communities import Community
from bot.community.history_progress import HistoryProgress, Progress
from tests.bot.commands.garden import GENERAL, communities, garden, run

if TYPE_CHECKING:
    from bot.commands.kit.request import Request

LINES = ["cred show", "cred board", "cred history", "cred explain"]


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


@pytest.mark.parametrize("line", LINES)
async def test_replies_about_cred_say_how_much_of_the_history_is_read(
    community: Community, line: str
) -> None:
    before = await run(community, line)
    community.history.note("discord", Progress(GENERAL, "general", 660, 1000))
    meanwhile = await run(community, line)
    community.history.note("discord", Progress(GENERAL, "general", 1000, 1000))
    afterwards = await run(community, line)

    assert "two thirds" in meanwhile.text
    assert "still being read" in meanwhile.text
    assert afterwards == before


async def test_a_reply_that_there_is_nothing_says_so_too(community: Community) -> None:
    community.history.note("discord", Progress(GENERAL, "general", 660, 1000))

    reply = await run(community, "cred board", period="2019")

    assert reply.is_error or "still being read" in reply.text


async def test_a_forum_is_named_since_everybody_knows_it(community: Community) -> None:
    community.history.note("discourse", Progress(None, "forum.example.org", 5, 10))

    reply = await run(community, "cred board")

    assert "half of forum.example.org read so far" in reply.text


async def test_other_commands_do_not(community: Community) -> None:
    community.history.note("discord", Progress(GENERAL, "general", 660, 1000))

    assert "history" not in (await run(community, "admin sources", is_admin=True)).text.lower()


def test_what_is_only_read_again_is_not_missing() -> None:
    history = HistoryProgress()

    history.note("discord", Progress("1", "general", 5, 10, is_new=False))

    assert not history.open_places()


def test_places_not_begun_are_taken_for_average_in_all_that_there_is() -> None:
    history = HistoryProgress()
    history.note("discord", Progress("1", "general", 50, 100))
    history.note("discord", Progress("2", "help", 0, None))

    assert history.share() == 0.25
    history.note("discord", Progress("1", "general", 100, 100))
    assert history.share() == 0.5
    assert len(history.open_places()) == 1
    history.begin("discord")
    assert not history.open_places()
    assert history.share() == 1.0


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "hardly any"),
        (0.1, "a tenth"),
        (0.25, "a quarter"),
        (1 / 3, "a third"),
        (0.5, "half"),
        (2 / 3, "two thirds"),
        (0.75, "three quarters"),
        (0.9, "nine tenths"),
        (0.999, "almost all"),
    ],
)
def test_shares_are_told_as_people_say_them(share: float, words: str) -> None:
    assert share_words(share) == words


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_place_is_named_to_those_alone_who_may_see_it(*, is_seen: bool) -> None:
    history = HistoryProgress()
    history.note("discord", Progress(GENERAL, "general", 66, 100))
    request = SimpleNamespace(
        community=SimpleNamespace(history=history), sees=lambda _source, _place: is_seen
    )

    note = history_note(cast("Request", request))

    assert ("two thirds of #general read" in note) is is_seen
    assert ("two thirds of what there is read" in note) is not is_seen
