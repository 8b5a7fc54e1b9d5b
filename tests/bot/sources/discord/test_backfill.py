"""Backfill: what was missed is read, whenever and however it was missed."""

import logging
from pathlib import Path
from urllib.parse import quote

import pytest
from discord.http import HTTPClient

from bot.community.gap_reasons import NO_PERMISSION
from bot.sources.discord.reading.backfill import OFFLINE, Backfill
from tests.bot.sources.discord.harness import living, reaction
from tests.discord_server import DiscordServer
from tests.discord_server.permissions import Permission

DAY_MS = 24 * 60 * 60 * 1000


async def test_the_first_start_reads_all_history_with_reactions(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    general = world.channel(guild, "general")
    start_ms = discord_server.clock.now_ms - 30 * DAY_MS
    messages = [
        world.post(general, ada, f"message {n}", at_ms=start_ms + n * 60_000)
        for n in range(250)
    ]
    world.react(messages[7], ben, "🌱")
    world.react(messages[7], ada, "🌱", burst=True)

    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == {str(message.id) for message in messages}
        assert await bot.reactions(guild) == {
            reaction(messages[7], ben, "🌱"),
            reaction(messages[7], ada, "🌱 super"),
        }
        rows = [row for row in await bot.events(guild) if row["kind"] == "reacted"]
        assert {row["at_ms"] for row in rows} == {start_ms + 7 * 60_000}
        assert all(row["estimated"] and row["how"] == "backfill" for row in rows)
        last = bot.progress[-1]
        assert (last.place, last.messages, last.expected) == (str(general.id), 250, 250)
        pages = discord_server.requests_matching("GET", f"/channels/{general.id}/messages")
        assert len(pages) == 3


async def test_threads_active_and_archived_public_and_private_are_read(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general, forum = world.channel(guild, "general"), world.forum(guild, "ideas")
    bot_role = world.role(guild, "keeper", permissions=int(Permission.MANAGE_THREADS))
    world.set_roles(guild, world.bot, bot_role)
    expected: set[str] = set()
    for name, private, archived in (
        ("a", False, False),
        ("b", False, True),
        ("c", True, True),
    ):
        thread = world.create_thread(general, ada, name, private=private)
        expected.add(str(world.post(thread, ada, name).id))
        if archived:
            world.archive(thread)
    idea = world.forum_post(forum, ada, "pond", "dig")
    expected.add(str(idea.id))
    world.archive(idea)

    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == expected

    before = len(discord_server.requests)
    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == expected
    again = [request.path for request in discord_server.requests[before:]]
    assert f"/channels/{idea.id}/messages" not in again


async def test_a_restart_reads_only_what_is_new_and_the_window(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general, old = world.channel(guild, "general"), world.channel(guild, "old")
    start_ms = discord_server.clock.now_ms - 30 * DAY_MS
    world.post(old, ada, "long ago", at_ms=start_ms)
    for n in range(200):
        world.post(general, ada, f"message {n}", at_ms=start_ms + n)
    async with living(discord_server, tmp_path) as bot:
        live = world.post(general, ada, "live")
        await bot.wait_until_settled()

    missed = world.post(general, ada, "missed")
    before = len(discord_server.requests)
    async with living(discord_server, tmp_path) as bot:
        posts = await bot.posts(guild)

    assert {str(live.id), str(missed.id)} <= posts
    assert len(posts) == 203
    pages = [
        request
        for request in discord_server.requests[before:]
        if request.path.endswith("/messages")
    ]
    assert [request.path for request in pages] == [f"/channels/{general.id}/messages"]


async def test_what_changed_while_the_bot_was_down_is_found_in_the_window(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben, cat = (world.member(guild, name) for name in ("ada", "ben", "cat"))
    general = world.channel(guild, "general")
    async with living(discord_server, tmp_path) as bot:
        deleted, edited, changed, same = (world.post(general, ada, "some") for _ in range(4))
        for message in (changed, same):
            world.react(message, ben, "🌱")
        world.react(changed, ben, "🍎")
        await bot.wait_until_settled()

    world.delete(deleted)
    discord_server.clock.advance(seconds=5)
    world.edit(edited, f"something else, {ben.mention}")
    world.unreact(changed, ben, "🌱")
    world.react(changed, cat, "🍎")
    world.leave(guild, cat)
    dan = world.member(guild, "dan")
    before = len(discord_server.requests)
    async with living(discord_server, tmp_path) as bot:
        posts, reactions = await bot.posts(guild), await bot.reactions(guild)
        activity, members = await bot.activity(guild), await bot.members(guild)
        gaps = await bot.gaps(guild)

    assert posts == {str(message.id) for message in (edited, changed, same)}
    assert reactions == {
        reaction(same, ben, "🌱"),
        reaction(changed, ben, "🍎"),
        reaction(changed, cat, "🍎"),
    }
    assert len(f"something else, {ben.mention}") in activity.posts.length.tolist()
    assert activity.mentions.count.tolist() == [1]
    assert str(dan.id) in members
    assert str(cat.id) not in members
    assert (None, OFFLINE) in gaps
    asked = [
        request.path
        for request in discord_server.requests[before:]
        if "reactions" in request.path
    ]
    assert len(asked) == 1, "only where the count differs"


async def test_a_resumed_connection_loses_nothing_and_leaves_no_gap(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        async with discord_server.gateway.offline():
            message = world.post(general, ada, "meanwhile")
            world.react(message, ada, "🌱")
            world.unreact(message, ada, "🌱")
        await discord_server.gateway.wait_until(
            lambda: discord_server.gateway.counts["resume"] == 1
        )

        assert await bot.posts(guild) == {str(message.id)}
        assert await bot.kinds(guild, message) == {"posted": 1, "reacted": 1, "unreacted": 1}
        assert await bot.gaps(guild) == []
        assert discord_server.gateway.counts["identify"] == 1


async def test_a_connection_that_can_not_be_resumed_is_made_up_for_by_reading(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        before, gone = world.post(general, ada, "before"), world.post(general, ada, "gone")
        await bot.wait_until_settled()
        async with discord_server.gateway.offline(forget=True):
            missed = world.post(general, ada, "missed")
            world.react(before, ben, "🌱")
            world.delete(gone)
            discord_server.clock.advance(seconds=9)
        await discord_server.gateway.wait_until(
            lambda: discord_server.gateway.counts["identify"] == 2
        )

        assert await bot.posts(guild) == {str(before.id), str(missed.id)}
        assert await bot.reactions(guild) == {reaction(before, ben, "🌱")}
        assert await bot.gaps(guild) == [(None, OFFLINE)]


async def test_a_page_that_was_read_before_something_happened_does_not_undo_it(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    general = world.channel(guild, "general")
    message = world.post(general, ada, "look")
    world.react(message, ben, "🌱")
    world.react(message, ada, "🍎")

    # Who reacted with 🌱 is answered (ben), with 🍎 not yet, when ben takes it back.
    hold = discord_server.limits.hold("GET", f"*/reactions/{quote('🍎')}")
    async with living(discord_server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        world.unreact(message, ben, "🌱")
        (connection,) = discord_server.gateway.connected
        await connection.barrier()
        hold.release()

        assert await bot.reactions(guild) == {reaction(message, ada, "🍎")}


@pytest.mark.parametrize("trouble", ["429", "429 of a proxy", "503", "500"])
async def test_reading_waits_when_discord_is_busy_or_unwell(
    discord_server: DiscordServer, tmp_path: Path, trouble: str
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    message = world.post(general, ada, "look")
    pages = "/channels/*/messages"
    if trouble.startswith("429"):
        discord_server.limits.rate_limit("GET", pages, times=2, via=trouble == "429")
    else:
        discord_server.limits.fail("GET", pages, int(trouble), times=2)

    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == {str(message.id)}


async def test_a_channel_without_permission_is_skipped_told_once_and_a_gap_until_it_opens(
    discord_server: DiscordServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    hidden = world.channel(guild, "board room", hidden=True)
    mute = world.channel(guild, "no history")
    world.overwrite(mute, guild.everyone, deny=int(Permission.READ_MESSAGE_HISTORY))
    seen, secret = world.post(general, ada, "all"), world.post(hidden, ada, "few")
    world.post(mute, ada, "unread")

    with caplog.at_level(logging.WARNING, "bot"):
        async with living(discord_server, tmp_path) as bot:
            assert await bot.posts(guild) == {str(seen.id)}
            assert sorted(await bot.gaps(guild)) == sorted(
                [(str(hidden.id), NO_PERMISSION), (str(mute.id), NO_PERMISSION)]
            )
            await discord_server.gateway.disconnect(4000)
            await discord_server.gateway.wait_until(
                lambda: discord_server.gateway.counts["resume"] == 1
            )
            await bot.wait_until_settled()
    assert caplog.text.count(f"channel {hidden.id} is skipped") == 1
    assert not discord_server.requests_matching("GET", f"/channels/{hidden.id}/messages")

    world.show(hidden)
    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == {str(seen.id), str(secret.id)}
        assert [place for place, _ in await bot.gaps(guild) if place] == [str(mute.id)]


async def test_losing_sight_of_history_is_not_taken_for_deletion(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    message = world.post(general, ada, "look")
    async with living(discord_server, tmp_path) as bot:
        await bot.wait_until_settled()

    world.overwrite(general, guild.everyone, deny=int(Permission.READ_MESSAGE_HISTORY))
    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == {str(message.id)}
        assert (str(general.id), NO_PERMISSION) in await bot.gaps(guild)


async def test_nor_is_losing_it_in_the_middle_of_reading(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    message = world.post(general, ada, "look")
    async with living(discord_server, tmp_path) as bot:
        await bot.wait_until_settled()

    hold = discord_server.limits.hold("GET", "/channels/*/messages")
    async with living(discord_server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        world.overwrite(general, guild.everyone, deny=int(Permission.READ_MESSAGE_HISTORY))
        hold.release()  # where history is hidden, Discord answers that there is none
        assert await bot.posts(guild) == {str(message.id)}


async def test_history_before_its_start_is_not_read(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    async with living(discord_server, tmp_path) as bot:
        community = await bot.community(guild)
        await community.settings.set(
            {"history.start": "2020-06-01"},
            author="ada",
            reason="for the test",
            now_ms=1_800_000_000_000,
        )
    general = world.channel(guild, "general")
    world.post(general, ada, "early", at_ms=1_577_836_800_000)  # 2020-01-01
    late = world.post(general, ada, "late", at_ms=1_600_000_000_000)

    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == {str(late.id)}


async def test_reading_that_was_broken_off_goes_on_from_the_last_page(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    start_ms = discord_server.clock.now_ms - 30 * DAY_MS
    messages = [world.post(general, ada, str(n), at_ms=start_ms + n) for n in range(250)]
    world.react(messages[120], ada, "🌱")
    pages = f"/channels/{general.id}/messages"

    hold = discord_server.limits.hold("GET", "*/reactions/*")
    async with living(discord_server, tmp_path, read=False):
        await hold.reached.wait()  # the second page is being looked at
    hold.release()
    before = len(discord_server.requests_matching("GET", pages))
    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == {str(message.id) for message in messages}
        assert await bot.reactions(guild) == {reaction(messages[120], ada, "🌱")}

    again = discord_server.requests_matching("GET", pages)[before:]
    assert [request.query["after"] for request in again] == [
        str(messages[99].id),
        str(messages[199].id),
    ]


async def test_a_live_message_does_not_hide_what_was_missed_before_it(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    async with living(discord_server, tmp_path) as bot:
        world.post(general, ada, "before")
        await bot.wait_until_settled()
    missed = world.post(general, ada, "missed")

    hold = discord_server.limits.hold("GET", "/channels/*/messages")
    async with living(discord_server, tmp_path, read=False):
        await hold.reached.wait()
        live = world.post(general, ada, "live")
        (connection,) = discord_server.gateway.connected
        await connection.barrier()
    hold.release()
    discord_server.clock.advance(days=100)  # nothing is read again just for being recent
    async with living(discord_server, tmp_path) as bot:
        assert {str(missed.id), str(live.id)} <= await bot.posts(guild)


async def test_without_the_members_intent_messages_are_read_all_the_same(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    message = world.post(world.channel(guild, "general"), world.member(guild, "ada"), "look")

    async with living(discord_server, tmp_path, members=False) as bot:
        assert await bot.posts(guild) == {str(message.id)}
    assert not discord_server.requests_matching("GET", f"/guilds/{guild.id}/members")


async def test_reactions_of_a_message_that_others_keep_reacting_to_are_read(
    discord_server: DiscordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if somebody had reacted during every attempt to read it.
    monkeypatch.setattr("bot.sources.discord.reading.messages._ATTEMPTS", 0)
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben, cat = (world.member(guild, name) for name in ("ada", "ben", "cat"))
    message = world.post(world.channel(guild, "general"), ada, "look")
    world.react(message, ada, "🍎")
    world.react(message, ben, "🍎")

    hold = discord_server.limits.hold("GET", "*/reactions/*")
    async with living(discord_server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        world.react(message, cat, "🍎")
        world.unreact(message, ben, "🍎")
        (connection,) = discord_server.gateway.connected
        await connection.barrier()
        hold.release()

        assert await bot.reactions(guild) == {
            reaction(message, ada, "🍎"),
            reaction(message, cat, "🍎"),
        }


async def test_members_are_recorded_page_by_page(
    discord_server: DiscordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sources.discord.reading.members.PAGE", 2)
    world = discord_server.world
    guild = world.guild("Common Garden")
    people = [world.member(guild, f"member {number}") for number in range(5)]
    everybody = {str(user.id) for user in (*people, world.owner, world.bot)}

    async with living(discord_server, tmp_path) as bot:
        assert set(await bot.members(guild)) == everybody
    world.leave(guild, people[2])

    async with living(discord_server, tmp_path) as bot:
        assert set(await bot.members(guild)) == everybody - {str(people[2].id)}


async def test_no_text_stays_in_memory(discord_server: DiscordServer, tmp_path: Path) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        world.post(general, ada, "look")
        await bot.wait_until_settled()

        assert list(bot.client.cached_messages) == []


async def test_a_name_changed_while_history_is_read_is_the_name(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    world.set_nick(guild, ada, "Lady Ada")
    world.post(world.channel(guild, "general"), ada, "look")

    hold = discord_server.limits.hold("GET", "/channels/*/messages")
    async with living(discord_server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        world.set_nick(guild, ada, "Countess of Lovelace")
        (connection,) = discord_server.gateway.connected
        await connection.barrier()
        hold.release()
        await bot.wait_until_settled()
        names = (await bot.community(guild)).directory
        number = names.account_number("discord", str(ada.id))

    assert number is not None
    assert names.account_name(number) == "Countess of Lovelace"
    assert names.find_account("ada") == [number]  # the user name


async def test_a_malformed_message_in_history_holds_up_nothing_behind_it(
    discord_server: DiscordServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    before, malformed, after = (
        world.post(general, ada, text) for text in ("one", "two", "three")
    )
    logs_from = HTTPClient.logs_from

    async def with_one_malformed(*args: object, **options: object) -> list[dict[str, object]]:
        page: list[dict[str, object]] = await logs_from(*args, **options)  # type: ignore[arg-type,assignment]
        return [
            {**message, "author": "ada"} if message["id"] == str(malformed.id) else message
            for message in page
        ]

    monkeypatch.setattr(HTTPClient, "logs_from", with_one_malformed)
    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == {str(before.id), str(after.id)}
    assert f"message {malformed.id}" in caplog.text
    assert "yesterday" not in caplog.text


async def test_threads_that_may_not_be_listed_do_not_have_the_server_read_over_and_over(
    discord_server: DiscordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    message = world.post(world.channel(guild, "general"), world.member(guild, "ada"), "look")
    discord_server.limits.fail("GET", "*/threads/archived/*", 403, code=50001, times=1000)
    outcomes: list[bool] = []
    sweep = Backfill.sweep

    async def noting_sweep(backfill: Backfill, *, again: bool, offline_ms: int | None) -> bool:
        outcomes.append(await sweep(backfill, again=again, offline_ms=offline_ms))
        return outcomes[-1]

    monkeypatch.setattr(Backfill, "sweep", noting_sweep)
    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == {str(message.id)}
    assert outcomes == [True]


@pytest.mark.parametrize(("status", "code"), [(404, 10014), (400, 10014), (404, 10008)])
async def test_an_emoji_that_discord_will_not_tell_of_takes_no_reaction_back(
    discord_server: DiscordServer, tmp_path: Path, status: int, code: int
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    general = world.channel(guild, "general")
    async with living(discord_server, tmp_path) as bot:
        message = world.post(general, ada, "look")
        world.react(message, ben, "🌱")
        await bot.wait_until_settled()

    world.react(message, ada, "🌱")
    after = world.post(general, ada, "and after it")
    discord_server.limits.fail("GET", "*/reactions/*", status, code=code, times=100)
    async with living(discord_server, tmp_path) as bot:
        assert await bot.reactions(guild) == {reaction(message, ben, "🌱")}
        assert await bot.posts(guild) == {str(message.id), str(after.id)}


async def test_what_was_read_while_text_was_told_stands_when_it_is_told_no_more(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    async with living(discord_server, tmp_path) as bot:
        world.post(world.channel(guild, "general"), ada, f"thanks {ben.mention} {ben.mention}")
        await bot.wait_until_settled()

    world.application.message_content_intent = False
    async with living(discord_server, tmp_path, message_content=False) as bot:
        activity = await bot.activity(guild)

    assert activity.mentions.count.tolist() == [2]
