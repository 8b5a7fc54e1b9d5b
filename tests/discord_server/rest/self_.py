"""The bot about itself: gateway address, account, application, direct messages."""

from __future__ import annotations

from tests.discord_server import objects, people
from tests.discord_server.rest.routes import Answer, Call, route, unknown


def _gateway_url(call: Call) -> str:
    return "ws" + call.viewer.cdn.removeprefix("http").removesuffix("/cdn") + "/gateway/"


@route("GET", "/gateway", anonymous=True)
def gateway(call: Call) -> Answer:
    return Answer(200, {"url": _gateway_url(call)})


@route("GET", "/gateway/bot")
def gateway_bot(call: Call) -> Answer:
    limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    return Answer(
        200,
        {
            "url": _gateway_url(call),
            "shards": call.interactions.shards,
            "session_start_limit": limit,
        },
    )


@route("GET", "/users/@me")
def me(call: Call) -> Answer:
    return Answer(200, people.own_user(call.bot))


@route("GET", "/users/{user_id}")
def get_user(call: Call) -> Answer:
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise unknown("User", 10013)
    return Answer(200, people.user(user))


@route("GET", "/users/@me/guilds")
def my_guilds(call: Call) -> Answer:
    found = [guild for guild in call.world.guilds.values() if call.bot.id in guild.members]
    return Answer(200, [objects.own_guild(guild, call.bot) for guild in found])


def _application(call: Call) -> Answer:
    world = call.world
    return Answer(200, people.application(world.application, world.bot, world.owner))


route("GET", "/applications/@me")(_application)
route("GET", "/oauth2/applications/@me")(_application)


@route("POST", "/users/@me/channels")
def open_dm(call: Call) -> Answer:
    user = call.world.users.get(int(call.body["recipient_id"]))
    if user is None:
        raise unknown("User", 10013)
    return Answer(200, objects.dm(call.world.dm(user)))
