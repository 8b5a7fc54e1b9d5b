"""What is told of a proposal when its vote is over, and once a veto is no longer possible."""

from bot.commands.kit.names import person_name
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.wording import moment, percent
from bot.commands.weights.effects import describe_changes, gain, movers
from bot.community.communities import Community
from bot.services import people
from bot.services.weights.announce import BY_PROPOSAL
from bot.services.weights.outcome import Outcome, outcome_of_version
from bot.services.weights.proposals import Proposal
from cred.governance.proposals import Stage
from cred.governance.tally import Decision, Tally, VoteChoice

_VERDICTS = {
    Stage.PASSED: "passed",
    Stage.VETOABLE: "passed",
    Stage.FAILED: "failed",
    Stage.VETOED: "vetoed",
    Stage.WITHDRAWN: "withdrawn",
    Stage.LAPSED: "lapsed",
}
_REASONS = {
    Decision.PASSED: "Enough voted, and enough of them for it.",
    Decision.NO_OBJECTION: "Too few objected to stop it.",
    Decision.OBJECTED: "Enough people objected to stop it.",
    Decision.NO_QUORUM: "Too few voted.",
    Decision.NO_MAJORITY: "Too few of the votes were for it.",
}


async def result_reply(community: Community, proposal: Proposal, now_ms: int) -> Reply:
    """Return the result: the tally, every reason given, and what really changed."""
    course = proposal.course(now_ms)
    stage, tally = course.stage, course.tally
    has_tally = tally is not None and stage is not Stage.WITHDRAWN
    outcome = await _outcome(community, proposal, now_ms)
    lines = [describe_changes(proposal.terms.changes), _conclusion(community, proposal, now_ms)]
    return Reply(
        title=f"Result of proposal {proposal.number}: {_VERDICTS[stage]}",
        text="\n".join(line for line in lines if line),
        facts=(
            *(tally_facts(tally) if has_tally and tally is not None else ()),
            *_outcome_facts(community, proposal, outcome),
        ),
        tables=(*_outcome_tables(community, outcome), *_reason_tables(community, proposal)),
    )


async def outcome_reply(community: Community, proposal: Proposal, now_ms: int) -> Reply:
    """Return what became of a change that passed and could be vetoed."""
    stage = proposal.course(now_ms).stage
    outcome = await _outcome(community, proposal, now_ms)
    words = "vetoed" if stage is Stage.VETOED else "in force"
    return Reply(
        title=f"Outcome of proposal {proposal.number}: {words}",
        text=_conclusion(community, proposal, now_ms),
        facts=_outcome_facts(community, proposal, outcome),
        tables=_outcome_tables(community, outcome),
    )


def tally_facts(tally: Tally) -> tuple[Fact, ...]:
    """Return a tally as figures: by people, and by the weight of their votes."""
    counts = ", ".join(f"{tally.people[choice]:,} {choice}" for choice in VoteChoice)
    support = "nobody voted for or against"
    if tally.support is not None:
        support = f"{percent(float(tally.support))} of the votes for or against"
    turnout = percent(float(tally.turnout))
    return (
        Fact("Votes", counts),
        Fact("Turnout", f"{tally.voters:,} of {tally.electors:,} people, {turnout}"),
        Fact("Support", support),
    )


def _conclusion(community: Community, proposal: Proposal, now_ms: int) -> str:
    """Return why it ended so and what happens now, in sentences."""
    course = proposal.course(now_ms)
    stage = course.stage
    if stage is Stage.WITHDRAWN:
        return f"{person_name(community, proposal.proposer)} withdrew it."
    if stage is Stage.LAPSED:
        return "Too few people seconded it in time."
    if stage is Stage.VETOED:
        veto = proposal.reasons[-1] if len(proposal.reasons) > 1 else None
        who = "A maintainer" if veto is None else person_name(community, veto.author)
        return f"{who} vetoed it. Nothing was changed."
    why = "" if course.tally is None else _REASONS[course.tally.verdict]
    if stage is Stage.VETOABLE and course.in_force_ms is not None:
        return f"{why} Maintainers may veto it until {moment(course.in_force_ms)}."
    if stage is Stage.PASSED:
        return f"{why} It is in force."
    return f"{why} Nothing was changed."


async def _outcome(community: Community, proposal: Proposal, now_ms: int) -> Outcome | None:
    """Return what a proposal that passed did; None if it changed nothing."""
    author = f"{BY_PROPOSAL}{proposal.number}"
    for made in await community.settings.history():
        if made.author == author:
            return await outcome_of_version(community, made.version, proposal.at_ms, now_ms)
    return None


def _outcome_facts(
    community: Community, proposal: Proposal, outcome: Outcome | None
) -> tuple[Fact, ...]:
    if outcome is None:
        return ()
    foretold, real = outcome.foretold, outcome.real
    facts = [
        Fact(
            "Cred that is somebody else's now",
            f"{percent(real.moved)} (foretold: {percent(foretold.moved)})",
        )
    ]
    directory = community.directory
    is_shown = not directory.is_erased(proposal.proposer) and not people.is_opted_out(
        community, proposal.proposer
    )
    if is_shown:
        whose = [
            found.effects.get(people.participant_of(community, proposal.proposer, found.before))
            for found in (real, foretold)
        ]
        facts.append(
            Fact(
                f"{person_name(community, proposal.proposer)}, who proposed it",
                f"{gain(whose[0])} (foretold: {gain(whose[1])})",
            )
        )
    return tuple(facts)


def _outcome_tables(community: Community, outcome: Outcome | None) -> tuple[Table, ...]:
    if outcome is None:
        return ()
    real, foretold = outcome.real, outcome.foretold
    rows = []
    for found in movers(real):
        was = foretold.effects.get(found.participant)
        rows.append(
            (
                people.participant_name(community, found.participant, real.before),
                percent(found.share_before),
                percent(found.share_after),
                "–" if was is None else percent(was.share_after),
            )
        )
    if not rows:
        return ()
    headings = ("Whose share moves most", "before", "now", "foretold")
    return (Table(headings, tuple(rows), right=frozenset({1, 2, 3})),)


def _reason_tables(community: Community, proposal: Proposal) -> tuple[Table, ...]:
    """Return every reason that was given; those of erased people are gone."""
    rows = tuple(
        (person_name(community, reason.author), reason.text)
        for reason in proposal.reasons
        if reason.text
    )
    if not rows:
        return ()
    return (Table(("Who", "Why"), rows, title="Reasons given", is_whole=True),)
