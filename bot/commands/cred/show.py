"""`cred show`: how much cred somebody has, their rank, and what the cred came from."""

from typing import Final

from bot.commands.cred.breakdown import top_origins
from bot.commands.cred.parameters import PERIOD_PARAMETER, PERSON_PARAMETER
from bot.commands.cred.why_changed import why_changed_button
from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.names import account_id
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.kit.resolve import ScoredPeriod
from bot.commands.kit.wording import amount, ordinal, percent, pluralize, sparkline, trend
from bot.community.scoring.community_scores import CommunityScores
from bot.services import people
from cred.epochs import WEEK_MS, week_start
from cred.periods import Period, parse_period

_SPARK_WEEKS: Final = 12
_TREND_WEEKS: Final = 4
_TOP: Final = 3


async def show(request: Request) -> Reply:
    """Answer `cred show [person] [period]`."""
    scores = resolve.scores(request)
    who = resolve.person(request)
    period = resolve.period(request, scores)
    index = resolve.participant_index(request, scores, who)
    rows = period.rows
    hidden = people.hidden_participants(request.community, scores)
    rank = scores.rank_of(index, rows, hidden)
    facts = [
        Fact("Rank", f"{ordinal(rank.rank)} of {rank.of:,}" if rank else "–"),
        Fact("Share of all cred", percent(scores.share_of(index, rows))),
        *_recent_facts(scores, index, request.now_ms),
    ]
    origins = await top_origins(request, scores, index, rows, _TOP)
    period_typed = "" if period.period.is_all else period.period.text
    return Reply(
        title=f"{who.display_name}: {amount(scores.cred_of(index, rows))} cred",
        text=_opening(period, who, is_ranked=rank is not None)
        + resolve.relink_note(request, scores, who),
        facts=tuple(facts),
        tables=(origins.table,) if origins.table else (),
        after=_see_more(request, origins.note, _retype(request, who), period_typed),
        as_of=resolve.as_of(scores),
        buttons=(why_changed_button(request, who),),
    )


def _opening(period: ScoredPeriod, who: people.Person, *, is_ranked: bool) -> str:
    bot = " A bot: counted, but not ranked." if who.is_bot else ""
    none = "" if is_ranked or who.is_bot else " Nothing earned in this time."
    return f"{period.sentence_start}.{bot}{none}"


def _recent_facts(scores: CommunityScores, index: int, now_ms: int) -> list[Fact]:
    """Return the cred of this week and the last, the trend and a sparkline."""

    def total(period: Period, at_ms: int = now_ms) -> float:
        weeks = period.weeks(scores.starts_ms, at_ms)
        return scores.cred_of(index, weeks.rows)

    recent = parse_period(f"last {_TREND_WEEKS} weeks")
    before, after = total(recent, now_ms - _TREND_WEEKS * WEEK_MS), total(recent)
    spark = parse_period(f"{_SPARK_WEEKS} weeks").weeks(scores.starts_ms, now_ms)
    # Weeks after those of the scores have no cred yet, but they are weeks.
    late = (week_start(now_ms) - int(scores.starts_ms[-1])) // WEEK_MS
    values = [*scores.by_week(index, spark.rows).tolist(), *[0.0] * min(late, _SPARK_WEEKS)]
    return [
        Fact("This week so far", amount(total(parse_period("week")))),
        Fact("Last week", amount(total(parse_period("last week")))),
        Fact(f"Last {_TREND_WEEKS} weeks on the {_TREND_WEEKS} before", trend(before, after)),
        Fact(f"Last {pluralize(len(values), 'week')}", sparkline(values)),
    ]


def _retype(request: Request, who: people.Person) -> str:
    """Return what to type to ask about the same person again; "" for oneself."""
    community, source, actor = request.community, request.source, request.actor
    if people.is_asker(community, who, source, actor):
        return ""
    found = people.find_by_text(community, source, who.name, asker=actor)
    if not isinstance(found, people.Person) or found.person != who.person:
        return account_id(request, who.account)  # somebody else has the name, too
    is_simple = not any(character.isspace() or character in '"“„«' for character in who.name)
    return f"@{who.name}" if is_simple else f'"{who.name}"'


def _see_more(request: Request, note: str, who: str, period: str) -> str:
    lines = (
        request.command_line("cred explain", who, period),
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
    parameters=(PERSON_PARAMETER, PERIOD_PARAMETER),
    asked_most=(("cred", "your cred"), ("cred @ada last month", "somebody's")),
    examples=("cred", "cred @ada", "cred last month", "cred @ada 2026-10"),
    shows_cred=True,
    is_group_default=True,
    nicknames=("rank", "level", "score", "karma"),
)
