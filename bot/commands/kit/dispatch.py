"""Running a command for a request."""

from bot.commands.kit.command import Command
from bot.commands.kit.errors import error_reply
from bot.commands.kit.history_note import add_history_note
from bot.commands.kit.permissions import may_run, refusal
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request


async def dispatch(command: Command, request: Request) -> Reply:
    """Return the command's reply, or the reply to its error; never raise."""
    reply = await _answer(command, request)
    return add_history_note(reply, request) if command.shows_cred else reply


async def _answer(command: Command, request: Request) -> Reply:
    try:
        # The asker may have become known, or linked an account, a moment ago.
        await request.community.directory.refresh()
        await request.community.identities.refresh()
        await request.community.visibility.refresh()
        if not may_run(request, command.access):
            return refusal(request, command)
        return await command.handler(request)
    except Exception as error:  # noqa: BLE001 - the only place where a command's errors end
        return error_reply(error, prefix=request.prefix, activity=command.line)
