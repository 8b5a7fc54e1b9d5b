"""`weights why`: what a weight does now, and which ones move most cred."""

from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.parameters import TEXT, Parameter
from bot.commands.kit.reply import LONGEST_LINE, Button, Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, percent, pluralize
from bot.commands.weights.effects import (
    LEAST,
    effect_on,
    effect_words,
    movers_tables,
    points,
)
from bot.commands.weights.keys import read_key
from bot.commands.weights.limits import limit_computing
from bot.commands.weights.suggestions import suggest_keys
from bot.commands.weights.wording import key_words, mistake, typed_key
from bot.community.errors import SettingMistakeError
from bot.community.settings.definitions import format_value
from bot.services.weights.contribution_keys import contribution_of
from bot.services.weights.preview import Preview
from bot.services.weights.why import WeightEffect, explain_weight, find_strongest

_MOST_BUTTONS: Final = 4
_LIST_COSTS: Final = 3
"""What the list counts as, since it has cred computed several times."""
_FIGURES: Final = frozenset({1, 2})
"""Columns of the list that hold figures."""


async def why(request: Request) -> Reply:
    """Answer `weights why [weight]`."""
    name = resolve.text(request, "weight").strip()
    if not name:
        limit_computing(request, _LIST_COSTS)
        return await _show_strongest(request)
    community = request.community
    key = await read_key(request, name)
    limit_computing(request)
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
            Fact("It multiplies", _reach_words(effect)),
            *((Fact("You, by a tenth more", effect_words(own)),) if raised else ()),
        ),
        tables=() if raised is None else movers_tables(request, raised),
        after=f"Another value: {request.command_line('weights preview', another)}"
        if typed
        else "",
        as_of=resolve.as_of(without.before),
        private=True,
    )


def _reach_words(effect: WeightEffect) -> str:
    if effect.raised is None:
        return "nothing, as it is 0"
    minting = pluralize(effect.contributions, "thing that mints", "things that mint")
    edges = pluralize(effect.edges, "edge")
    if not (effect.contributions or effect.edges):
        return "no weight: it is a rule for all flow, or nothing that counts has it"
    return f"{minting} (reactions, likes, thanks), {edges}"


def _without_words(without: Preview) -> str:
    if without.mints_nothing:
        return "nobody would have any cred"
    return f"{percent(without.moved)} of all cred would go elsewhere"


async def _show_strongest(request: Request) -> Reply:
    """Return which weights move most cred, with what the asker would gain."""
    community = request.community
    scores = resolve.scores(request)

    def may_name(key: str) -> bool:
        return bool(typed_key(request, key)) and contribution_of(key) is None

    found = await find_strongest(community, request.now_ms, may_name)
    account = community.directory.account_number(request.source, request.actor)
    rows = []
    for each in found:
        if each.preview.moved >= LEAST:
            own = effect_on(request, each.preview, account)
            rows.append(
                (
                    typed_key(request, each.key),
                    points(each.preview.moved).lstrip("+").removesuffix(" points"),
                    points(own.share_gain if own else 0.0).removesuffix(" points"),
                )
            )
    names = [row[0] for row in rows[:_MOST_BUTTONS]]
    return Reply(
        title="Which weights move most cred",
        text="If a weight were raised by a tenth: how much of all cred, in per cent, would go "
        "to somebody else, and how much you would gain."
        if rows
        else "No weight moves anybody's share.",
        tables=(Table(("Weight", "Moves", "You"), tuple(rows), right=_FIGURES),)
        if rows
        else (),
        after="Of weights that multiply the same, one is listed; CredRank's parameters and "
        "single contributions are not. "
        f"What one does: {request.command_line('weights why', names[0] if names else '👍')}",
        buttons=tuple(
            Button(name, line)
            for name in names
            if len(line := f"weights why {name}") <= LONGEST_LINE
        ),
        as_of=resolve.as_of(scores),
        private=True,
    )


WHY: Final = Command(
    group="weights",
    name="why",
    summary="What a weight does now; without one: which weights move most cred.",
    details=(
        "How much cred would be somebody else's without the weight, how much it mints, what it "
        "multiplies, and who gains and loses most if it is raised by a tenth. Without a "
        "weight: those that move most cred, and what you would gain by each."
    ),
    handler=why,
    parameters=(Parameter("weight", TEXT, "Which weight.", "emoji.👍", suggest=suggest_keys),),
    examples=("weights why", "weights why emoji.👍"),
    private=True,
    heavy=True,
)
