"""Voting on a proposal."""

from dataclasses import dataclass

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services.entries.entry_checks import clean_title
from bot.services.weights import proposal_events as events
from bot.services.weights.proposal_events import GOVERNANCE
from bot.services.weights.proposals import Proposal, read_proposals, write_proposals
from cred.governance.proposals import Stage, Voted
from cred.governance.tally import VoteChoice
from storage.log.batch import Description


@dataclass(frozen=True, slots=True)
class CastVote:
    """A vote that was recorded."""

    proposal: Proposal
    choice: VoteChoice | None
    before: VoteChoice | None
    """What the same person had voted until then."""
    voters: int
    electors: int


async def vote(
    community: Community,
    number: int,
    account: int,
    choice: VoteChoice | None,
    *,
    reason: str = "",
    now_ms: int,
) -> CastVote:
    """Record a vote, in place of the one before; None takes it back.

    Raises
    ------
    NotAllowedError
        If the vote is not open, or the account votes for nobody in it.
    """
    async with write_proposals(community) as writer:
        proposal = writer.get(number)
        course = proposal.course(now_ms)
        if course.stage is not Stage.OPEN:
            raise NotAllowedError(f"There is no vote on proposal {number} now: {course.stage}.")
        elector = course.elector(account)
        if elector is None:
            raise NotAllowedError(
                f"You are not among the {len(course.electors)} who may vote on proposal "
                f"{number}. Who may was fixed when the vote opened."
            )
        who = writer.platform_id(account)
        records = [events.vote_event(number, who, choice, now_ms)]
        own, current = _last_vote(proposal, account), course.ballots.choices.get(elector.person)
        if own == choice != current:
            # The person voted by another account since. To the log this account's vote is no
            # news, so it is changed once more before.
            detour = VoteChoice.ABSTAIN if choice is None else None
            records.insert(0, events.vote_event(number, who, detour, now_ms))
        descriptions: tuple[Description, ...] = ()
        if reason.strip():
            reason_id = events.reason_id(number, writer.last_reason + 1)
            text = clean_title(reason, "a reason")
            records.append(events.reason_event(number, reason_id, who, now_ms))
            descriptions = (Description(GOVERNANCE, reason_id, text),)
        await writer.record(*records, descriptions=descriptions)
    proposal = (await read_proposals(community)).get(number)
    ballots = proposal.course(now_ms).ballots
    return CastVote(
        proposal=proposal,
        choice=choice,
        before=course.ballots.choices.get(elector.person),
        voters=len(ballots.choices),
        electors=len(course.electors),
    )


def _last_vote(proposal: Proposal, account: int) -> VoteChoice | None:
    """Return what an account itself last voted; None if it did not, or took it back."""
    votes = [
        record.choice
        for record in proposal.records
        if isinstance(record, Voted) and record.account == account
    ]
    return votes[-1] if votes else None
