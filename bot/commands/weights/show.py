"""`weights show`: what counts how much, by group, and what one weight means."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.pages import PAGE_SIZE
from bot.commands.kit.parameters import TEXT, Parameter
from bot.commands.kit.parameters.changes import short_key
from bot.commands.kit.reply import Button, Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import moment, pluralize
from bot.commands.weights.keys import read_key
from bot.commands.weights.suggestions import suggest_keys
from bot.commands.weights.wording import (
    author_words,
    key_words,
    reason_words,
    typed_key,
)
from bot.community.settings.community_settings import Setting
from bot.community.settings.definitions import format_value
from bot.community.settings.voting_settings import is_weight

_MOST_EXAMPLES: Final = 3
_MOST_SET: Final = 20
"""Weights that are not at their default and shown at first."""


async def show(request: Request) -> Reply:
    """Answer `weights show [which]`."""
    which = resolve.text(request, "which").strip()
    groups = _by_group(request)
    name, _, page = which.rpartition(" page ")
    name = (name or which).casefold()
    if not which:
        return _show_groups(request, groups)
    if name in groups:
        return _show_group(request, name, groups[name], int(page) if page.isdecimal() else 1)
    return await _show_weight(request, which)


def _by_group(request: Request) -> Mapping[str, Sequence[Setting]]:
    """Return all weights by group: "emoji", "node", "scoring"."""
    settings = request.community.settings
    listed = {setting.key: setting for setting in (*settings.list(), *settings.kinds())}
    groups: dict[str, list[Setting]] = {}
    for key in sorted(listed):
        if is_weight(key):
            groups.setdefault(short_key(key).partition(".")[0], []).append(listed[key])
    for family in settings.families():
        if is_weight(family.key):
            groups.setdefault(short_key(family.key).partition(".")[0], [])
    return groups


def _show_groups(request: Request, groups: Mapping[str, Sequence[Setting]]) -> Reply:
    changed = [
        setting for found in groups.values() for setting in found if not setting.is_default
    ]
    rows = tuple((name, _examples(request, found)) for name, found in groups.items())
    line = request.command_line("weights show", "emoji")
    return Reply(
        title=f"What counts how much, version {request.community.settings.version}",
        text=f"{pluralize(len(changed), 'weight')} differ from the defaults."
        if changed
        else "Every weight has its default.",
        tables=(
            *((_table(request, changed[:_MOST_SET], "Not the default"),) if changed else ()),
            Table(("Group", "Such as"), rows, title=f"Groups ({line} shows one)"),
        ),
        after=f"What a change would do: {request.command_line('weights preview', '👍=2')}",
    )


def _examples(request: Request, found: Sequence[Setting]) -> str:
    typed = [typed_key(request, setting.key) for setting in found]
    names = [key.partition(".")[2] for key in typed if key]
    return ", ".join(names[:_MOST_EXAMPLES]) or "none is set"


def _show_group(request: Request, name: str, found: Sequence[Setting], number: int) -> Reply:
    count = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(number, 1), count)
    shown = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    family = next(
        (
            definition
            for definition in request.community.settings.families()
            if short_key(definition.key) == f"{name}.*"
        ),
        None,
    )
    buttons = (
        Button("Earlier", f"weights show {name} page {number - 1}", enabled=number > 1),
        Button("Later", f"weights show {name} page {number + 1}", enabled=number < count),
    )
    return Reply(
        title=f"Weights: {name}",
        text=""
        if family is None
        else f"{family.help} Set one as {short_key(family.stem)}…={family.example}.",
        tables=(_table(request, shown, ""),) if shown else (),
        after="" if shown else "None is set.",
        buttons=buttons if count > 1 else (),
    )


def _table(request: Request, found: Sequence[Setting], title: str) -> Table:
    settings = request.community.settings
    rows = tuple(
        (
            typed_key(request, setting.key) or key_words(request, setting.key),
            format_value(setting.value),
            ""
            if setting.is_default
            else f"default {format_value(settings.default(setting.key))}",
        )
        for setting in found
    )
    return Table(("Weight", "is", ""), rows, title=title)


async def _show_weight(request: Request, which: str) -> Reply:
    """Return one weight with its meaning, and the version that made it what it is."""
    settings = request.community.settings
    key = await read_key(request, which)
    setting = settings.describe(key)
    made = [version for version in await settings.history() if key in version.changes]
    facts = [
        Fact("Now", format_value(setting.value)),
        Fact("Default", format_value(settings.default(key))),
    ]
    if made:
        latest = made[-1]
        facts.append(
            Fact(
                "Since",
                f"version {latest.version}, {moment(latest.at_ms)}, by "
                f"{author_words(request, latest.author)}: {reason_words(latest)}",
            )
        )
    typed = typed_key(request, key)
    return Reply(
        title=f"Weight: {key_words(request, key)}",
        text=setting.help,
        facts=tuple(facts),
        after=f"What a change would do: "
        f"{request.command_line('weights preview', f'{typed}={setting.example}')}"
        if typed
        else "",
    )


SHOW_WEIGHTS: Final = Command(
    group="weights",
    name="show",
    summary="What counts how much: all groups, one of them, or one weight.",
    details=(
        "Weights are named as they are typed for a preview or proposal: emoji.👍, "
        "channel.general, node.message, scoring.accrual. One that is asked for by its name is "
        "shown with its meaning, and who made it what it is."
    ),
    handler=show,
    parameters=(
        Parameter("which", TEXT, "A group or a weight.", "emoji", suggest=suggest_keys),
    ),
    examples=("weights show", "weights show emoji", "weights show channel.default"),
    is_group_default=True,
)
