"""`settings`: what a community has decided, shown and changed."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from bot.app import now_ms
from bot.cli.actions import Action
from bot.cli.opening import communities
from bot.cli.output import print_json, results, say
from bot.cli.status import CommandError
from bot.services.community_settings import CommunitySettings
from bot.services.definitions import shown
from bot.settings import read_settings
from storage.jsontext import Json


async def settings(
    slug: str, action: Action, words: Sequence[str], *, reason: str, as_json: bool
) -> None:
    """Show or change a community's settings.

    Parameters
    ----------
    words
        `list`: nothing; `get` and `reset`: names; `set`: names and values in turn.

    Raises
    ------
    CommandError
        If the number of words does not fit.
    SettingMistakeError, UnknownCommunityError
        If a name or a value cannot be used, or there is no such community.
    """
    changes = _changes(action, words)
    async with communities(read_settings().data_dir) as opened:
        kept = (await opened.existing(slug)).settings
        if changes:
            version = await kept.set(
                changes, author="command line", reason=reason, now_ms=now_ms()
            )
            _show_values(kept, list(changes), as_json=as_json)
            say(f"Kept as version {version}.")
        elif action is Action.GET:
            _show_values(kept, words, as_json=as_json)
        else:
            _show_all(kept, as_json=as_json)


def _changes(action: Action, words: Sequence[str]) -> dict[str, Json]:
    if action is Action.LIST:
        if words:
            raise CommandError(f'"list" takes nothing more, not {words[0]!r}: use "get".')
        return {}
    if not words:
        raise CommandError(f'"{action}" needs the name of a setting; "list" shows them.')
    if action is Action.RESET:
        return dict.fromkeys(words)
    if action is Action.SET:
        if len(words) % 2:
            raise CommandError(f"{words[-1]} has no value: set NAME VALUE [NAME VALUE ...].")
        return dict(zip(words[::2], words[1::2], strict=True))
    return {}


def _show_values(kept: CommunitySettings, keys: Sequence[str], *, as_json: bool) -> None:
    values = {key: kept.get(key) for key in keys}
    if as_json:
        print_json(values)
        return
    for key, value in values.items():
        print(shown(value) if len(values) == 1 else f"{key} = {shown(value)}")


def _show_all(kept: CommunitySettings, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "version": kept.version,
                "settings": [
                    {
                        "key": one.key,
                        "value": one.value,
                        "default": one.is_default,
                        "help": one.help,
                    }
                    for one in kept.list()
                ],
            }
        )
        return
    table = Table(title=Text(f"Settings, version {kept.version}"))
    for heading in ("setting", "value", "what it is"):
        table.add_column(heading, overflow="fold")
    for one in kept.list():
        style = "dim" if one.is_default else "bold"
        table.add_row(Text(one.key), Text(shown(one.value), style=style), Text(one.help))
    for family in kept.families():
        example = f"(such as {family.example})"
        table.add_row(Text(family.key), Text(example, style="dim"), Text(family.help))
    results().print(table)
