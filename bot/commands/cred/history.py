"""`cred history`: somebody's cred week by week, as a picture and in numbers."""

from typing import Final

from bot.commands.cred.parameters import PERSON_PARAMETER
from bot.commands.cred.why_changed import why_changed_button
from bot.commands.kit import resolve
from bot.commands.kit.charts import WeekChart
from bot.commands.kit.command import Command
from bot.commands.kit.names import typed_account
from bot.commands.kit.parameters import NUMBER, Parameter
from bot.commands.kit.reply import Button, Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, day, percent, pluralize
from bot.community.scoring.community_scores import CommunityScores
from bot.services.people import Person
from cred.epochs import WEEK_MS, week_start

_WEEKS: Final = 12
_MOST_WEEKS: Final = 104
_MOST_ROWS: Final = 12
_SPANS: Final = (4, 12, 26, 52, 104)


async def history(request: Request) -> Reply:
    """Answer `cred history [person] [weeks]`."""
    scores = resolve.scores(request)
    who = resolve.person(request)
    index = resolve.participant_index(request, scores, who)
    wanted = request.arguments.get("weeks", _WEEKS)
    count = min(wanted, _MOST_WEEKS) if isinstance(wanted, int) else _WEEKS
    starts, values = _cred_by_week(scores, index, count, request.now_ms)
    running = week_start(request.now_ms) == starts[-1]
    best = max(range(len(values)), key=values.__getitem__)
    complete = values[:-1] if running else values
    # A week that is not over would lower the average.
    mean = amount(sum(complete) / len(complete)) if complete else "–"
    span = f"the last {pluralize(len(values), 'week')}" if complete else "this week"
    total = sum(values)
    older = f"\nThe table shows the latest {_MOST_ROWS}." if len(values) > _MOST_ROWS else ""
    return Reply(
        title=f"{who.display_name}: {span}",
        facts=(
            Fact("In these weeks", f"{amount(total)} cred"),
            Fact("A week on average", mean),
            Fact("Best week", f"{amount(values[best])} ({day(starts[best], year=True)})"),
        ),
        chart=WeekChart(
            title=f"Cred of {who.display_name} by week",
            starts_ms=tuple(starts),
            values=tuple(values),
            unit="cred",
            alt=_alt_text(who, starts, values),
            running=running,
            short_title="Cred by week",
        ),
        tables=(_table(scores, index, starts, values, running=running),),
        text=resolve.relink_note(request, scores, who).strip(),
        after=("* not over yet" if running else "") + older,
        as_of=resolve.as_of(scores),
        buttons=_buttons(request, who, count, len(scores.starts_ms)),
    )


def _cred_by_week(
    scores: CommunityScores, index: int, count: int, now_ms: int
) -> tuple[list[int], list[float]]:
    """Return the starts and the cred of the latest weeks up to the current one.

    Weeks after those of the scores have no cred; weeks before them are left out.
    """
    first = int(scores.starts_ms[0])
    last = max(week_start(now_ms), int(scores.starts_ms[-1]))
    starts = list(range(max(first, last - (count - 1) * WEEK_MS), last + 1, WEEK_MS))
    known = scores.cred[index].tolist()
    rows = [(start - first) // WEEK_MS for start in starts]
    return starts, [known[row] if row < len(known) else 0.0 for row in rows]


def _table(
    scores: CommunityScores,
    index: int,
    starts: list[int],
    values: list[float],
    *,
    running: bool,
) -> Table:
    """Return the latest weeks, newest first; a star marks the one that is not over."""
    weeks = list(zip(starts, values, strict=True))[: -_MOST_ROWS - 1 : -1]
    rows = tuple(
        (
            day(start, year=True) + (" *" if running and start == starts[-1] else ""),
            amount(value),
            percent(_share(scores, index, start)),
        )
        for start, value in weeks
    )
    return Table(("Week from", "Cred", "Share"), rows, right=frozenset({1, 2}))


def _share(scores: CommunityScores, index: int, start_ms: int) -> float:
    row = (start_ms - int(scores.starts_ms[0])) // WEEK_MS
    return scores.share_of(index, slice(row, row + 1))


def _alt_text(who: Person, starts: list[int], values: list[float]) -> str:
    weeks = ", ".join(
        f"{day(start)} {amount(value)}" for start, value in zip(starts, values, strict=True)
    )
    return f"Bars of the weekly cred of {who.name}: {weeks}."


def _buttons(request: Request, who: Person, count: int, known: int) -> tuple[Button, ...]:
    """Return a button for each span up to the first that covers all known weeks, and why."""
    person = typed_account(request, who.account)
    shorter = [weeks for weeks in _SPANS if weeks < known]
    spans = [*shorter, *(weeks for weeks in _SPANS if weeks >= known)][: len(shorter) + 1]
    return (
        *(
            Button(
                f"{weeks} weeks",
                f"cred history {person} {weeks}",
                enabled=weeks != count,
            )
            for weeks in spans
        ),
        why_changed_button(request, who),
    )


HISTORY = Command(
    group="cred",
    name="history",
    summary="Somebody's cred week by week, as a picture and in numbers.",
    details=(
        "Weeks begin on Sunday 00:00 UTC. Cred of past weeks still moves a little when later "
        "work refers to it, and when weights change. Up to 104 weeks."
    ),
    handler=history,
    parameters=(
        PERSON_PARAMETER,
        Parameter("weeks", NUMBER, "How many weeks; 12 by default.", "26"),
    ),
    examples=("cred history", "cred history @ada", "cred history @ada 26"),
    shows_cred=True,
    heavy=True,
)
