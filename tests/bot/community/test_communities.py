"""Communities come into being at first sight, and keep their names."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.community.communities import Communities


async def test_a_server_that_does_not_say_its_name_keeps_the_one_it_had(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as worker:
        async with Communities(tmp_path, [], worker) as communities:
            await communities.get_or_create("discord-1", "Common Garden", "discord", "1")

            nameless = await communities.get_or_create("discord-1", "", "discord", "1")
            assert nameless.name == "Common Garden"

        async with Communities(tmp_path, [], worker) as communities:
            nameless = await communities.get_or_create("discord-1", "", "discord", "1")
            assert nameless.name == "Common Garden"

            renamed = await communities.get_or_create("discord-1", "Orchard", "discord", "1")
            assert renamed.name == "Orchard"


async def test_a_server_never_named_goes_by_its_slug(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as worker:
        async with Communities(tmp_path, [], worker) as communities:
            nameless = await communities.get_or_create("discord-2", "", "discord", "2")

    assert nameless.name == "discord-2"
