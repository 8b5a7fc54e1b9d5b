"""Writing over REST with the real client: messages, reactions, threads, who is pinged."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord

from tests.discord_server.client import Listener, text

if TYPE_CHECKING:
    from tests.discord_server.model import Channel, Guild, User
    from tests.discord_server.server import DiscordServer


async def test_the_bot_writes_edits_and_deletes(
    server: DiscordServer, client: Listener, general: Channel, ada: User
) -> None:
    asked = server.world.post(general, ada, "!cred")
    channel = text(client, general)
    embed = discord.Embed(title="Cred", description="12.3", timestamp=discord.utils.utcnow())
    embed.add_field(name="ada", value="12.3").set_image(url="attachment://plot.png")
    file = discord.File(io.BytesIO(b"\x89PNG" + bytes(20)), "plot.png", description="a plot")

    sent = await channel.send(
        f"for {ada.mention} @everyone",
        embed=embed,
        file=file,
        reference=discord.MessageReference(message_id=asked.id, channel_id=general.id),
        allowed_mentions=discord.AllowedMentions.none(),
    )
    posted = await server.next_message(general)

    assert (posted.id, posted.replies_to) == (sent.id, asked)
    assert (posted.mentions, posted.mention_everyone) == ([], False)
    assert posted.embeds[0]["image"]["url"] == sent.attachments[0].url
    assert await sent.attachments[0].read() == posted.attachments[0].data
    assert (await client.hear("message")).id == asked.id
    assert (await client.hear("message")).id == sent.id

    await sent.edit(content="changed", attachments=[])
    assert (posted.content, posted.attachments) == ("changed", [])
    await sent.delete()
    assert posted.deleted


async def test_without_allowed_mentions_people_are_pinged(
    server: DiscordServer, client: Listener, general: Channel, ada: User
) -> None:
    await text(client, general).send(f"hello {ada.mention} @here")

    posted = await server.next_message()

    assert posted.mentions == [ada]
    assert posted.mention_everyone


async def test_the_bot_reacts_and_takes_it_back(
    server: DiscordServer, client: Listener, general: Channel, guild: Guild, ada: User
) -> None:
    world = server.world
    party = world.emoji(guild, "party")
    message = world.post(general, ada, "hello")
    world.react(message, ada, party)
    world.set_roles(guild, world.bot, world.role(guild, "mod", permissions=1 << 13))
    heard = await text(client, general).fetch_message(message.id)

    await heard.add_reaction("👍")
    await heard.add_reaction(f"<:party:{party.id}>")
    assert message.reactions["👍"].normal == {world.bot.id}
    assert message.reactions[party.key].normal == {world.bot.id, ada.id}
    await heard.remove_reaction("👍", discord.Object(world.bot.id))
    await heard.remove_reaction(f"<:party:{party.id}>", discord.Object(ada.id))
    assert list(message.reactions) == [party.key]
    await heard.clear_reaction(f"<:party:{party.id}>")
    world.react(message, ada, "👍")
    await heard.clear_reactions()
    assert message.reactions == {}


async def test_the_bot_deletes_in_bulk_and_types(
    server: DiscordServer, client: Listener, general: Channel, guild: Guild, ada: User
) -> None:
    world = server.world
    world.set_roles(guild, world.bot, world.role(guild, "mod", permissions=1 << 13))
    messages = [world.post(general, ada, str(number)) for number in range(3)]
    channel = text(client, general)

    async with channel.typing():
        await channel.delete_messages([discord.Object(message.id) for message in messages])

    assert all(message.deleted for message in messages)


async def test_the_bot_opens_threads_posts_and_direct_messages(
    server: DiscordServer, client: Listener, general: Channel, guild: Guild, ada: User
) -> None:
    forum = server.world.forum(guild, "ideas")
    await server.idle()
    channel, ideas = text(client, general), client.get_channel(forum.id)
    assert isinstance(ideas, discord.ForumChannel)

    thread = await (await channel.send("proposal")).create_thread(name="discuss")
    await thread.send("go on")
    alone = await channel.create_thread(name="alone", type=discord.ChannelType.public_thread)
    post = await ideas.create_thread(name="a pond", content="dig?")
    person = client.get_user(ada.id)
    assert person is not None
    await person.send("hello")
    await alone.edit(archived=True)

    assert guild.threads[thread.id].total_message_sent == 2  # the starter and "go on"
    assert guild.threads[alone.id].archived
    assert post.message.id == post.thread.id
    assert server.world.dm(ada).messages[server.world.dm(ada).order[0]].content == "hello"
