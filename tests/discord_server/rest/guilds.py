"""Guilds, their channels, roles and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.discord_server import objects, people
from tests.discord_server.rest.routes import (
    Answer,
    Call,
    missing_access,
    route,
    unknown,
)

if TYPE_CHECKING:
    from tests.discord_server.model import Member


@route("GET", "/guilds/{guild_id}")
def get_guild(call: Call) -> Answer:
    guild = call.guild()
    written = objects.guild(guild)
    if call.query.get("with_counts"):
        written |= {
            "approximate_member_count": len(guild.members),
            "approximate_presence_count": 1,
        }
    return Answer(200, written)


@route("GET", "/guilds/{guild_id}/channels")
def list_channels(call: Call) -> Answer:
    """List all channels, including those that the bot cannot view, but no threads."""
    found = call.guild().channels.values()
    return Answer(200, [objects.channel(channel, call.viewer) for channel in found])


@route("GET", "/guilds/{guild_id}/roles")
def list_roles(call: Call) -> Answer:
    return Answer(200, [people.role(role) for role in call.guild().roles.values()])


@route("GET", "/guilds/{guild_id}/emojis")
def list_emojis(call: Call) -> Answer:
    return Answer(200, [people.emoji(value) for value in call.guild().emojis.values()])


@route("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(call: Call) -> Answer:
    member = call.guild().members.get(call.id("user_id"))
    if member is None:
        raise unknown("Member", 10007)
    return Answer(200, people.member(member))


def _members(call: Call) -> list[Member]:
    return sorted(call.guild().members.values(), key=lambda member: member.user.id)


@route("GET", "/guilds/{guild_id}/members")
def list_members(call: Call) -> Answer:
    """List by ascending user id; the members intent must be on."""
    if not call.world.application.members_intent:
        raise missing_access()
    after = int(call.query.get("after", 0))
    found = [member for member in _members(call) if member.user.id > after]
    page = found[: call.query.get("limit", 1)]
    return Answer(200, [people.member(member) for member in page])


@route("GET", "/guilds/{guild_id}/members/search")
def search_members(call: Call) -> Answer:
    wanted = call.query["query"].lower()
    found = [
        member
        for member in _members(call)
        if member.user.name.lower().startswith(wanted)
        or (member.nick or "").lower().startswith(wanted)
    ]
    return Answer(
        200, [people.member(member) for member in found[: call.query.get("limit", 1)]]
    )
