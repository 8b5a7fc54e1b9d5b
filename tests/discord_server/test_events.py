"""What the real client gets of the world's events, by intent and permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from tests.discord_server.client import Listener, running

if TYPE_CHECKING:
    from tests.discord_server.model import Channel, Guild, User
    from tests.discord_server.server import DiscordServer


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
        assert [user.id for user in heard.mentions] == [bob.id]
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
        assert bulk.message_ids == {message.id for message in messages[1:3]}


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


async def test_a_private_thread_is_heard_by_its_members_only(
    server: DiscordServer, general: Channel, ada: User
) -> None:
    world, client = server.world, Listener()
    private = world.create_thread(general, ada, "council", private=True)

    async with running(client, server):
        world.post(private, ada, "unheard")
        private.joined[world.bot.id] = server.clock.now_ms
        world.post(private, ada, "heard")
        assert (await client.hear("message")).content == "heard"


async def test_what_webhooks_and_other_bots_post_is_marked(
    server: DiscordServer, guild: Guild, general: Channel
) -> None:
    world, client = server.world, Listener()
    other = world.member(guild, "helper", bot=True)

    async with running(client, server):
        world.post(general, world.webhook("ci"), "built")
        world.post(general, other, "beep")
        built, beep = await client.hear("message"), await client.hear("message")
        assert built.webhook_id is not None
        assert built.author.bot
        assert beep.webhook_id is None
        assert beep.author.bot


async def test_the_bot_hears_that_it_was_let_in_and_put_out(server: DiscordServer) -> None:
    world, client = server.world, Listener()
    first = world.guild("first")

    async with running(client, server):
        await client.hear("ready")
        second = world.guild("second")
        assert (await client.hear("guild_join")).id == second.id
        world.remove_bot(first)
        assert (await client.hear("guild_remove")).id == first.id


async def test_a_preview_is_an_update_that_is_no_edit(
    server: DiscordServer, general: Channel, ada: User
) -> None:
    world, client = server.world, Listener()
    message = world.post(general, ada, "see https://example.org")

    async with running(client, server):
        world.unfurl(message, "https://example.org", "Example")
        heard = await client.hear("raw_message_edit")
        assert heard.message.edited_at is None
        assert heard.message.embeds[0].title == "Example"


async def test_a_guild_is_renamed_and_has_an_outage(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener()

    async with running(client, server):
        await client.hear("guild_available")
        world.rename_guild(guild, "Uncommon Garden")
        assert (await client.hear("guild_update")).id == guild.id
        world.outage(guild)
        assert (await client.hear("guild_unavailable")).id == guild.id
        world.recover(guild)
        assert (await client.hear("guild_available")).name == "Uncommon Garden"
