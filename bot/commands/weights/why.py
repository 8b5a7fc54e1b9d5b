"""`weights why`: what a weight does now, and which ones matter to the asker."""

from collections.abc import Sequence
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.parameters import TEXT, Parameter
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, percent
from bot.commands.weights.effects import (
    difference,
    effect_on,
    effect_words,
    movers_chart,
    movers_tables,
    points,
)
from bot.commands.weights.keys import read_key
from bot.commands.weights.limits import limit_computing
from bot.commands.weights.wording import key_words, mistake, typed_key
from bot.community.errors import SettingMistakeError
from bot.community.settings.definitions import format_value
from bot.services.weights.preview import Preview
from bot.services.weights.why import Leverage, explain_weight, find_leverage

_MOST_WEIGHTS: Final = 10
_LEAST_POINTS: Final = 5e-6
"""Of all cred; what moves less is not listed."""


async def why(request: Request) -> Reply:
    """Answer `weights why [weight]`."""
    limit_computing(request)
    name = resolve.text(request, "weight").strip()
    if not name:
        return await _show_leverage(request)
    community = request.community
    key = await read_key(request, name)
    setting = community.settings.describe(key)
    try:
        effect = await explain_weight(community, key, request.now_ms)
    except SettingMistakeError as error:
        raise mistake(error) from error
    account = community.directory.account_number(request.source, request.actor)
    without, raised = effect.without, effect.raised
    minted = max(without.total_before - without.total_after, 0.0)
    own = None if raised is None else effect_on(request, raised, account)
    typed = typed_key(request, key)
    another = f"{typed}={setting.example}"
    return Reply(
        title=f"What {key_words(request, key)} does",
        text=f"It is {format_value(community.settings.get(key))}. "
        + (
            "Raising it by a tenth does nothing, because a tenth of 0 is 0: preview a value."
            if raised is None
            else "Below: who would gain and lose if it were raised by a tenth."
        ),
        facts=(
            Fact("Without it", _without_words(without)),
            Fact("It mints", f"{amount(minted)} of {amount(without.total_before)} cred"),
            *((Fact("You, by a tenth more", effect_words(own)),) if raised else ()),
        ),
        chart=None if raised is None else movers_chart(request, raised, account),
        tables=() if raised is None else movers_tables(request, raised),
        after=f"Another value: {request.command_line('weights preview', another)}"
        if typed
        else "",
        as_of=resolve.as_of(without.before),
        private=True,
    )


def _without_words(without: Preview) -> str:
    if without.mints_nothing:
        return "nobody would have any cred"
    return f"{percent(without.moved)} of all cred would go elsewhere"


async def _show_leverage(request: Request) -> Reply:
    """Return which weights move the asker's share most."""
    found = await find_leverage(request.community, resolve.asker(request), request.now_ms)
    noticed = [leverage for leverage in found if abs(leverage.share) >= _LEAST_POINTS]
    rows = _rows(request, noticed[:_MOST_WEIGHTS])
    return Reply(
        title="Which weights matter to you",
        text="What you would gain or lose if a weight were raised by a tenth, the most first. "
        "A large change does not just do a multiple of it."
        if rows
        else "No weight moves your share.",
        tables=(Table(("Weight", "is", "Cred", "Share"), rows, right=frozenset({1, 2, 3})),)
        if rows
        else (),
        after=f"What one does to everybody: {request.command_line('weights why', 'emoji.👍')}",
        private=True,
    )


def _rows(request: Request, found: Sequence[Leverage]) -> tuple[tuple[str, ...], ...]:
    settings = request.community.settings
    return tuple(
        (
            typed_key(request, leverage.key) or key_words(request, leverage.key),
            format_value(settings.get(leverage.key)),
            difference(leverage.cred),
            points(leverage.share).removesuffix(" points"),
        )
        for leverage in found
    )


WHY: Final = Command(
    group="weights",
    name="why",
    summary="What a weight does now; without one: which weights matter to you.",
    details=(
        "How much cred would be somebody else's without the weight, how much it mints, and who "
        "gains and loses most if it is raised by a tenth."
    ),
    handler=why,
    parameters=(Parameter("weight", TEXT, "Which weight.", "emoji.👍"),),
    examples=("weights why", "weights why emoji.👍"),
    private=True,
    heavy=True,
)
