"""What is told of a proposal when its vote is over, and once a veto is no longer possible."""

from bot.commands.kit.names import person_name
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.wording import moment, percent
from bot.commands.weights.effects import movers_chart, movers_tables, own_fact
from bot.commands.weights.wording import Audience, change_lines
from bot.services.weights.announce import BY_PROPOSAL
from bot.services.weights.outcome import ChangeOutcome, outcome_of_version
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


async def result_reply(audience: Audience, proposal: Proposal, now_ms: int) -> Reply:
    """Return the result: the tally, every reason given, and what really changed."""
    course = proposal.course(now_ms)
    version = await _version_of(audience, proposal)
    outcome = await _outcome(audience, proposal, version, now_ms)
    settings = audience.community.settings
    before = None if version is None else await settings.values_at(version - 1)
    return Reply(
        title=f"Result of proposal {proposal.number}: {_VERDICTS[course.stage]}",
        text="\n".join(
            (
                *change_lines(audience, proposal.terms.changes, before),
                "",
                _conclusion(audience, proposal, now_ms),
            )
        ),
        facts=(
            *_outcome_facts(audience, proposal, outcome),
            *(() if course.tally is None else tally_facts(course.tally)),
        ),
        chart=None if outcome is None else movers_chart(audience, outcome.real),
        tables=(*_outcome_tables(audience, outcome), *reason_tables(audience, proposal)),
    )


async def outcome_reply(audience: Audience, proposal: Proposal, now_ms: int) -> Reply:
    """Return what became of a change that passed and could be vetoed."""
    stage = proposal.course(now_ms).stage
    version = await _version_of(audience, proposal)
    outcome = await _outcome(audience, proposal, version, now_ms)
    words = "vetoed" if stage is Stage.VETOED else "in force"
    return Reply(
        title=f"ChangeOutcome of proposal {proposal.number}: {words}",
        text=_conclusion(audience, proposal, now_ms),
        facts=_outcome_facts(audience, proposal, outcome),
        tables=_outcome_tables(audience, outcome),
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


def reason_tables(audience: Audience, proposal: Proposal) -> tuple[Table, ...]:
    """Return every reason that was given; those of erased people are gone."""
    rows = tuple(
        (person_name(audience.community, reason.author, audience.source), reason.text)
        for reason in proposal.reasons
        if reason.text
    )
    if not rows:
        return ()
    return (Table(("Who", "Why"), rows, title="Reasons given", is_whole=True),)


def _conclusion(audience: Audience, proposal: Proposal, now_ms: int) -> str:
    """Return why it ended so and what happens now, in sentences."""
    community = audience.community
    course = proposal.course(now_ms)
    stage = course.stage
    if stage is Stage.WITHDRAWN:
        return f"{person_name(community, proposal.proposer, audience.source)} withdrew it."
    if stage is Stage.LAPSED:
        return "Too few people seconded it in time."
    if stage is Stage.VETOED:
        veto = proposal.reasons[-1] if len(proposal.reasons) > 1 else None
        who = (
            "A maintainer"
            if veto is None
            else person_name(community, veto.author, audience.source)
        )
        return f"{who} vetoed it. Nothing was changed."
    why = "" if course.tally is None else _REASONS[course.tally.verdict]
    if stage is Stage.VETOABLE and course.in_force_ms is not None:
        return f"{why} Maintainers may veto it until {moment(course.in_force_ms)}."
    if stage is not Stage.PASSED:
        return f"{why} Nothing was changed."
    later_ms = proposal.terms.effective_ms or 0
    when = f"takes effect on {moment(later_ms)}" if later_ms > now_ms else "is in force"
    return f"{why} It {when}."


async def _version_of(audience: Audience, proposal: Proposal) -> int | None:
    """Return the version of the settings that a proposal made; None if it made none."""
    author = f"{BY_PROPOSAL}{proposal.number}"
    history = await audience.community.settings.history()
    return next((made.version for made in history if made.author == author), None)


async def _outcome(
    audience: Audience, proposal: Proposal, version: int | None, now_ms: int
) -> ChangeOutcome | None:
    """Return what a proposal that passed did; None if it changed nothing."""
    if version is None:
        return None
    return await outcome_of_version(audience.community, version, proposal.at_ms, now_ms)


def _outcome_facts(
    audience: Audience, proposal: Proposal, outcome: ChangeOutcome | None
) -> tuple[Fact, ...]:
    if outcome is None:
        return ()
    foretold, real = outcome.foretold, outcome.real
    own, before = [
        own_fact(audience, found, proposal.proposer, "who proposed it")
        for found in (real, foretold)
    ]
    return (
        own,
        Fact("As it was foretold", before.value),
        Fact(
            "Goes to somebody else",
            f"{percent(real.moved)} of all cred (foretold: {percent(foretold.moved)})",
        ),
    )


def _outcome_tables(audience: Audience, outcome: ChangeOutcome | None) -> tuple[Table, ...]:
    if outcome is None:
        return ()
    return movers_tables(audience, outcome.real, foretold=outcome.foretold)
