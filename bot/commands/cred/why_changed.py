"""`cred why-changed`: why somebody's cred is not what it was, in parts that sum exactly."""

from collections.abc import Mapping, Sequence
from math import floor
from typing import Final

from bot.commands.cred.parameters import PERSON_PARAMETER
from bot.commands.kit import resolve
from bot.commands.kit.charts import WaterfallChart, WaterfallStep
from bot.commands.kit.command import Command
from bot.commands.kit.names import typed_account
from bot.commands.kit.parameters import SINCE, Parameter
from bot.commands.kit.reply import Button, Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import day, percent
from bot.commands.weights.wording import author_words, changed_keys, reason_words
from bot.services.cred_change import MOST_TURNS, CredChange, explain_change
from bot.services.people import Person
from cred.change import ChangeCause, Part
from cred.periods import Period, parse_period
from storage.settings import SettingsVersion

_DEFAULT: Final = "4 weeks ago"
_LABELS: Final[Mapping[ChangeCause, str]] = {
    ChangeCause.OWN: "own work, and reactions to it",
    ChangeCause.OTHERS: "what others did",
    ChangeCause.LINKS: "accounts linked or separated",
    ChangeCause.REWRITTEN: "earlier weeks, valued anew",
}
_SEVERAL: Final = f"together: only the latest {MOST_TURNS} changes are told apart"


async def why_changed(request: Request) -> Reply:
    """Answer `cred why-changed [person] [since]`."""
    scores = resolve.scores(request)
    who = resolve.person(request)
    resolve.participant_index(request, scores, who)
    community = request.community
    given = request.arguments.get("since")
    period = given if isinstance(given, Period) else parse_period(_DEFAULT)
    since_ms = period.start_ms(request.now_ms)
    change = await explain_change(
        community,
        community.identities.accounts(who.account),
        since_ms=since_ms,
        now_ms=request.now_ms,
        scores=scores,
    )
    parts = [part for part in change.parts if part.cred]
    before, after = _tenths(change.before), _tenths(change.after)
    tenths = round_to_sum([part.cred * 10 for part in parts], after - before)
    shown = [(part, count) for part, count in zip(parts, tenths, strict=True) if count]
    when = "the beginning" if period.is_all else day(since_ms, year=True)
    return Reply(
        title=f"{who.display_name}: {_figure(before)} → {_figure(after)} cred since {when}",
        text=_opening(change, after - before, is_split=bool(shown)),
        facts=(
            Fact(
                "Share of all cred",
                f"{percent(change.share_before)} → {percent(change.share_after)}",
            ),
        ),
        chart=WaterfallChart(
            title=f"{who.display_name}: why cred changed",
            start=before / 10,
            steps=tuple(
                WaterfallStep(_label(request, change, part), count / 10)
                for part, count in shown
            ),
            end=after / 10,
            unit="cred",
            start_label=day(since_ms) if since_ms else "At first",
            short_title="Why cred changed",
        ),
        tables=(_table(request, change, shown),) if shown else (),
        after="Each part is what everybody's cred was with it, less what it was without, in "
        "the order in which things happened."
        if shown
        else "",
        as_of=resolve.as_of(scores),
    )


def why_changed_button(request: Request, who: Person) -> Button:
    """Return a button that asks why somebody's cred changed."""
    return Button("Why changed", f"cred why-changed {typed_account(request, who.account)}")


def _opening(change: CredChange, tenths: int, *, is_split: bool) -> str:
    if not is_split:
        return "Nothing changed it."
    first = (
        ""
        if change.heard_before
        else " Nothing had been heard of by then, so history that was read since counts as new."
    )
    return f"{_difference(tenths)} cred; the parts below sum to that.{first}"


def _table(request: Request, change: CredChange, shown: Sequence[tuple[Part, int]]) -> Table:
    rows = tuple(
        (_label(request, change, part, in_full=True), _difference(count))
        for part, count in shown
    )
    return Table(("What changed it", "Cred"), rows, right=frozenset({1}), is_whole=True)


def _label(request: Request, change: CredChange, part: Part, *, in_full: bool = False) -> str:
    """Return what a part came from; of a version of the weights also who made it and why."""
    if part.cause is not ChangeCause.WEIGHTS:
        return _LABELS[part.cause]
    is_first = part.key == min(each.key for each in change.parts if each.cause is part.cause)
    if change.summed_from is not None and is_first:
        words = f" ({_SEVERAL})" if in_full else ""
        return f"weights v{change.summed_from} to v{part.key}{words}"
    words = _version_words(request, change.versions[part.key]) if in_full else ""
    return f"weights v{part.key}{words}"


def _version_words(request: Request, version: SettingsVersion) -> str:
    author, why = author_words(request, version.author), reason_words(version)
    return f" ({changed_keys(request, version)}; by {author}: {why})"


def round_to_sum(values: Sequence[float], total: int) -> list[int]:
    """Round values so that they sum to a total: the largest remainders are rounded up.

    Where the total is less than the sum of all that are rounded down, those with the smallest
    remainders are lowered once more.

    >>> round_to_sum([0.4, 0.4, 0.4], 1), round_to_sum([-1.5, 2.6], 1)
    ([1, 0, 0], [-2, 3])
    """
    rounded = [floor(value) for value in values]
    missing = total - sum(rounded)
    order = sorted(range(len(values)), key=lambda at: rounded[at] - values[at])
    if missing < 0:
        order.reverse()
    for turn in range(abs(missing) if order else 0):
        rounded[order[turn % len(order)]] += 1 if missing > 0 else -1
    return rounded


def _tenths(cred: float) -> int:
    """Return cred in tenths, rounded as every reply shows it."""
    return round(round(cred, 1) * 10)


def _figure(tenths: int) -> str:
    return f"{tenths / 10:,.1f}"


def _difference(tenths: int) -> str:
    return f"{tenths / 10:+,.1f}" if tenths else "±0"


WHY_CHANGED: Final = Command(
    group="cred",
    name="why-changed",
    summary="Why somebody's cred changed: own work, others, weights, links.",
    details=(
        "The parts sum to the difference. Each version of the weights is named, with who made "
        "it. Earlier weeks are valued anew when later work refers to them. Four weeks back, "
        "unless you say since when."
    ),
    handler=why_changed,
    parameters=(
        PERSON_PARAMETER,
        Parameter("since", SINCE, "Since when; 4 weeks ago by default.", "since 3 Oct"),
    ),
    aliases=("changed", "what-changed"),
    examples=("cred why-changed", "cred why-changed @ada since last month"),
    shows_cred=True,
    heavy=True,
)
