"""What time does to proposals: votes open and close, and what passed takes effect.

Everything is decided from the log and the moment, so it does not matter when, or how often, it
is asked: a bot that was down at the close finds it done as of its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.community.communities import Community
from bot.community.errors import SettingMistakeError
from bot.services.weights import proposal_events as events
from bot.services.weights.electorate import choose
from bot.services.weights.proposal_events import Turn
from bot.services.weights.proposals import (
    Proposal,
    ProposalWriter,
    read_proposals,
    write_proposals,
)
from bot.services.weights.schedule import list_scheduled, schedule
from cred.governance.proposals import Stage

_TURN_AT_END: Final = {
    Stage.PASSED: Turn.PASSED,
    Stage.FAILED: Turn.FAILED,
    Stage.LAPSED: Turn.LAPSED,
}


@dataclass(frozen=True, slots=True)
class Advanced:
    """A proposal that took a turn."""

    proposal: Proposal
    turn: Turn
    version: int | None = None
    """The version of the settings that a change which passed made; None: it made none."""
    problem: str = ""
    """Why a change that passed could not be made, as a sentence."""


async def publish(community: Community, number: int, now_ms: int) -> None:
    """Record that a proposal can be seen by everybody; from now on its time runs."""
    async with write_proposals(community) as writer:
        if writer.get(number).course(now_ms).stage is Stage.UNPUBLISHED:
            await writer.record(events.turn_event(number, Turn.PUBLISHED, None, now_ms))


async def advance(community: Community, now_ms: int) -> Sequence[Advanced]:
    """Let every proposal take the turn that is due, and return which took one."""
    async with write_proposals(community) as writer:
        due = [
            (found, course)
            for found in writer.by_number.values()
            if (course := found.course(now_ms)) is not None and found.closed is None
        ]
        done = []
        # What passed first takes effect first.
        for proposal, course in sorted(due, key=lambda pair: pair[1].in_force_ms or 0):
            if course.stage is Stage.SECONDED:
                done.append(await _open(writer, proposal, now_ms))
            elif course.stage in _TURN_AT_END:
                end_ms = course.in_force_ms or course.closes_ms or now_ms
                done.append(await _end(writer, proposal, course.stage, end_ms))
    if not done:
        return ()
    reread = await read_proposals(community)
    return [
        Advanced(reread.get(found.proposal.number), found.turn, found.version, found.problem)
        for found in done
    ]


async def next_turn_ms(community: Community, now_ms: int) -> int | None:
    """Return when the next turn of any proposal is due; None: none that time alone brings."""
    moments = []
    for proposal in (await read_proposals(community)).by_number.values():
        course, rule = proposal.course(now_ms), proposal.terms.rule
        if course.stage is Stage.OPEN and course.closes_ms is not None:
            moments.append(course.closes_ms)
        elif course.stage is Stage.VETOABLE and course.in_force_ms is not None:
            moments.append(course.in_force_ms)
        elif course.stage is Stage.SEEKING and course.published_ms is not None:
            moments.append(course.published_ms + rule.duration_ms)
        elif proposal.closed is None and course.stage in {*_TURN_AT_END, Stage.SECONDED}:
            moments.append(now_ms)
    return min(moments, default=None)


async def _open(writer: ProposalWriter, proposal: Proposal, now_ms: int) -> Advanced:
    electors = await choose(writer.community, proposal, now_ms)
    await writer.record(*events.electorate_events(proposal.number, electors, now_ms))
    return Advanced(proposal, Turn.OPENED)


async def _end(
    writer: ProposalWriter, proposal: Proposal, stage: Stage, end_ms: int
) -> Advanced:
    version, problem = None, ""
    if stage is Stage.PASSED:
        try:
            version = await _put_in_force(writer.community, proposal, end_ms)
        except SettingMistakeError as error:
            problem = str(error)
    turn = _TURN_AT_END[stage]
    # Last, because a bot that is stopped before it does all of this again.
    await writer.record(events.turn_event(proposal.number, turn, None, end_ms))
    return Advanced(proposal, turn, version, problem)


async def _put_in_force(community: Community, proposal: Proposal, at_ms: int) -> int | None:
    """Make the version of the settings that a proposal makes, unless it is made already.

    None: it waits for the week from which on it takes effect.
    """
    author, reason = f"proposal:{proposal.number}", f"proposal {proposal.number}"
    for made in await community.settings.history():
        if made.author == author:
            return made.version
    effective_ms = proposal.terms.effective_ms
    if effective_ms is not None and effective_ms > at_ms:
        waiting = await list_scheduled(community)
        if all(found.author != author for found in waiting):
            await schedule(
                community,
                proposal.terms.changes,
                author=author,
                reason=reason,
                at_ms=at_ms,
                effective_ms=effective_ms,
            )
        return None
    version = await community.settings.set(
        proposal.terms.changes, author=author, reason=reason, now_ms=at_ms
    )
    community.on_news()
    return version
