"""`cred show`: how much cred somebody has, where it stands and what it came from."""

from typing import Final

from bot.commands.cred.breakdown import top_sources
from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.parameters import PERIOD, PERSON, Parameter
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, ordinal, percent, pluralize, sparkline, trend
from bot.community.scoring.community_scores import CommunityScores
from bot.services import people
from cred.epochs import WEEK_MS, week_start
from cred.periods import Period, parse_period

_SPARK_WEEKS: Final = 12
_TREND_WEEKS: Final = 4
_TOP: Final = 3

WHO = Parameter("person", PERSON, "Whose; yours where nobody is named.", "@ada")
PERIOD = Parameter(
    "period",
    PERIOD,
    "Which weeks; all where nothing is said.",
    "last month",
)


async def show(request: Request) -> Reply:
    """Answer `cred show [person] [period]`."""
    scores = resolve.scores(request)
    who = resolve.person(request)
    when = resolve.when(request, scores)
    index = resolve.row(request, scores, who)
    rows = when.rows
    hidden = people.hidden_participants(request.community, scores)
    place = scores.rank_of(index, rows, hidden)
    facts = [
        Fact("Rank", f"{ordinal(place.rank)} of {place.of:,}" if place else "–"),
        Fact("Share of all cred", percent(scores.share_of(index, rows))),
        *_lately(scores, index, request.now_ms),
    ]
    came_from = await top_sources(request, scores, index, rows, _TOP)
    about = (_about(request, who), "" if when.period.is_all else when.period.text)
    return Reply(
        title=f"{who.title}: {amount(scores.cred_of(index, rows))} cred",
        text=_opening(when.words, who, is_ranked=place is not None)
        + resolve.relinked(request, scores, who),
        facts=tuple(facts),
        tables=(came_from.table,) if came_from.table else (),
        after=_see_more(request, came_from.note, about),
        as_of=resolve.as_of(scores),
    )


def _opening(words: str, who: people.Person, *, is_ranked: bool) -> str:
    bot = " A bot: counted, but not ranked." if who.is_bot else ""
    none = "" if is_ranked or who.is_bot else " Nothing earned in this time."
    return f"{words[0].upper()}{words[1:]}.{bot}{none}"


def _lately(scores: CommunityScores, index: int, now_ms: int) -> list[Fact]:
    """Return this week, last week, the trend and the sparkline, by the calendar."""

    def total(period: Period, at_ms: int = now_ms) -> float:
        weeks = period.weeks(scores.starts_ms, at_ms)
        return scores.cred_of(index, weeks.rows)

    recent = parse_period(f"last {_TREND_WEEKS} weeks")
    before, after = total(recent, now_ms - _TREND_WEEKS * WEEK_MS), total(recent)
    spark = parse_period(f"{_SPARK_WEEKS} weeks").weeks(scores.starts_ms, now_ms)
    # Weeks that the scores don't reach yet are weeks without cred, not missing ones.
    late = (week_start(now_ms) - int(scores.starts_ms[-1])) // WEEK_MS
    values = [*scores.by_week(index, spark.rows).tolist(), *[0.0] * min(late, _SPARK_WEEKS)]
    return [
        Fact("This week so far", amount(total(parse_period("week")))),
        Fact("Last week", amount(total(parse_period("last week")))),
        Fact(f"Last {_TREND_WEEKS} weeks on the {_TREND_WEEKS} before", trend(before, after)),
        Fact(f"Last {pluralize(len(values), 'week')}", sparkline(values)),
    ]


def _about(request: Request, who: people.Person) -> str:
    """Return how to ask about the same person again: by name, or by nothing for oneself."""
    if people.is_asker(request.community, who, request.source, request.actor):
        return ""
    names, source = request.community.names, request.source
    platform, account = names.account_source(who.account), names.account(who.account)
    found = people.find_by_text(request.community, source, who.name, asker=request.actor)
    if not isinstance(found, people.Person) or found.person != who.person:
        # Somebody else has the name, too.
        return account if platform == source else f"{platform}:{account}"
    is_simple = not any(character.isspace() or character in '"“„«' for character in who.name)
    return f"@{who.name}" if is_simple else f'"{who.name}"'


def _see_more(request: Request, note: str, about: tuple[str, str]) -> str:
    who, _ = about
    lines = (
        request.command_line("cred explain", *about),
        request.command_line("cred history", who),
        request.command_line("cred board"),
    )
    more = f"More: {' · '.join(lines)}"
    return f"{note}\n{more}" if note else more


SHOW = Command(
    group="cred",
    name="show",
    summary="How much cred somebody has, their rank, and what it came from.",
    details=(
        "Cred is a share of what the community values: reactions mint it, and it flows to "
        "those who wrote, replied and were thanked. It is counted in weeks from Sunday 00:00 "
        "UTC; a month is the weeks that end in it. It is a record, not money, and it changes "
        "when the community changes its weights."
    ),
    handler=show,
    parameters=(WHO, PERIOD),
    examples=("cred", "cred @ada", "cred last month", "cred @ada 2026-10"),
    is_group_default=True,
)
