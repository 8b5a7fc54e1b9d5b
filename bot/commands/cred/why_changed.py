"""`cred why-changed`: why somebody's cred is not what it was, in parts that sum exactly."""

from collections.abc import Mapping, Sequence
from math import floor
from typing import Final

from bot.commands.cred.parameters import PERSON_PARAMETER
from bot.commands.kit import resolve
from bot.commands.kit.charts import WaterfallChart, WaterfallStep
from bot.commands.kit.command import Command
from bot.commands.kit.parameters import SINCE, Parameter
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import day, percent
from bot.commands.weights.wording import author_words, key_words
from bot.services.cred_change import CredChange, explain_change
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
_MOST_KEYS: Final = 3
"""Settings of a version that are named."""


async def why_changed(request: Request) -> Reply:
    """Answer `cred why-changed [person] [since]`."""
    scores = resolve.scores(request)
    who = resolve.person(request)
    community = request.community
    given = request.arguments.get("since")
    period = given if isinstance(given, Period) else parse_period(_DEFAULT)
    since_ms = period.start_ms(request.now_ms)
    change = await explain_change(
        community,
        community.identities.accounts(who.account),
        since_ms=since_ms,
        now_ms=request.now_ms,
    )
    parts = [part for part in change.parts if part.cred]
    before, after = round(change.before * 10), round(change.after * 10)
    tenths = _round_to_sum([part.cred * 10 for part in parts], after - before)
    shown = [(part, count) for part, count in zip(parts, tenths, strict=True) if count]
    when = "the beginning" if period.is_all else day(since_ms, year=True)
    return Reply(
        title=f"{who.display_name}: {_figure(before)} → {_figure(after)} cred since {when}",
        text=_opening(after - before),
        facts=(
            Fact(
                "Share of all cred",
                f"{percent(change.share_before)} → {percent(change.share_after)}",
            ),
        ),
        chart=WaterfallChart(
            title=f"Why the cred of {who.display_name} changed",
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


def _opening(tenths: int) -> str:
    if not tenths:
        return "It is what it was."
    return f"{_difference(tenths)} cred; the parts below sum to that."


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
    version = change.versions.get(part.key)
    name = f"weights v{part.key}"
    return f"{name}{_version_words(request, version)}" if in_full and version else name


def _version_words(request: Request, version: SettingsVersion) -> str:
    keys = [key_words(request, key) for key in version.changes]
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    author = author_words(request, version.author)
    reason = version.reason if version.reason and version.reason != author else ""
    why = f", because {reason}" if reason else ""
    return f" ({', '.join(keys[:_MOST_KEYS])}{more}; by {author}{why})"


def _round_to_sum(values: Sequence[float], total: int) -> list[int]:
    """Round values so that they sum to a total: the largest remainders are rounded up.

    >>> _round_to_sum([0.4, 0.4, 0.4], 1), _round_to_sum([-1.5, 2.6], 1)
    ([1, 0, 0], [-2, 3])
    """
    rounded = [floor(value) for value in values]
    order = sorted(range(len(values)), key=lambda at: rounded[at] - values[at])
    missing = total - sum(rounded)
    for turn in range(abs(missing)):
        if order:
            rounded[order[turn % len(order)]] += 1 if missing > 0 else -1
    return rounded


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
    examples=("cred why-changed", "cred why-changed @ada since last month"),
    shows_cred=True,
    heavy=True,
)
