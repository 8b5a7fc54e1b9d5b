"""Communities are created when first seen, keep their names, and stay in the data folder."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.community.communities import Communities
from bot.community.errors import UnknownCommunityError


@pytest.fixture
def worker() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
async def communities(tmp_path: Path, worker: Executor) -> AsyncIterator[Communities]:
    async with Communities(tmp_path, [], worker) as opened:
        yield opened


async def test_a_server_that_does_not_say_its_name_keeps_the_one_it_had(
    tmp_path: Path, worker: Executor
) -> None:
    async with Communities(tmp_path, [], worker) as communities:
        await communities.get_or_create("discord-1", "Common Garden", "discord", "1")

        nameless = await communities.get_or_create("discord-1", "", "discord", "1")
        assert nameless.name == "Common Garden"

    async with Communities(tmp_path, [], worker) as communities:
        nameless = await communities.get_or_create("discord-1", "", "discord", "1")
        assert nameless.name == "Common Garden"

        renamed = await communities.get_or_create("discord-1", "Orchard", "discord", "1")
        assert renamed.name == "Orchard"


async def test_a_server_never_named_goes_by_its_slug(communities: Communities) -> None:
    nameless = await communities.get_or_create("discord-2", "", "discord", "2")

    assert nameless.name == "discord-2"


async def test_a_community_that_is_not_there_is_named_with_those_that_are(
    communities: Communities,
) -> None:
    await communities.get_or_create("discord-1", "Common Garden", "discord", "1")

    with pytest.raises(UnknownCommunityError, match=r'no community "discrod-1".*discord-1'):
        await communities.get_existing("discrod-1")

    assert communities.slugs() == ["discord-1"]


@pytest.mark.parametrize("slug", ["../etc/passwd", "", "A", "a/b", "x" * 80])
async def test_a_slug_never_leaves_the_data_folder(communities: Communities, slug: str) -> None:
    with pytest.raises(UnknownCommunityError):
        await communities.get_or_create(slug, "x", "discord", "1")
