"""The bot's side of an interaction: its first answer, edits of it, and follow-up messages."""

from __future__ import annotations

from tests.discord_server import objects
from tests.discord_server.interactions import COMMAND, Interaction
from tests.discord_server.model import Json, Message, MessageKind
from tests.discord_server.rest.bodies import fill, new_message
from tests.discord_server.rest.routes import Answer, Call, RefusalError, route, unknown

EPHEMERAL, LOADING = 1 << 6, 1 << 7
MESSAGE, MESSAGE_LATER, UPDATE_LATER, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"


@route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", anonymous=True)
async def answer(call: Call) -> Answer:
    made = call.interactions.made.get(call.params["interaction_token"])
    if made is None or made.id != call.id("interaction_id"):
        raise unknown("interaction", 10062)
    if made.callback is not None:
        raise RefusalError(400, 40060, "Interaction has already been acknowledged.")
    kind = int(call.body["type"])
    _first(call, made, kind, call.body.get("data") or {})
    made.callback = kind
    made.answered.set()
    if kind not in {MESSAGE_LATER, UPDATE_LATER}:
        made.settled.set()
    if not call.query.get("with_response"):
        return Answer(204)
    return Answer(200, _interaction_object(call, made, kind))


def _first(call: Call, made: Interaction, kind: int, data: Json) -> None:
    """Do what the first answer says."""
    if kind in {UPDATE, UPDATE_LATER}:
        if made.source is None:
            raise RefusalError(400, 50035, "Invalid Form Body: there is no message to update")
        made.original = made.source
        if kind == UPDATE:
            fill(call.world, made.source, data, call.files, call.viewer)
            _announce_change(call, made.source)
    elif kind in {MESSAGE, MESSAGE_LATER}:
        made.original = _draft(call, made, data)
        if kind == MESSAGE:
            fill(call.world, made.original, data, call.files, call.viewer)
        else:
            made.original.flags |= LOADING
        _place(call, made.original)
    elif kind == FORM:
        made.modal = data
    elif kind == CHOICES:
        made.choices = data.get("choices") or []


def _interaction_object(call: Call, made: Interaction, kind: int) -> Json:
    interaction: Json = {"id": str(made.id), "type": made.kind}
    written: Json = {"interaction": interaction}
    if made.original is not None:
        interaction |= {
            "response_message_id": str(made.original.id),
            "response_message_loading": bool(made.original.flags & LOADING),
            "response_message_ephemeral": made.original.ephemeral,
        }
        if kind in {MESSAGE, UPDATE}:
            shown = objects.message(made.original, call.viewer)
            written["resource"] = {"type": kind, "message": shown}
    return written


def _draft(call: Call, made: Interaction, data: Json) -> Message:
    message = new_message(call.world, made.channel, call.bot)
    if made.kind == COMMAND:
        is_menu = made.source is None and made.name in {
            option["name"]
            for place in call.interactions.commands.values()
            for option in place
            if option["type"] != 1
        }
        message.kind = (
            MessageKind.CONTEXT_MENU_COMMAND if is_menu else MessageKind.CHAT_INPUT_COMMAND
        )
    message.interaction_metadata = call.interactions.metadata(made)
    message.flags |= int(data.get("flags") or 0)
    return message


def _place(call: Call, message: Message) -> None:
    """Put a message into its channel, unless only the member may see it."""
    if not message.ephemeral:
        call.world.put(message)


def _announce_change(call: Call, message: Message) -> None:
    if not message.ephemeral:
        call.world.announce_edit(message)


def _find_interaction(call: Call) -> Interaction:
    made = call.interactions.made.get(call.params["webhook_token"])
    if made is None or call.id("webhook_id") != call.world.application.id:
        raise unknown("Webhook", 10015)
    if made.callback is None:
        raise unknown("Webhook", 10015)  # so Discord answers before the first answer
    return made


async def _notify_progress(made: Interaction) -> None:
    made.settled.set()
    async with made.progress:
        made.progress.notify_all()


@route("POST", WEBHOOK, anonymous=True)
async def follow_up(call: Call) -> Answer:
    """Send another message; the first one after "thinking…" takes its place."""
    made = _find_interaction(call)
    if made.original is not None and made.original.flags & LOADING:
        return await _edit(call, made, made.original)
    message = _draft(call, made, call.body)
    message.kind = MessageKind.DEFAULT
    fill(call.world, message, call.body, call.files, call.viewer)
    _place(call, message)
    made.followups.append(message)
    await _notify_progress(made)
    return Answer(200, objects.message(message, call.viewer))


def _find_message(call: Call, made: Interaction) -> Message:
    if "message_id" not in call.params:
        found = made.original
    else:
        known = [*made.followups, *([made.original] if made.original else [])]
        found = next(
            (message for message in known if str(message.id) == call.params["message_id"]), None
        )
    if found is None or found.deleted:
        raise unknown("Message", 10008)
    return found


async def _edit(call: Call, made: Interaction, message: Message) -> Answer:
    message.flags &= ~LOADING
    fill(call.world, message, call.body, call.files, call.viewer)
    _announce_change(call, message)
    await _notify_progress(made)
    return Answer(200, objects.message(message, call.viewer))


def _get(call: Call) -> Answer:
    return Answer(
        200, objects.message(_find_message(call, _find_interaction(call)), call.viewer)
    )


async def _patch(call: Call) -> Answer:
    made = _find_interaction(call)
    return await _edit(call, made, _find_message(call, made))


async def _delete(call: Call) -> Answer:
    made = _find_interaction(call)
    message = _find_message(call, made)
    if message.ephemeral:
        message.deleted = True
    else:
        call.world.delete(message)
    await _notify_progress(made)
    return Answer(204)


for _which in ("/messages/@original", "/messages/{message_id}"):
    route("GET", WEBHOOK + _which, anonymous=True)(_get)
    route("PATCH", WEBHOOK + _which, anonymous=True)(_patch)
    route("DELETE", WEBHOOK + _which, anonymous=True)(_delete)
