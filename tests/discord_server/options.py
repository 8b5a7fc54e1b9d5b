"""Options of a slash command, checked against its registration, as Discord's app does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.discord_server import objects, people, permissions
from tests.discord_server.model import Channel, Json, Message, Role, User

if TYPE_CHECKING:
    from tests.discord_server.objects import Viewer
    from tests.discord_server.world import World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, NUMBER, ATTACHMENT = 1, 2, 3, 4, 5, 10, 11
KINDS = {INTEGER: int, BOOLEAN: bool, STRING: str}

Value = str | int | float | bool | User | Role | Channel | tuple[str, bytes]


class Resolved:
    """The objects that options name by id, each written out once."""

    def __init__(self, world: World, viewer: Viewer, channel: Channel) -> None:
        self.written: Json = {}
        self._world, self._viewer, self._channel = world, viewer, channel

    def add(self, thing: User | Role | Channel | Message) -> str:
        """Write out an object; return its id."""
        key, guild = str(thing.id), self._channel.guild
        if isinstance(thing, User):
            self._put("users", key, people.user(thing))
            if guild is not None and thing.id in guild.members:
                self._put("members", key, self._member(thing))
        elif isinstance(thing, Role):
            self._put("roles", key, people.role(thing))
        elif isinstance(thing, Channel):
            written = objects.channel(thing, self._viewer)
            allowed = permissions.in_channel(thing, self._world.bot.id)
            self._put("channels", key, written | {"permissions": str(allowed)})
        else:
            self._put("messages", key, objects.message(thing, self._viewer))
        return key

    def attach(self, name: str, data: bytes) -> str:
        made = self._world.attach(name, data)
        made.ephemeral = True
        written = objects.attachment(made, self._channel, self._viewer)
        self._put("attachments", str(made.id), written)
        return str(made.id)

    def _member(self, user: User) -> Json:
        written = people.partial_member(self._channel.home.members[user.id])
        for absent in ("mute", "deaf"):
            del written[absent]
        allowed = permissions.in_channel(self._channel, user.id)
        return written | {"permissions": str(allowed)}

    def _put(self, kind: str, key: str, written: Json) -> None:
        self.written.setdefault(kind, {})[key] = written


def command_data(
    command: Json, path: list[str], given: Json, resolved: Resolved, focused: str | None
) -> Json:
    """Return an interaction's `data` for a command, subcommands `path` and option values.

    Raises
    ------
    LookupError
        If a subcommand or an option is not registered, or a required option is missing:
        Discord's app would not let the member send it.
    """
    declared, chain = command.get("options", []), []
    for word in path:
        found = next((option for option in declared if option["name"] == word), None)
        if found is None or found["type"] not in {SUBCOMMAND, GROUP}:
            raise LookupError(f"{command['name']} has no subcommand {word!r}")
        chain.append(found)
        declared = found.get("options", [])
    if any(option["type"] in {SUBCOMMAND, GROUP} for option in declared):
        raise LookupError(f"{command['name']} needs one of its subcommands")
    options = _options(declared, given, resolved, focused)
    for step in reversed(chain):
        options = [{"type": step["type"], "name": step["name"], "options": options}]
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if options:
        data["options"] = options
    if resolved.written:
        data["resolved"] = resolved.written
    return data


def _options(
    declared: list[Json], given: Json, resolved: Resolved, focused: str | None
) -> list[Json]:
    names = {option["name"] for option in declared}
    if set(given) - names:
        raise LookupError(f"no options {set(given) - names}, only {names}")
    written = []
    for option in declared:
        name, kind = option["name"], option["type"]
        if name not in given:
            if option.get("required") and focused is None:
                raise LookupError(f"option {name!r} is required")
            continue
        entry: Json = {"type": kind, "name": name, "value": _value(kind, given[name], resolved)}
        if focused == name:
            entry["focused"] = True
        elif "choices" in option and given[name] not in [
            choice["value"] for choice in option["choices"]
        ]:
            raise LookupError(f"{given[name]!r} is no choice of {name!r}")
        written.append(entry)
    return written


def _value(kind: int, value: Value, resolved: Resolved) -> str | int | float | bool:
    if isinstance(value, (User, Role, Channel)):
        return resolved.add(value)
    if isinstance(value, tuple):
        return resolved.attach(*value)
    expected = KINDS.get(kind, (int, float))
    if not isinstance(value, expected):
        raise LookupError(f"{value!r} does not fit an option of type {kind}")  # noqa: TRY004
    return value
