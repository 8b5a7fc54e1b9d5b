"""`settings show` and `settings set`: what is no weight, for those who manage the community."""

from collections.abc import Sequence
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Access, Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import TEXT, WORD, Parameter
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.weights.suggestions import suggest_settings
from bot.community.errors import SettingMistakeError
from bot.community.settings.community_settings import Setting
from bot.community.settings.definitions import format_value
from bot.community.settings.voting_settings import is_weight
from bot.services import settings_requests as requests
from bot.services.settings_requests import SettingsRequest

_MOST_ROWS: Final = 25


async def show(request: Request) -> Reply:
    """Answer `settings show [which]`."""
    which = resolve.text(request, "which").strip().casefold()
    listed = [
        setting for setting in request.community.settings.list() if not is_weight(setting.key)
    ]
    found = [setting for setting in listed if setting.key == which] or [
        setting for setting in listed if setting.key.startswith(which)
    ]
    if not found:
        _refuse_weight(request, which)
        groups = sorted({setting.key.partition(".")[0] for setting in listed})
        raise UserError(
            f"No setting begins with “{which:.40}”. There are {', '.join(groups)}.",
            title="Which setting?",
        )
    if len(found) == 1:
        return _show_setting(found[0])
    return _show_list(request, found)


def _show_setting(setting: Setting) -> Reply:
    return Reply(
        title=setting.key,
        text=setting.help,
        facts=(
            Fact("Now", format_value(setting.value)),
            Fact("Is that the default", "yes" if setting.is_default else "no"),
            Fact("Such as", setting.example),
        ),
        private=True,
    )


def _show_list(request: Request, found: Sequence[Setting]) -> Reply:
    # What somebody set comes first.
    ordered = sorted(found, key=lambda setting: (setting.is_default, setting.key))
    rows = tuple(
        (setting.key, format_value(setting.value), "" if setting.is_default else "set")
        for setting in ordered[:_MOST_ROWS]
    )
    more = len(ordered) - len(rows)
    line = request.command_line("settings show", "votes")
    return Reply(
        title=f"Settings, version {request.community.settings.version}",
        tables=(Table(("Setting", "is", ""), rows),),
        after=(f"and {more} more. " if more else "")
        + f"{line} shows those that begin so, and with a whole name what it means.",
        private=True,
    )


async def change(request: Request) -> Reply:
    """Answer `settings set <setting> <value>`."""
    key, value = resolve.text(request, "setting"), resolve.text(request, "value")
    if "=" in key:
        key, _, first = key.partition("=")
        value = f"{first} {value}".strip()
    if not key or not value:
        raise UserError(
            "Say which setting, and what it is to be:",
            title="Which setting?",
            try_lines=("settings set votes.veto-hours 48",),
        )
    _refuse_weight(request, key)
    value, _, reason = value.partition(" because ")
    community = request.community
    account = community.directory.account_number(request.source, request.actor)
    wanted = None if value.strip().casefold() == "default" else value.strip()
    try:
        done = await requests.answer(
            community.settings,
            SettingsRequest({key: wanted}, (), reason or "settings set"),
            author="operator" if account is None else f"account:{account}",
            now_ms=request.now_ms,
        )
    except SettingMistakeError as error:
        message = str(error).replace(
            "`settings … list` shows all.", "settings show lists them."
        )
        raise UserError(f"{message[:1].upper()}{message[1:]}", title="Not so") from error
    community.on_news()
    notes = done.get("notes")
    return Reply(
        title=f"Kept as version {community.settings.version}",
        text="\n".join(map(str, notes if isinstance(notes, list) else ())),
        facts=(Fact(key, format_value(community.settings.get(key))),),
        private=True,
    )


def _refuse_weight(request: Request, key: str) -> None:
    if is_weight(key):
        line = request.command_line("weights propose", f"{key}=…", "because …")
        raise UserError(
            f"{key} decides what counts, so the community decides it: {line}", title="A weight"
        )


SETTINGS: Final = (
    Command(
        group="settings",
        name="show",
        summary="How the community is set up; weights are shown by weights show.",
        details="With the beginning of a name: what begins so. With a whole name: its meaning.",
        handler=show,
        parameters=(
            Parameter("which", TEXT, "Which settings.", "votes", suggest=suggest_settings),
        ),
        examples=("settings show", "settings show votes"),
        access=Access.ADMINS,
        private=True,
        is_group_default=True,
    ),
    Command(
        group="settings",
        name="set",
        summary="Changes a setting that is no weight.",
        details=(
            "Every change is a version with your name. “default” puts it back; “because …” "
            "behind the value says why. Weights are proposed: weights propose."
        ),
        handler=change,
        parameters=(
            Parameter(
                "setting",
                WORD,
                "Which setting.",
                "votes.veto-hours",
                required=True,
                suggest=suggest_settings,
            ),
            Parameter("value", TEXT, "What it is to be.", "48", required=True),
        ),
        examples=("settings set votes.veto-hours 48 because we want time to look",),
        access=Access.ADMINS,
        private=True,
    ),
)
