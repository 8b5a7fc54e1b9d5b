"""The gateway against the real client: sessions, resume, compression, intents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest

from tests.discord_server.conftest import EVERYTHING, Listener, running

if TYPE_CHECKING:
    from tests.discord_server.model import Guild
    from tests.discord_server.server import DiscordServer


async def test_a_client_logs_in_and_knows_the_guild(
    server: DiscordServer, guild: Guild
) -> None:
    ada = server.world.member(guild, "ada")
    channel = server.world.channel(guild, "general", topic="all")
    client = Listener()

    async with running(client, server):
        await client.hear("ready")
        known = await client.hear("guild_available")
        assert known.name == "Common Garden"
        assert [one.id for one in known.text_channels] == [channel.id]
        assert known.get_member(ada.id) is not None  # from the chunks it asked for
        assert client.application_id == server.world.application.id


async def test_a_message_is_heard_with_its_mentions(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener()
    ada, bob = world.member(guild, "ada"), world.member(guild, "bob")
    channel = world.channel(guild, "general")

    async with running(client, server):
        first = world.post(channel, ada, f"thanks {bob.mention}", files={"a.txt": b"text"})
        reply = world.post(channel, bob, "welcome", reply_to=first)
        heard = await client.hear("message")
        answer = await client.hear("message")
        assert heard.content == first.content
        assert [one.id for one in heard.mentions] == [bob.id]
        assert await heard.attachments[0].read() == b"text"
        assert heard.created_at.timestamp() * 1000 == first.at_ms
        assert answer.id == reply.id
        assert answer.reference.message_id == first.id
        assert answer.type is discord.MessageType.reply


async def test_edits_and_deletions_are_heard(server: DiscordServer, guild: Guild) -> None:
    world, client = server.world, Listener()
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")
    messages = [world.post(channel, ada, str(number)) for number in range(4)]

    async with running(client, server):
        world.edit(messages[0], "better")
        world.delete(messages[0])
        world.bulk_delete(channel, messages[1:3])
        edited = await client.hear("raw_message_edit")
        deleted = await client.hear("raw_message_delete")
        bulk = await client.hear("raw_bulk_message_delete")
        assert edited.message.content == "better"
        assert edited.message.edited_at is not None
        assert deleted.message_id == messages[0].id
        assert bulk.message_ids == {one.id for one in messages[1:3]}


async def test_reactions_of_old_messages_are_heard_raw(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener()
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")
    party, message = world.emoji(guild, "party"), world.post(channel, ada, "old")

    async with running(client, server):
        world.react(message, ada, "👍")
        world.react(message, ada, party, burst=True)
        world.unreact(message, ada, "👍")
        world.clear_emoji(message, party)
        world.clear_reactions(message)
        thumb, super_ = (
            await client.hear("raw_reaction_add"),
            await client.hear("raw_reaction_add"),
        )
        assert (str(thumb.emoji), thumb.user_id, thumb.burst) == ("👍", ada.id, False)
        assert (super_.emoji.id, super_.burst) == (party.id, True)
        assert thumb.message_author_id == ada.id
        assert str((await client.hear("raw_reaction_remove")).emoji) == "👍"
        assert (await client.hear("raw_reaction_clear_emoji")).emoji.id == party.id
        assert (await client.hear("raw_reaction_clear")).message_id == message.id


async def test_members_roles_channels_and_threads_are_heard(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener()

    async with running(client, server):
        await client.hear("ready")
        role = world.role(guild, "gardener")
        ada = world.member(guild, "ada")
        world.set_roles(guild, ada, role)
        world.leave(guild, ada)
        forum = world.forum(guild, "ideas", tags=("good",))
        post = world.forum_post(forum, ada, "a pond", "shall we dig?")
        world.archive(post)
        world.edit_role(guild, role, name="head gardener")
        assert (await client.hear("guild_role_create")).id == role.id
        assert (await client.hear("member_join")).id == ada.id
        assert (await client.hear("member_update")).id == ada.id
        assert (await client.hear("raw_member_remove")).user.id == ada.id
        assert (await client.hear("guild_channel_create")).id == forum.id
        assert (await client.hear("thread_create")).parent_id == forum.id
        assert (await client.hear("message")).id == post.id  # the first message has its id
        assert (await client.hear("raw_thread_update")).thread_id == post.id
        assert (await client.hear("guild_role_update")).id == role.id


async def test_content_is_blank_without_the_intent(server: DiscordServer, guild: Guild) -> None:
    world = server.world
    intents = discord.Intents.all()
    intents.presences = intents.message_content = False
    client = Listener(intents)
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")

    async with running(client, server):
        world.post(channel, ada, "secret", files={"a.txt": b"x"}, embeds=[])
        world.post(channel, ada, f"hi {world.bot.mention}")
        world.post(channel, world.bot, "mine")
        world.post(world.dm(ada), ada, "direct")
        hidden = await client.hear("message")
        assert (hidden.content, hidden.attachments, hidden.author.id) == ("", [], ada.id)
        rest = [(await client.hear("message")).content for _ in range(3)]
        assert rest == [f"hi {world.bot.mention}", "mine", "direct"]


async def test_events_without_their_intent_are_not_sent(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener(discord.Intents(guilds=True))
    channel = world.channel(guild, "general")

    async with running(client, server):
        ada = world.member(guild, "ada")
        world.react(world.post(channel, ada, "hello"), ada, "👍")
        world.role(guild, "gardener")
        await client.hear("guild_role_create")
        assert not {"message", "raw_reaction_add", "member_join"} & set(client.order)


async def test_a_switched_off_intent_is_refused_with_4014(
    server: DiscordServer, guild: Guild
) -> None:
    del guild
    server.world.application.message_content_intent = False

    async with Listener() as client:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.start(server.token)
    assert server.gateway.counts["closed 4014"] == 1


async def test_a_wrong_token_is_refused(server: DiscordServer) -> None:
    async with Listener() as client:
        with pytest.raises(discord.LoginFailure):
            await client.start("wrong")


async def test_events_of_a_channel_out_of_view_are_not_sent(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener()
    ada = world.member(guild, "ada")
    hidden, general = (
        world.channel(guild, "staff", hidden=True),
        world.channel(guild, "general"),
    )

    async with running(client, server):
        world.react(world.post(hidden, ada, "psst"), ada, "👍")
        world.post(general, ada, "hello")
        assert (await client.hear("message")).content == "hello"
        assert "raw_reaction_add" not in client.order


@pytest.mark.parametrize("how", ["close", "abort", "reconnect", "invalid but resumable"])
async def test_a_resume_replays_what_was_missed(
    server: DiscordServer, guild: Guild, how: str
) -> None:
    world, client = server.world, Listener()
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")

    async with running(client, server):
        world.post(channel, ada, "before")
        await server.idle()
        if how == "close":
            await server.gateway.disconnect(4000)
        elif how == "abort":
            await server.gateway.abort()
        elif how == "reconnect":
            server.gateway.reconnect()
        else:
            server.gateway.invalidate(resumable=True)
        world.post(channel, ada, "meanwhile")
        await client.hear("resumed")
        world.post(channel, ada, "after")
        heard = [(await client.hear("message")).content for _ in range(3)]
        assert heard == ["before", "meanwhile", "after"]
        assert server.gateway.counts["identify"] == 1
        assert server.gateway.paths[-1].startswith("/resume/")


async def test_what_happens_in_an_expired_session_is_lost_and_ready_comes_again(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener()
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")

    async with running(client, server):
        await client.hear("ready")
        async with server.gateway.offline(forget=True):
            world.post(channel, ada, "lost")
        await client.hear("ready")
        world.post(channel, ada, "after")
        assert (await client.hear("message")).content == "after"
        assert server.gateway.counts["refused"] == 1
        assert server.gateway.counts["identify"] == 2


async def test_an_invalidated_session_is_begun_anew(
    server: DiscordServer, guild: Guild
) -> None:
    del guild
    client = Listener()

    async with running(client, server):
        await client.hear("ready")
        server.gateway.invalidate()
        await client.hear("ready")
        assert server.gateway.counts["identify"] == 2


async def test_compression_is_what_the_client_asks_for(
    server: DiscordServer, guild: Guild
) -> None:
    del guild
    async with running(Listener(), server):
        (connection,) = server.gateway.connected
        assert "compress=" in server.gateway.paths[0]
        assert 0 < connection.compressed_bytes < connection.plain_bytes


async def test_the_client_answers_a_requested_heartbeat(
    server: DiscordServer, guild: Guild
) -> None:
    del guild
    async with running(Listener(), server):
        (connection,) = server.gateway.connected
        before = server.gateway.counts["heartbeat"]
        await connection.heartbeat()
        assert server.gateway.counts["heartbeat"] == before + 1


async def test_idle_returns_after_the_client_has_read_everything(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener()
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")

    async with running(client, server):
        for number in range(200):
            world.post(channel, ada, str(number))
        await server.idle()
        assert client.order.count("message") == 200


async def test_members_can_be_asked_for_over_the_gateway(
    server: DiscordServer, guild: Guild
) -> None:
    ada = server.world.member(guild, "ada")
    client = Listener(EVERYTHING, chunk_guilds_at_startup=False)

    async with running(client, server):
        known = client.get_guild(guild.id)
        assert known is not None
        assert [one.id for one in await known.query_members("ad")] == [ada.id]


async def test_a_sharded_client_hears_each_guild_once(server: DiscordServer) -> None:
    world = server.world
    server.interactions.shards = 2
    guilds = [world.guild(str(number)) for number in range(4)]

    class Sharded(discord.AutoShardedClient):
        async def before_identify_hook(
            self, shard_id: int | None, *, initial: bool = False
        ) -> None:
            """Identify at once."""

    client = Sharded(intents=EVERYTHING, guild_ready_timeout=0.02)
    async with running(client, server):
        assert {one.id for one in client.guilds} == {one.id for one in guilds}
        assert len(server.gateway.sessions) == 2
        sent = server.gateway.counts["sent GUILD_CREATE"]
        assert sent == 4
