"""The platform still has an erased person's posts: reading it again writes nobody down anew."""

from pathlib import Path

import pytest

from bot.community.communities import Community
from tests.bot.sources.discord.harness import living
from tests.bot.sources.discourse.harness import connect_forum
from tests.discord_server import DiscordServer
from tests.discord_server.fixtures import discord_server
from tests.discourse_server import DiscourseServer
from tests.discourse_server.fixtures import discourse

__all__ = ["discord_server", "discourse"]

_TABLES = ("accounts", "contributions", "descriptions", "events")


async def rows(community: Community) -> dict[str, int]:
    return await community.database.read(
        lambda plain: {
            table: plain.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in _TABLES
        }
    )


async def minted_and_cred(community: Community, now_ms: int) -> tuple[float, dict[str, float]]:
    """Return what is minted, and everybody's cred by the number of their account."""
    await community.directory.refresh()
    scores = await community.scoring.recompute(now_ms)
    assert scores is not None
    cred = {who: float(scores.cred[row].sum()) for row, who in enumerate(scores.participants)}
    return scores.snapshot.total_mint, cred


async def erase(community: Community, source: str, id_: str, now_ms: int) -> int:
    await community.directory.refresh()
    number = community.directory.account_number(source, id_)
    assert number is not None
    await community.identities.erase_person(number, now_ms)
    return number


def bytes_of(community: Community) -> bytes:
    """Return what is in a community's file and in its write-ahead log."""
    path = community.database.path
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


async def forget_what_was_read(community: Community) -> None:
    """Let the next start read everything from the beginning."""
    await community.database.write(
        lambda plain: plain.execute("DELETE FROM cursors").connection
    )


async def test_a_restart_and_a_whole_backfill_of_a_server_bring_nobody_back(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world, clock = discord_server.world, discord_server.clock
    guild = world.guild("Common Garden")
    ada, ben, cyd = (world.member(guild, name) for name in ("ada", "ben", "cyd"))
    general = world.channel(guild, "general")
    hers = world.post(general, ada, "how deep do seeds go?")
    his = world.post(general, ben, f"ask <@{ada.id}>", reply_to=hers)
    world.react(hers, ben, "🌱")
    world.react(his, ada, "🌱")
    newest = [
        world.post(general, ada, "deep"),
        world.post(world.channel(guild, "side"), ada, "deeper"),
    ]

    async with living(discord_server, tmp_path) as bot:
        community = await bot.community(guild)
        minted, cred = await minted_and_cred(community, clock.now_ms)
        number = await erase(community, "discord", str(ada.id), clock.now_ms)
        before = await rows(community)
        world.react(hers, cyd, "🌱")
        world.edit(hers, "how deep, really?")
        await bot.wait_until_settled()
        assert await rows(community) == before
        await forget_what_was_read(community)

    async with living(discord_server, tmp_path) as bot:
        community = await bot.community(guild)
        assert await rows(community) == before
        minted_now, cred_now = await minted_and_cred(community, clock.now_ms)
        assert minted_now == minted
        assert cred_now == pytest.approx(cred)
        assert community.directory.account_number("discord", str(ada.id)) is None
        assert community.directory.is_erased(number)
        data = bytes_of(community)
    assert minted == 2
    assert str(ada.id).encode() not in data
    assert [post for post in (hers, *newest) if str(post.id).encode() in data] == []


async def test_sweeps_of_a_forum_bring_nobody_back(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum, clock = discourse.forum, discourse.clock
    ada, ben, cyd = (forum.user(name, trust=2) for name in ("adelheid", "ben", "cyd"))
    topic = forum.topic(ada, text="how deep?")
    opening = forum.posts[topic.posts[0]]
    mention = f'<p>ask <a href="/u/{ada.username}">her</a></p>'
    answer = forum.post(topic, ben, reply_to=opening, cooked=mention)
    forum.post(topic, cyd, text="deep")
    forum.like(opening, ben)
    forum.like(answer, ada)
    clock.advance(days=1)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        community = harness.community
        minted, cred = await minted_and_cred(community, clock.now_ms())
        await erase(community, "discourse", str(ada.id), clock.now_ms())
        before = await rows(community)
        forum.like(opening, cyd)
        await harness.poll()
        await harness.sweep(again=True)
        assert await rows(community) == before
        await forget_what_was_read(community)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep(again=True)
        community = harness.community
        assert await rows(community) == before
        minted_now, cred_now = await minted_and_cred(community, clock.now_ms())
        assert minted_now == minted
        assert cred_now == pytest.approx(cred)
        assert community.directory.account_number("discourse", str(ada.id)) is None
        assert "adelheid" not in str(await harness.events())
        assert b"adelheid" not in bytes_of(community)
    assert minted == 8  # two likes
