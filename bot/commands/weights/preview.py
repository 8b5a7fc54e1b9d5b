"""`weights preview`: what other weights would do to everybody, the asker first."""

from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.parameters import CHANGES, PERIOD, Introduced, Parameter
from bot.commands.kit.parameters.changes import parse_changes
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.weights.effects import (
    effect_on,
    effect_words,
    movers_chart,
    movers_tables,
    overall_facts,
)
from bot.commands.weights.limits import limit_computing
from bot.commands.weights.wording import change_lines, mistake
from bot.community.errors import SettingMistakeError
from bot.services.weights.preview import Preview, preview
from cred.periods import ALL, Period

CHANGES_PARAMETER: Final = Parameter(
    "changes",
    CHANGES,
    "Which weights, and what they are to be.",
    "👍=3",
    required=True,
)


async def show_preview(request: Request) -> Reply:
    """Answer `weights preview <changes> [period]`."""
    argument = request.arguments.get("period", ALL)
    period = argument if isinstance(argument, Period) else ALL
    text = resolve.text(request, "changes")
    limit_computing(request)
    told = await read_preview(request, text, period)
    number = request.community.directory.account_number(request.source, request.actor)
    changed = request.community.settings.differing(told.changes)
    when = "all time" if period.is_all else period.text
    line = request.command_line("weights propose", text, "because …")
    return Reply(
        title="What that would do",
        text="\n".join(
            (
                *change_lines(request, told.changes),
                "" if changed else "That is so already, so it would change nothing.",
                _warning(told),
            )
        ).strip(),
        facts=(
            Fact("You", effect_words(effect_on(request, told, number))),
            *overall_facts(told),
        ),
        chart=movers_chart(request, told, number),
        tables=movers_tables(request, told),
        after=f"Computed over {when}, as published scores are. Nothing was changed. "
        f"To have the community decide: {line}",
        as_of=resolve.as_of(told.before),
        private=True,
    )


async def read_preview(request: Request, text: str, period: Period = ALL) -> Preview:
    """Return the preview of changes as typed.

    Raises
    ------
    UserError
        If a key or value cannot be used.
    """
    try:
        return await preview(
            request.community, parse_changes(text), period=period, now_ms=request.now_ms
        )
    except SettingMistakeError as error:
        raise mistake(error) from error


def _warning(told: Preview) -> str:
    if not told.mints_nothing:
        return ""
    return "Nothing would mint cred any more: everybody would have 0."


PREVIEW: Final = Command(
    group="weights",
    name="preview",
    summary="What other weights would do to everybody's cred, yours first.",
    details=(
        "Nothing is changed, and only you see it. Weights are named as weights show shows "
        "them; “weights.” may be left out, and an emoji stands for itself. Over all time, or "
        "over a period that you name behind the changes with “over”: 👍=3 over last month. "
        "Last month is what it would have done to that month's cred."
    ),
    handler=show_preview,
    parameters=(
        CHANGES_PARAMETER,
        Parameter(
            "period",
            Introduced(("over",), PERIOD),
            "Which weeks; all by default.",
            "over last month",
        ),
    ),
    examples=("weights preview 👍=3", "weights preview 👍=3 🎉=0.5 over last month"),
    private=True,
    heavy=True,
)
