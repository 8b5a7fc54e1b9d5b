"""Reading over REST with the real client: pages, permissions, limits, faults."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest

from tests.discord_server.client import Listener, text
from tests.discord_server.permissions import Permission

if TYPE_CHECKING:
    from tests.discord_server.model import Channel, Guild, User
    from tests.discord_server.server import DiscordServer


async def test_history_is_read_in_pages_in_both_directions(
    server: DiscordServer, client: Listener, general: Channel, ada: User
) -> None:
    posted = [server.world.post(general, ada, str(number)).id for number in range(250)]
    channel = text(client, general)

    newest_first = [message.id async for message in channel.history(limit=None)]
    after = [
        message.id
        async for message in channel.history(limit=None, after=discord.Object(posted[99]))
    ]
    around = [
        message.id
        async for message in channel.history(limit=5, around=discord.Object(posted[100]))
    ]

    assert newest_first == posted[::-1]
    assert after == posted[100:]
    assert around == posted[98:103][::-1]
    assert len(server.requests_matching("GET", "/channels/*/messages")) == 3 + 2 + 1


async def test_messages_of_the_past_come_in_the_order_of_their_ids(
    server: DiscordServer, client: Listener, general: Channel, ada: User
) -> None:
    now = server.clock.now_ms
    new = server.world.post(general, ada, "new")
    old = server.world.post(general, ada, "old", at_ms=now - 86_400_000)

    found = [message async for message in text(client, general).history(oldest_first=True)]

    assert [message.id for message in found] == [old.id, new.id]
    assert found[0].created_at.timestamp() * 1000 == now - 86_400_000


async def test_more_than_a_page_of_reactors_is_read(
    server: DiscordServer, client: Listener, general: Channel, ada: User
) -> None:
    world = server.world
    message = world.post(general, ada, "praise me")
    fans = [world.user(f"fan{number}") for number in range(130)]
    for fan in fans:
        world.react(message, fan, "👍")
    world.react(message, ada, "👍", burst=True)

    heard = await text(client, general).fetch_message(message.id)
    (reaction,) = heard.reactions

    assert (reaction.normal_count, reaction.burst_count) == (130, 1)
    normal = [user.id async for user in reaction.users(type=discord.ReactionType.normal)]
    burst = [user.id async for user in reaction.users(type=discord.ReactionType.burst)]
    assert len(normal) == 130  # discord.py turns each page round
    assert set(normal) == {user.id for user in fans}
    assert burst == [ada.id]
    asked = server.requests_matching("GET", "*/reactions/*")
    assert any("after" in request.query for request in asked if request.query["type"] == "0")


async def test_archived_threads_are_listed_latest_archived_first(
    server: DiscordServer, client: Listener, general: Channel, guild: Guild, ada: User
) -> None:
    world = server.world
    public = [
        world.create_thread(general, ada, str(number), archived=True) for number in range(3)
    ]
    private = world.create_thread(general, ada, "private", private=True)
    private.joined[world.bot.id] = server.clock.now_ms
    world.archive(private)
    message = world.post(general, ada, "start here")
    active = world.create_thread(general, ada, "active", message=message)
    channel = text(client, general)

    archived = [thread.id async for thread in channel.archived_threads()]
    joined = [thread.id async for thread in channel.archived_threads(private=True, joined=True)]
    known = client.get_guild(guild.id)
    assert known is not None

    assert archived == [thread.id for thread in reversed(public)]
    assert joined == [private.id]
    assert [thread.id for thread in await known.active_threads()] == [active.id]
    assert active.id == message.id


async def test_archived_threads_are_read_in_pages(
    server: DiscordServer, client: Listener, general: Channel, ada: User
) -> None:
    for number in range(105):
        server.world.create_thread(general, ada, str(number), archived=True)

    found = [thread async for thread in text(client, general).archived_threads(limit=None)]

    assert len(found) == 105
    assert len({thread.id for thread in found}) == 105
    assert len(server.requests_matching("GET", "*/threads/archived/public")) == 2


async def test_a_channel_out_of_view_is_forbidden(
    server: DiscordServer, client: Listener, general: Channel
) -> None:
    server.world.hide(general)

    with pytest.raises(discord.Forbidden) as refused:
        [message async for message in text(client, general).history()]

    assert refused.value.code == 50001


async def test_without_read_history_the_history_is_empty_and_one_message_forbidden(
    server: DiscordServer, client: Listener, general: Channel, ada: User
) -> None:
    message = server.world.post(general, ada, "hello")
    server.world.overwrite(general, server.world.bot, deny=Permission.READ_MESSAGE_HISTORY)
    channel = text(client, general)

    assert [message async for message in channel.history()] == []
    with pytest.raises(discord.Forbidden):
        await channel.fetch_message(message.id)


async def test_permissions_follow_roles_and_overwrites(
    server: DiscordServer, client: Listener, general: Channel, guild: Guild
) -> None:
    world = server.world
    channel = text(client, general)
    world.overwrite(general, guild.everyone, deny=Permission.SEND_MESSAGES)
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("hello")
    assert refused.value.code == 50013

    speaker = world.role(guild, "speaker")
    world.overwrite(general, speaker, allow=Permission.SEND_MESSAGES)
    world.set_roles(guild, world.bot, speaker)
    await channel.send("hello")

    world.overwrite(general, world.bot, deny=Permission.VIEW_CHANNEL)
    world.edit_role(guild, speaker, permissions=Permission.ADMINISTRATOR)
    await channel.send("administrators are not held back by overwrites")


async def test_what_was_deleted_is_not_found(
    server: DiscordServer, client: Listener, general: Channel, ada: User
) -> None:
    message = server.world.post(general, ada, "gone")
    channel = text(client, general)
    server.world.delete(message)

    with pytest.raises(discord.NotFound) as refused:
        await channel.fetch_message(message.id)
    assert refused.value.code == 10008

    server.world.delete_channel(general)
    with pytest.raises(discord.NotFound) as gone:
        [message async for message in channel.history()]
    assert gone.value.code == 10003


async def test_a_429_is_waited_for_and_one_without_via_raised(
    server: DiscordServer, client: Listener, general: Channel
) -> None:
    channel = text(client, general)

    server.limits.rate_limit("GET", "/channels/*/messages", times=2)
    server.limits.rate_limit("GET", "/channels/*/messages", whole_bot=True)
    assert [message async for message in channel.history()] == []
    statuses = [
        request.status for request in server.requests_matching("GET", "/channels/*/messages")
    ]
    assert statuses == [429, 429, 429, 200]

    server.limits.rate_limit("GET", "/channels/*/messages", via=False)
    with pytest.raises(discord.HTTPException) as refused:
        [message async for message in channel.history()]
    assert refused.value.status == 429


async def test_the_headers_of_a_bucket_keep_the_client_within_it(
    server: DiscordServer, client: Listener, general: Channel
) -> None:
    server.limits.set("GET", "/channels/*/messages", limit=2, per_seconds=0.05)

    for _ in range(5):
        assert [message async for message in text(client, general).history()] == []

    assert {
        request.status for request in server.requests_matching("GET", "/channels/*/messages")
    } == {200}


async def test_a_503_is_raised(
    server: DiscordServer, client: Listener, general: Channel
) -> None:
    server.limits.fail("GET", "/channels/*/messages", 503)

    with pytest.raises(discord.DiscordServerError):
        [message async for message in text(client, general).history()]


async def test_an_answer_can_be_held_back(
    server: DiscordServer, client: Listener, general: Channel
) -> None:
    hold = server.limits.hold("GET", "/channels/*/messages")
    channel = text(client, general)

    async def read() -> list[discord.Message]:
        return [message async for message in channel.history()]

    reading = asyncio.create_task(read())
    await hold.reached.wait()
    assert not reading.done()
    hold.release()
    assert await reading == []


async def test_members_roles_channels_and_people_are_fetched(
    server: DiscordServer, client: Listener, general: Channel, guild: Guild, ada: User
) -> None:
    hidden = server.world.channel(guild, "staff", hidden=True)

    fetched = await client.fetch_guild(guild.id)
    assert fetched.approximate_member_count == len(guild.members)
    assert {channel.id for channel in await fetched.fetch_channels()} == {general.id, hidden.id}
    assert {member.id async for member in fetched.fetch_members()} == set(guild.members)
    assert (await fetched.fetch_member(ada.id)).name == "ada"
    assert {role.id for role in await fetched.fetch_roles()} == set(guild.roles)
    assert (await client.fetch_user(ada.id)).id == ada.id
    assert [guild.id async for guild in client.fetch_guilds()] == [guild.id]
    assert (await client.fetch_channel(general.id)).id == general.id
    with pytest.raises(discord.Forbidden):
        await client.fetch_channel(hidden.id)


async def test_rest_blanks_content_when_the_application_has_no_such_intent(
    server: DiscordServer, client: Listener, general: Channel, ada: User
) -> None:
    server.world.post(general, ada, "secret")
    server.world.application.message_content_intent = False

    (read,) = [message async for message in text(client, general).history()]

    assert (read.content, read.author.id) == ("", ada.id)
