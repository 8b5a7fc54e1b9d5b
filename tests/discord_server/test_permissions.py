"""Permissions by Discord's algorithm: roles, then overwrites of everyone, roles, the member."""

from __future__ import annotations

import pytest

from tests.discord_server.permissions import (
    EVERYTHING,
    MEMBER_DEFAULT,
    Permission,
    in_channel,
    in_guild,
)
from tests.discord_server.snowflakes import Clock, moment_ms
from tests.discord_server.world import World

VIEW, SEND, READ = (
    Permission.VIEW_CHANNEL,
    Permission.SEND_MESSAGES,
    Permission.READ_MESSAGE_HISTORY,
)


@pytest.fixture
def world() -> World:
    return World(Clock(1_760_000_000_000))


def test_a_member_has_what_everyone_and_their_roles_have(world: World) -> None:
    guild = world.guild("Garden")
    ada = world.member(guild, "ada", world.role(guild, "mod", permissions=1 << 13))

    assert in_guild(guild, ada.id) == MEMBER_DEFAULT | Permission.MANAGE_MESSAGES
    assert in_guild(guild, world.user("stranger").id) == 0
    assert in_guild(guild, guild.owner_id) == EVERYTHING


def test_later_overwrites_win_over_earlier_ones(world: World) -> None:
    guild = world.guild("Garden")
    role = world.role(guild, "speaker")
    ada = world.member(guild, "ada", role)
    channel = world.channel(guild, "general")
    world.overwrite(channel, guild.everyone, deny=SEND)
    assert not in_channel(channel, ada.id) & SEND

    world.overwrite(channel, role, allow=SEND)
    assert in_channel(channel, ada.id) & SEND

    world.overwrite(channel, ada, deny=SEND)
    assert not in_channel(channel, ada.id) & SEND


def test_without_view_there_is_nothing(world: World) -> None:
    guild = world.guild("Garden")
    ada = world.member(guild, "ada")
    hidden = world.channel(guild, "staff", hidden=True)

    assert in_channel(hidden, ada.id) == 0
    assert in_channel(hidden, guild.owner_id) == EVERYTHING


def test_a_thread_has_its_parents_but_sending_is_apart(world: World) -> None:
    guild = world.guild("Garden")
    ada = world.member(guild, "ada")
    channel = world.channel(guild, "general")
    thread = world.create_thread(channel, ada, "talk")
    world.overwrite(channel, guild.everyone, deny=SEND)
    assert in_channel(thread, ada.id) & SEND

    world.overwrite(channel, guild.everyone, deny=Permission.SEND_MESSAGES_IN_THREADS)
    assert not in_channel(thread, ada.id) & SEND
    assert in_channel(thread, ada.id) & READ

    world.hide(channel)
    assert in_channel(thread, ada.id) == 0


def test_ids_carry_the_moment_of_the_clock_and_ascend(world: World) -> None:
    world.clock.set(1_760_000_500_000)
    first, second = world.ids.make(), world.ids.make()
    past = world.ids.make(1_750_000_000_000)

    assert moment_ms(first) == 1_760_000_500_000
    assert moment_ms(second) == 1_760_000_500_001
    assert moment_ms(past) == 1_750_000_000_000
    assert world.clock.now_ms == 1_760_000_500_002
    assert past < first < second
