"""`credbot settings`: shows and changes the settings of a community."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from bot.app.control_socket import AUTHOR, NotListeningError, ask, socket_path
from bot.cli.open_settings import open_settings
from bot.cli.output import print_json, results_console, say
from bot.cli.process_settings import read_process_settings
from bot.cli.status import InputError
from bot.community.settings.definitions import format_value
from bot.community.settings.voting_settings import is_weight
from bot.runtime.clock import now_ms
from bot.services import settings_requests as requests
from bot.services.settings_requests import SettingsRequest
from bot.services.weights.weights_file import parse_weights, write_weights
from storage.canonical_json import Json
from storage.errors import LockedError

Action = Literal["list", "get", "set", "reset", "export", "import"]


async def settings(
    slug: str, action: Action, words: Sequence[str], *, reason: str, as_json: bool
) -> None:
    """Show or change a community's settings.

    Parameters
    ----------
    words
        For `list` and `export` nothing, for `get` and `reset` names, for `set` pairs of name
        and value, for `import` a file that `export` wrote.

    Raises
    ------
    InputError
        If words are missing, or there are too many.
    SettingMistakeError, UnknownCommunityError
        If a name or a value cannot be used, or there is no such community.
    """
    if action == "export":
        await _export(slug, words)
        return
    changes = await _read_import(slug, words) if action == "import" else _changes(action, words)
    if action == "import" and not changes:
        say("All weights are so already.")
        return
    keys = words if action == "get" else ()
    answer = await _answer(slug, SettingsRequest(changes, keys, reason))
    if "values" in answer:
        _show_values(answer["values"], as_json=as_json)
    else:
        _show_all(answer, as_json=as_json)
    for note in answer.get("notes", ()):
        say(f"Note: {note}")
    if changes:
        say(f"Kept as version {answer['version']}.")


async def _export(slug: str, words: Sequence[str]) -> None:
    """Print the file of all weights that are not at their default."""
    if words:
        raise InputError(f'"export" takes nothing more, not {words[0]!r}.')
    version, weights = await _weights_that_are_set(slug)
    print(write_weights(weights, version), end="")


async def _read_import(slug: str, words: Sequence[str]) -> dict[str, Json]:
    """Return the changes that make all weights those of a file."""
    if len(words) != 1:
        raise InputError('"import" needs one file, as "export" or `weights export` writes it.')
    try:
        text = await asyncio.to_thread(Path(words[0]).read_text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{words[0]} cannot be read: {error}.") from None
    wanted = parse_weights(text)
    _, before = await _weights_that_are_set(slug)
    changes = {**dict.fromkeys(before), **wanted}
    return {key: value for key, value in changes.items() if before.get(key) != value}


async def _weights_that_are_set(slug: str) -> tuple[int, Mapping[str, Json]]:
    """Return the version in force, and its weights that are not at their default."""
    answer = await _answer(slug, SettingsRequest({}, (), ""))
    return answer["version"], {
        setting["key"]: setting["value"]
        for setting in answer["settings"]
        if not setting["default"] and is_weight(setting["key"])
    }


async def _answer(slug: str, request: SettingsRequest) -> dict[str, Any]:
    """Answer from the community's file, or ask the running bot if that has the file open."""
    data_dir = read_process_settings().data_dir
    try:
        async with open_settings(data_dir, slug) as opened:
            return await requests.answer(opened, request, author=AUTHOR, now_ms=now_ms())
    except LockedError as locked:
        try:
            return await ask(socket_path(data_dir, slug), request)
        except NotListeningError:
            raise locked from None


def _changes(action: Action, words: Sequence[str]) -> dict[str, Json]:
    if action == "list":
        if words:
            raise InputError(f'"list" takes nothing more, not {words[0]!r}: use "get".')
        return {}
    if not words:
        raise InputError(f'"{action}" needs the name of a setting; "list" shows them.')
    if action == "reset":
        return dict.fromkeys(words)
    if action == "set":
        if len(words) % 2:
            raise InputError(f"{words[-1]} has no value: set NAME VALUE [NAME VALUE ...].")
        repeated = next((name for name in words[::2] if words[::2].count(name) > 1), None)
        if repeated is not None:
            raise InputError(f"{repeated} is set twice: say which value it is to have.")
        return dict(zip(words[::2], words[1::2], strict=True))
    return {}


def _show_values(values: Mapping[str, Json], *, as_json: bool) -> None:
    if as_json:
        print_json(values)
        return
    for key, value in values.items():
        print(format_value(value) if len(values) == 1 else f"{key} = {format_value(value)}")


def _show_all(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json({"version": answer["version"], "settings": answer["settings"]})
        return
    # Imported here, so that `settings get` answers at once.
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from bot.chat.console.narrow import fit_table  # noqa: PLC0415

    table = Table(title=Text(f"Settings, version {answer['version']}"))
    for heading in ("setting", "value", "what it is"):
        table.add_column(heading, overflow="fold")
    for setting in answer["settings"]:
        style = "dim" if setting["default"] else "bold"
        table.add_row(
            Text(setting["key"]),
            Text(format_value(setting["value"]), style=style),
            Text(setting["help"]),
        )
    for family in answer["families"]:
        example = f"(such as {family['example']})"
        table.add_row(Text(family["key"]), Text(example, style="dim"), Text(family["help"]))
    console = results_console()
    console.print(fit_table(table, console.width))
