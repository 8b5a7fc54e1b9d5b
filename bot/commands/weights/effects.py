"""What a change of weights does to people, in words and tables."""

from collections.abc import Sequence
from typing import Final

from bot.commands.kit.charts import Dumbbell, DumbbellChart
from bot.commands.kit.names import person_name
from bot.commands.kit.reply import Fact, Table
from bot.commands.kit.wording import amount, percent, pluralize
from bot.commands.weights.wording import Audience
from bot.services import people
from bot.services.weights.preview import Effect, Preview

MOST_MOVERS: Final = 5
"""People listed who gain most, and as many who lose most."""
_NOTICED: Final = 5e-4
"""The least change of a share that is shown: it rounds to a tenth of a per cent. Of a change
that moves little altogether, such as that of a single message, less is shown."""
LEAST: Final = 5e-7
"""A change of a share that is none: it is less than a ten-thousandth of a per cent."""


def difference(value: float) -> str:
    """Return a difference in cred, with its sign.

    >>> difference(1.25), difference(-0.01), difference(0.0)
    ('+1.2', '-0.0', '±0')
    """
    return "±0" if value == 0 else f"{value:+,.1f}"


def points(value: float) -> str:
    """Return a difference in share as percentage points.

    >>> points(0.0123), points(0.0)
    ('+1.23 points', '±0 points')
    """
    return "±0 points" if abs(value) < LEAST else f"{value * 100:+.{_decimals(value)}f} points"


def _decimals(value: float) -> int:
    """Return the decimals with which a difference in share is not shown as 0."""
    return 2 if abs(value) >= _NOTICED / 10 else 4


def effect_words(effect: Effect | None) -> str:
    """Return a person's gain or loss in words, in cred and in share."""
    if effect is None or not (effect.before or effect.after):
        return "no cred before or after"
    return (
        f"{amount(effect.before)} → {amount(effect.after)} cred ({difference(effect.gain)}); "
        f"{percent(effect.share_before)} → {percent(effect.share_after)} of all "
        f"({points(effect.share_gain)})"
    )


def effect_on(audience: Audience, preview: Preview, account: int | None) -> Effect | None:
    """Return what a change does to the person whose account it is; None: nothing is known."""
    if account is None:
        return None
    participant = people.participant_of(audience.community, account, preview.before)
    return preview.effects.get(participant)


def own_fact(audience: Audience, preview: Preview, account: int | None, role: str) -> Fact:
    """Return what a change does to somebody who is named: "Ada, who proposes it".

    Of somebody who opted out or was erased nothing is said.
    """
    name = person_name(audience.community, account, audience.source)
    if account is None or people.is_opted_out(audience.community, account):
        return Fact(f"{name}, {role}", "not shown")
    return Fact(f"{name}, {role}", effect_words(effect_on(audience, preview, account)))


def overall_facts(preview: Preview) -> tuple[Fact, ...]:
    """Return what a change does to all cred."""
    before, after = preview.concentration_before, preview.concentration_after
    total = Fact("All cred", f"{amount(preview.total_before)} → {amount(preview.total_after)}")
    if preview.mints_nothing:
        return (total,)
    moved = preview.moved if preview.moved >= LEAST else 0.0
    return (
        total,
        Fact("Goes to somebody else", f"{percent(moved)} of all cred"),
        Fact(
            "Half of it is held by",
            f"{pluralize(before.holders_of_half, 'person', 'people')} → "
            f"{after.holders_of_half:,}",
        ),
        Fact("Unevenness (Gini, 0 to 1)", f"{before.gini:.2f} → {after.gini:.2f}"),
    )


def movers(
    preview: Preview, most: int = MOST_MOVERS
) -> tuple[Sequence[Effect], Sequence[Effect]]:
    """Return who gains most of the share, and who loses most; the most first."""
    least = max(LEAST, min(_NOTICED, preview.moved / 20))
    moved = [found for found in preview.effects.values() if abs(found.share_gain) > least]
    up = [found for found in moved if found.share_gain > 0][:most]
    down = [found for found in reversed(moved) if found.share_gain < 0][:most]
    return up, down


def movers_chart(
    audience: Audience, preview: Preview, account: int | None = None
) -> DumbbellChart | None:
    """Return the shares of who gains and loses most as a picture; None: nobody's changes.

    Whoever's account is given is the first of them.
    """
    if preview.mints_nothing or preview.moved < LEAST:
        return None
    gainers, losers = movers(preview)
    effects = {effect.participant: effect for effect in (*gainers, *reversed(losers))}
    own = effect_on(audience, preview, account)
    if own is not None and (own.before or own.after):
        effects = {own.participant: own, **effects}
    if not effects:
        return None
    return DumbbellChart(
        title="Share of all cred, before and after",
        rows=tuple(
            Dumbbell(
                people.participant_name(
                    audience.community, effect.participant, preview.before, audience.source
                ),
                effect.share_before * 100,
                effect.share_after * 100,
            )
            for effect in effects.values()
        ),
        unit="% of all",
    )


def movers_tables(
    audience: Audience,
    preview: Preview,
    *,
    foretold: Preview | None = None,
) -> tuple[Table, ...]:
    """Return who gains and who loses most of the share, beside what was foretold of them."""
    gainers, losers = movers(preview)
    return tuple(
        _movers_table(audience, preview, title, effects, foretold)
        for title, effects in (("Gain most", gainers), ("Lose most", losers))
        if effects
    )


def _movers_table(
    audience: Audience,
    preview: Preview,
    title: str,
    effects: Sequence[Effect],
    foretold: Preview | None,
) -> Table:
    headings: tuple[str, ...] = ("Name", "Before", "After", "Share")
    if foretold is not None:
        headings = (*headings, "Foretold")
    rows = []
    for effect in effects:
        row: tuple[str, ...] = (
            people.participant_name(
                audience.community, effect.participant, preview.before, audience.source
            ),
            amount(effect.before),
            amount(effect.after),
            points(effect.share_gain).removesuffix(" points"),
        )
        if foretold is not None:
            was = foretold.effects.get(effect.participant)
            row = (*row, "–" if was is None else points(was.share_gain).removesuffix(" points"))
        rows.append(row)
    return Table(headings, tuple(rows), right=frozenset({1, 2, 3, 4}), title=title)
