"""Application commands: which slash commands and context menus are registered, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.discord_server.rest.bodies import without_none
from tests.discord_server.rest.routes import Answer, Call, RefusalError, route, unknown

if TYPE_CHECKING:
    from tests.discord_server.model import Json

GLOBAL = "/applications/{application_id}/commands"
OF_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


def _place(call: Call) -> int | None:
    if call.id("application_id") != call.world.application.id:
        raise RefusalError(403, 20012, "You are not authorized to perform this action")
    return call.guild().id if "guild_id" in call.params else None


def _register(call: Call, sent: Json, guild_id: int | None, known: list[Json]) -> Json:
    """Return a command as Discord stores it; one of the same name and type keeps its id."""
    kept: Json = without_none(sent)
    kept.setdefault("type", 1)
    kept.setdefault("description", "")
    if kept["type"] == 1 and not kept["description"]:
        raise RefusalError(400, 50035, "Invalid Form Body: description is required")
    same = [command for command in known if _key(command) == _key(kept)]
    kept["id"] = same[0]["id"] if same else str(call.world.ids.make())
    kept["application_id"] = str(call.world.application.id)
    kept["version"] = str(call.world.ids.make())
    permissions = sent.get("default_member_permissions")
    kept["default_member_permissions"] = None if permissions is None else str(permissions)
    if guild_id is not None:
        kept["guild_id"] = str(guild_id)
    return kept


def _key(command: Json) -> tuple[Any, ...]:
    return (command["name"], command.get("type", 1))


def _list(call: Call) -> Answer:
    return Answer(200, call.interactions.commands.get(_place(call), []))


def _overwrite(call: Call) -> Answer:
    place = _place(call)
    known = call.interactions.commands.get(place, [])
    sent = call.body or []
    if len({_key(command) for command in sent}) < len(sent):
        raise RefusalError(400, 50035, "Invalid Form Body: names must be unique")
    kept = [_register(call, command, place, known) for command in sent]
    call.interactions.commands[place] = kept
    return Answer(200, kept)


def _create(call: Call) -> Answer:
    place = _place(call)
    known = call.interactions.commands.setdefault(place, [])
    kept = _register(call, call.body, place, known)
    is_new = all(_key(command) != _key(kept) for command in known)
    known[:] = [*(command for command in known if _key(command) != _key(kept)), kept]
    return Answer(201 if is_new else 200, kept)


def _delete(call: Call) -> Answer:
    known = call.interactions.commands.get(_place(call), [])
    left = [command for command in known if command["id"] != call.params["command_id"]]
    if len(left) == len(known):
        raise unknown("application command", 10063)
    known[:] = left
    return Answer(204)


for _template in (GLOBAL, OF_GUILD):
    route("GET", _template)(_list)
    route("PUT", _template)(_overwrite)
    route("POST", _template)(_create)
    route("DELETE", _template + "/{command_id}")(_delete)
