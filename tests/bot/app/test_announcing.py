"""Announcements, by the real discord.py client against the in-process Discord."""

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from bot.app.announcer import Announcer
from bot.chat.discord.buttons import button_class, view_maker
from bot.chat.discord.noticeboard import DiscordNoticeboard
from bot.services.weights.announce import announce_proposal
from bot.services.weights.propose import propose, withdraw
from bot.services.weights.vote import vote
from cred.governance.tally import VoteChoice
from storage.announcements import Announcements
from tests.bot.chat.discord.scene import Scene, embed_text
from tests.bot.commands.garden import ADA, GRACE, NOW_MS, communities, garden
from tests.discord_server import running_discord
from tests.discord_server.model import Channel

DAY_MS = 86_400_000


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_discord(start_ms=NOW_MS) as server, communities(tmp_path) as opened:
        world = server.world
        guild = world.guild("Garden")
        ada, grace = world.member(guild, "ada"), world.member(guild, "grace")
        community = await garden(
            opened, guild=guild.id, real={ADA: str(ada.id), GRACE: str(grace.id)}
        )
        general = world.channel(guild, "general")
        await community.settings.set(
            {"discord.announcements-channel": str(general.id), "votes.electors-days": 0},
            author="operator",
            reason="",
            now_ms=NOW_MS,
        )
        yield Scene(server, opened, community, guild, general, ada, grace)


def announcer_of(scene: Scene, client: discord.Client) -> Announcer:
    announcer = Announcer(scene.opened.get_open, lambda: scene.now_ms[0])

    async def on_press(*_: object) -> None:
        """Do nothing."""

    view = view_maker(button_class(on_press), 0)
    board = DiscordNoticeboard(client, scene.guild.id, view)
    announcer.add_board(scene.community.slug, "discord", board)
    return announcer


async def make_proposal(scene: Scene, value: str = "3") -> int:
    account = scene.community.directory.account_number("discord", str(scene.ada.id))
    assert account is not None
    proposal = await propose(
        scene.community,
        account,
        {"weights.emoji.👍": value},
        reason="thumbs",
        now_ms=scene.now_ms[0],
    )
    waits = await announce_proposal(
        scene.community,
        proposal.number,
        source="discord",
        place=str(scene.general.id),
        now_ms=scene.now_ms[0],
    )
    assert waits
    return proposal.number


async def cast(scene: Scene, number: int, user: object, choice: VoteChoice) -> None:
    account = scene.community.directory.account_number("discord", str(getattr(user, "id", 0)))
    assert account is not None
    await vote(scene.community, number, account, choice, now_ms=scene.now_ms[0])


def texts_in(channel: Channel) -> list[str]:
    """Return what the bot posted in a channel or thread, in order."""
    return [
        embed_text(message)
        for message in channel.messages.values()
        if message.author.bot and message.embeds
    ]


def thread_of(scene: Scene) -> Channel:
    (thread,) = scene.guild.threads.values()
    return thread


async def test_a_proposal_begins_a_thread_in_which_its_result_follows(scene: Scene) -> None:
    async with scene.bot() as client:
        announcer = announcer_of(scene, client)
        number = await make_proposal(scene)
        await announcer.tick(scene.community.slug)
        await cast(scene, number, scene.grace, VoteChoice.FOR)
        scene.now_ms[0] += 7 * DAY_MS
        await announcer.tick(scene.community.slug)

    (proposal,) = texts_in(scene.general)
    assert "Ada, who proposes it" in proposal
    assert "thumbs" in proposal
    reminder_and_result = texts_in(thread_of(scene))
    assert "Result of proposal 1: passed" in reminder_and_result[-1]
    assert scene.community.settings.get("weights.emoji.👍") == 3


async def test_its_time_runs_from_when_it_can_be_seen(scene: Scene) -> None:
    number = await make_proposal(scene)
    scene.now_ms[0] += 30 * DAY_MS

    async with scene.bot() as client:
        await announcer_of(scene, client).tick(scene.community.slug)
        await cast(scene, number, scene.grace, VoteChoice.FOR)

    assert len(texts_in(scene.general)) == 1


async def test_what_was_posted_and_not_recorded_is_not_posted_again(scene: Scene) -> None:
    announcements = Announcements(scene.community.database)
    async with scene.bot() as client:
        announcer = announcer_of(scene, client)
        await make_proposal(scene)
        recorded = Announcements.mark_posted
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Announcements, "mark_posted", _stop)
            await announcer.tick(scene.community.slug)
        assert Announcements.mark_posted is recorded
        assert len(await announcements.list_waiting()) == 1

    async with scene.bot() as client:
        await announcer_of(scene, client).tick(scene.community.slug)

    assert len(texts_in(scene.general)) == 1
    assert await announcements.list_waiting() == []
    assert len(scene.guild.threads) == 1


async def _stop(*_: object, **__: object) -> None:
    raise RuntimeError("the bot is stopped here")


async def test_without_a_permission_it_waits_and_says_why(scene: Scene) -> None:
    announcements = Announcements(scene.community.database)
    scene.server.world.delete_channel(scene.general)
    async with scene.bot() as client:
        announcer = announcer_of(scene, client)
        await make_proposal(scene)

        await announcer.tick(scene.community.slug)

    (waiting,) = await announcements.list_waiting()
    assert waiting.problem is not None
    assert "the channel is gone" in waiting.problem


async def test_a_vote_closes_at_its_time_though_the_bot_was_down(scene: Scene) -> None:
    async with scene.bot() as client:
        await announcer_of(scene, client).tick(scene.community.slug)
        number = await make_proposal(scene)
        await announcer_of(scene, client).tick(scene.community.slug)
        await cast(scene, number, scene.grace, VoteChoice.FOR)
    scene.now_ms[0] += 60 * DAY_MS

    async with scene.bot() as client:
        await announcer_of(scene, client).tick(scene.community.slug)

    version = (await scene.community.settings.history())[-1]
    assert version.author == "proposal:1"
    assert version.at_ms == NOW_MS + 7 * DAY_MS
    assert "passed" in texts_in(thread_of(scene))[-1]


async def test_who_withdraws_it_before_it_was_seen_leaves_nothing_to_announce(
    scene: Scene,
) -> None:
    number = await make_proposal(scene)
    account = scene.community.directory.account_number("discord", str(scene.ada.id))
    assert account is not None
    await withdraw(scene.community, number, account, scene.now_ms[0])

    async with scene.bot() as client:
        await announcer_of(scene, client).tick(scene.community.slug)

    assert texts_in(scene.general) == []


async def test_a_change_by_the_operator_is_announced_with_its_reason_and_effect(
    scene: Scene,
) -> None:
    async with scene.bot() as client:
        announcer = announcer_of(scene, client)
        await announcer.tick(scene.community.slug)
        await scene.community.settings.set(
            {"weights.emoji.👍": 2},
            author="command line",
            reason="as agreed at the meeting",
            now_ms=scene.now_ms[0],
        )
        await announcer.tick(scene.community.slug)

    (act,) = texts_in(scene.general)
    assert "changed without a vote" in act
    assert "as agreed at the meeting" in act
    assert "the operator" in act
    assert "emoji 👍: 1 → 2" in act
