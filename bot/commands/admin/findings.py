"""What `admin health` found: what somebody can act on, and what is only to be known."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.commands.admin.sources import SourceState
from bot.commands.kit.request import SLASH, Request
from bot.commands.kit.wording import day, duration, pluralize
from bot.community.communities import Community
from bot.community.gap_reasons import REMEDIES
from bot.community.problem import Problem
from cred.epochs import DAY_MS
from storage.log.gaps import RecordedGap

_MOST_PLACES: Final = 8
_NO_REMEDY: Final = "see whether the bot may read it"


def find_problems(
    request: Request, states: Sequence[SourceState], position: int, gaps: Sequence[RecordedGap]
) -> list[Problem]:
    """Return what somebody can act on, the most urgent first.

    Parameters
    ----------
    request
        Who asks; places are named only where nobody else reads the reply.
    states
        How the sources are.
    position
        Position of the last event in the log.
    gaps
        The open gaps.
    """
    return [
        *_scoring_problems(request.community, position),
        *(
            replace(problem, words=f"{state.source} {state.name}: {problem.words}")
            for state in states
            for problem in state.problems
        ),
        *_unreadable_places(request, [found for found in gaps if found.gap.place is not None]),
    ]


def _scoring_problems(community: Community, position: int) -> list[Problem]:
    health = community.scoring.health
    if community.scoring.scores is None and not position:
        return [Problem("nothing has been heard here yet", "see admin sources")]
    if health is not None and health.problem:
        return [
            Problem(
                f"the last recompute failed: {health.problem.rstrip('.')}",
                "if it is a setting, change it back; the operator's log says more",
            )
        ]
    if community.scoring.scores is None:
        return [Problem("there are no scores yet", "wait for the first recompute")]
    if not community.scoring.scores.snapshot.total_mint:
        return [Problem("nothing mints cred", "see which weights are 0: credbot settings")]
    return []


def _unreadable_places(request: Request, gaps: Sequence[RecordedGap]) -> list[Problem]:
    """Return what to do about places that cannot be read; the newest first."""
    if not gaps:
        return []
    if not request.is_private:
        places = pluralize(len(gaps), "place")
        return [
            Problem(
                f"{places} cannot be read",
                f"{SLASH}admin health, which only you see, names what may be hidden",
            )
        ]
    newest = list(gaps)[: -_MOST_PLACES - 1 : -1]
    found = [
        Problem(
            f"{_where(request, recorded)}: {recorded.gap.reason}, "
            f"since {day(recorded.gap.from_ms)}",
            REMEDIES.get(recorded.gap.reason, _NO_REMEDY),
        )
        for recorded in newest
    ]
    more = len(gaps) - len(newest)
    if more:
        found.append(Problem(f"{pluralize(more, 'more place')} cannot be read", "likewise"))
    return found


def _where(request: Request, recorded: RecordedGap) -> str:
    """Return what to call a place, by name only if its reader may see it."""
    gap, community = recorded.gap, request.community
    if not request.sees(gap.source, gap.place or ""):
        return "a place that you don't see"
    number = community.directory.place_number(gap.source, gap.place or "")
    return f"{gap.place}" if number is None else f"#{community.directory.place_name(number)}"


def sum_up_breaks(gaps: Sequence[RecordedGap], now_ms: int) -> list[tuple[str, str]]:
    """Return the breaks in listening of each source and reason, as a name and words.

    What was missed is read again after each; the reason says what cannot be.
    """
    by_reason: defaultdict[tuple[str, str], list[RecordedGap]] = defaultdict(list)
    for recorded in gaps:
        if recorded.gap.place is None:
            by_reason[recorded.gap.source, recorded.gap.reason].append(recorded)
    return [
        (f"Reconnects ({source})", f"{_summary(breaks, now_ms)}; unknown: {reason}")
        for (source, reason), breaks in by_reason.items()
    ]


def _summary(breaks: Sequence[RecordedGap], now_ms: int) -> str:
    total = duration(_total_ms(breaks, now_ms) / 1000)
    return f"{len(breaks):,}, {total} in all, last {_last_day(breaks, now_ms)}"


def _end_ms(recorded: RecordedGap, now_ms: int) -> int:
    return now_ms if recorded.gap.to_ms is None else recorded.gap.to_ms


def _total_ms(breaks: Sequence[RecordedGap], now_ms: int) -> int:
    return sum(max(_end_ms(recorded, now_ms) - recorded.gap.from_ms, 0) for recorded in breaks)


def _last_day(breaks: Sequence[RecordedGap], now_ms: int) -> str:
    last_ms = max(_end_ms(recorded, now_ms) for recorded in breaks)
    days = now_ms // DAY_MS - last_ms // DAY_MS
    return {0: "today", 1: "yesterday"}.get(days, f"on {day(last_ms)}")
