"""`cred explain`: parts that sum to the whole, and whom they name."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from bot.commands.kit.arguments import ContributionLink
from bot.community.communities import Communities, Community
from cred.periods import parse_period
from storage.log.batch import Batch
from tests.bot.commands.cred.replies import number, opt_out
from tests.bot.commands.garden import (
    GRACE,
    QUIET,
    communities,
    garden,
    post,
    run,
)


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Communities]:
    async with communities(tmp_path) as opened:
        yield opened


@pytest.fixture
async def community(opened: Communities) -> Community:
    return await garden(opened)


@pytest.mark.parametrize("period", ["all", "last month", "week"])
async def test_the_parts_of_an_explanation_sum_to_the_whole(
    community: Community, period: str
) -> None:
    shown = await run(community, "cred show", period=parse_period(period))

    reply = await run(community, "cred explain", period=parse_period(period))

    whole = number(shown.title)
    assert f"{whole:.1f} cred of Ada" in reply.title
    assert [table.headings[0] for table in reply.tables] == [
        "Came from",
        "Kind of flow",
        "Caused by",
    ]
    for table in reply.tables:
        parts = [number(str(row[1])) for row in table.rows if row[1] != "<0.1"]
        # Each part shown is rounded to a tenth.
        assert sum(parts) == pytest.approx(whole, abs=0.05 * (len(table.rows) + 1))
        assert np.all(np.asarray(parts) >= 0)


async def test_an_explanation_names_whose_reactions_it_came_from(
    community: Community,
) -> None:
    reply = await run(community, "cred explain")

    assert "reactions of Grace" in {row[0] for row in reply.tables[2].rows}
    assert "messages they wrote" in {row[0] for row in reply.tables[1].rows}


async def test_an_explanation_does_not_name_somebody_who_opted_out(
    community: Community,
) -> None:
    await opt_out(community, GRACE)

    reply = await run(community, "cred explain")

    assert "Grace" not in str(reply)
    assert "somebody who opted out" in str(reply)


async def test_a_message_is_explained(community: Community) -> None:
    reply = await run(
        community, "cred explain", thing=ContributionLink("discord", "800000000000010")
    )

    assert re.fullmatch(r"Message in #general, 28 Sep: \d\.\d cred", reply.title)
    assert "reactions to it" in {row[0] for row in reply.tables[1].rows}


async def test_a_message_without_cred_or_never_seen_gets_a_helpful_answer(
    community: Community,
) -> None:
    await community.log.append(Batch(events=tuple(post(998, QUIET, 10, []))))

    unliked = await run(
        community, "cred explain", thing=ContributionLink("discord", "800000000000998")
    )
    unseen = await run(community, "cred explain", thing=ContributionLink("discord", "1"))

    assert unliked.title == "No cred"
    assert unseen.title == "Which message?"
