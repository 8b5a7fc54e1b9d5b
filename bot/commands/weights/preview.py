"""`weights preview`: what other weights would do to everybody, the asker first."""

from collections.abc import Sequence
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.parameters import CHANGES, PERIOD, Introduced, Parameter
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.weights.effects import (
    effect_on,
    effect_words,
    movers_chart,
    movers_tables,
    overall_facts,
)
from bot.commands.weights.keys import read_changes
from bot.commands.weights.limits import limit_computing
from bot.commands.weights.suggestions import suggest_changes
from bot.commands.weights.wording import change_lines, mistake
from bot.community.errors import SettingMistakeError
from bot.services.weights.preview import Preview, preview

CHANGES_PARAMETER: Final = Parameter(
    "changes",
    CHANGES,
    "Which weights, and what they are to be.",
    "👍=3",
    required=True,
    suggest=suggest_changes,
)


async def show_preview(request: Request) -> Reply:
    """Answer `weights preview <changes> [period]`."""
    period = resolve.period(request, resolve.scores(request))
    text = resolve.text(request, "changes")
    changes = await read_changes(request, text)
    limit_computing(request)
    community, now_ms = request.community, request.now_ms
    try:
        told = await preview(community, changes, period=period.period, now_ms=now_ms)
    except SettingMistakeError as error:
        raise mistake(error) from error
    number = community.directory.account_number(request.source, request.actor)
    line = request.command_line("weights propose", text, "because …")
    return Reply(
        title="What that would do",
        text="\n".join((*change_lines(request, told.changes), *await _remarks(request, told))),
        facts=(
            Fact("You", effect_words(effect_on(request, told, number))),
            *overall_facts(told),
        ),
        chart=movers_chart(request, told, number),
        tables=movers_tables(request, told),
        after=f"Cred of {period.words}, computed as published scores are. Nothing was changed. "
        f"To have the community decide: {line}",
        as_of=resolve.as_of(told.before),
        private=True,
    )


async def _remarks(request: Request, told: Preview) -> Sequence[str]:
    """Return sentences on a change that does nothing, or after which nothing mints."""
    settings = request.community.settings
    if told.mints_nothing:
        return ("Nothing would mint cred any more: everybody would have 0.",)
    if not settings.differing(told.changes):
        return ("That is so already, so it would change nothing.",)
    if told.changes_nothing:
        notes = await settings.notes(told.changes, now_ms=request.now_ms)
        return ("Nobody's cred would change: nothing that counts has that weight.", *notes)
    if told.moves_nothing:
        return ("Everybody's cred would change by the same factor, so no share would change.",)
    return ()


PREVIEW: Final = Command(
    group="weights",
    name="preview",
    summary="What other weights would do to everybody's cred, yours first.",
    details=(
        "Nothing is changed. Only you see the answer, unless you type the command where others "
        "read along. Weights are named as weights show shows them; “weights.” may be left out, "
        "and an emoji stands for itself. Over all time, or over a period that you name behind "
        "the changes with “over”: 👍=3 over last month. Last month is what it would have done "
        "to that month's payout: the cred of the weeks that end in it."
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
