"""A proposal as everybody sees it: what would change, why, and first who gains by it.

The same reply answers whoever proposes, is announced, and is shown by `weights proposals 3`. No
count of votes is in it before the close.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from bot.commands.kit.names import join_names, person_name
from bot.commands.kit.reply import Button, Fact, Reply
from bot.commands.kit.wording import moment, pluralize
from bot.commands.weights.effects import movers_chart, movers_tables, overall_facts, own_fact
from bot.commands.weights.wording import Audience, change_lines
from bot.community.errors import SettingMistakeError
from bot.services.weights.electorate import maintainers
from bot.services.weights.preview import Preview, preview
from bot.services.weights.proposals import Proposal
from cred.governance.proposals import Course, Stage
from cred.governance.rules import Counting, VotingRule
from cred.governance.tally import VoteChoice

_MOST_MAINTAINERS: Final = 5
"""Maintainers whose own gain is shown; a community with more of them has no room for all."""
_MOST_TITLE: Final = 90
_COUNTING: Final = {
    Counting.PEOPLE: "One person, one vote",
    Counting.CRED: "Votes weigh as much as cred",
    Counting.ROOT: "Votes weigh the square root of cred",
}


async def proposal_reply(audience: Audience, proposal: Proposal, now_ms: int) -> Reply:
    """Return a proposal that is not decided yet."""
    community = audience.community
    course = proposal.course(now_ms)
    proposer = person_name(community, proposal.proposer, audience.source)
    lines = change_lines(audience, proposal.terms.changes)
    told, problem = await _try_preview(audience, proposal, now_ms)
    effects = (
        ()
        if told is None
        else (*await _own_facts(audience, told, proposal), *overall_facts(told))
    )
    return Reply(
        title=f"Proposal {proposal.number}: {', '.join(lines)}"[:_MOST_TITLE],
        text="\n".join(
            (
                *lines,
                "",
                f"{proposer} proposes it: {proposal.reason or 'no reason is kept'}",
                *problem,
            )
        ),
        facts=(*effects, *state_facts(audience, proposal, course)),
        chart=None if told is None else movers_chart(audience, told, proposal.proposer),
        tables=() if told is None else movers_tables(audience, told),
        after=_ending(course),
        buttons=_buttons(proposal, course),
    )


def state_facts(audience: Audience, proposal: Proposal, course: Course) -> tuple[Fact, ...]:
    """Return how a proposal is decided and where it stands; no count before the close."""
    rule = proposal.terms.rule
    facts = [Fact("Decided by", rule_words(rule))]
    if rule.seconds:
        names = [
            person_name(audience.community, person, audience.source)
            for person in sorted(course.seconded_by)
        ]
        by = f" ({join_names(names)})" if names else ""
        facts.append(Fact("Seconded by", f"{len(names)} of {rule.seconds}{by}"))
    if course.opened_ms is not None and course.closes_ms is not None:
        facts += [
            Fact(
                "Voted so far",
                f"{len(course.ballots.choices):,} of {len(course.electors):,} people",
            ),
            Fact("Closes", moment(course.closes_ms)),
        ]
    if proposal.terms.effective_ms is not None:
        facts.append(Fact("Takes effect", f"not before {moment(proposal.terms.effective_ms)}"))
    if proposal.terms.amends is not None:
        facts.append(Fact("Instead of", f"proposal {proposal.terms.amends}"))
    return tuple(facts)


def rule_words(rule: VotingRule) -> str:
    """Return a rule in words.

    >>> rule_words(VotingRule(quorum=Fraction(1, 3), majority=Fraction(2, 3)))
    'One person, one vote; open for 7 days; 1/3 of the electorate has to vote, 2/3 of the \
votes have to be for it'
    """
    words = [_COUNTING[rule.counting], f"open for {pluralize(rule.days, 'day')}"]
    if rule.objections is not None:
        words.append(
            f"it passes unless {pluralize(rule.objections, 'person', 'people')} object"
        )
        return "; ".join(words)
    most = "more than half" if rule.majority == Fraction(1, 2) else str(rule.majority)
    quorum = f"{rule.quorum} of the electorate has to vote, " if rule.quorum else ""
    words.append(f"{quorum}{most} of the votes have to be for it")
    if rule.veto_hours:
        words.append(f"maintainers may veto it for {pluralize(rule.veto_hours, 'hour')}")
    return "; ".join(words)


def vote_buttons(number: int) -> tuple[Button, ...]:
    """Return the buttons to vote on a proposal; each press is answered to who presses."""
    return tuple(
        Button(choice.capitalize(), f"weights vote {number} {choice}") for choice in VoteChoice
    )


async def _try_preview(
    audience: Audience, proposal: Proposal, now_ms: int
) -> tuple[Preview | None, Sequence[str]]:
    """Return what the proposal would do by the weights in force now, and what to say of it."""
    settings, changes = audience.community.settings, proposal.terms.changes
    try:
        told = await preview(audience.community, changes, now_ms=now_ms)
    except SettingMistakeError as error:
        return None, ("", f"It cannot take effect any more: {error}")
    if not settings.differing(told.changes):
        return told, ("", "All of it is so already, by a change since it was proposed.")
    if told.mints_nothing:
        return told, ("", "Nothing would mint cred any more: everybody would have 0.")
    return told, ()


async def _own_facts(audience: Audience, told: Preview, proposal: Proposal) -> Sequence[Fact]:
    """Return what the proposer gains, and then each maintainer."""
    community = audience.community
    others = [
        account
        for account in await maintainers(community)
        if community.identities.person(proposal.proposer) != account
    ]
    return (
        own_fact(audience, told, proposal.proposer, "who proposes it"),
        *(
            own_fact(audience, told, account, "maintainer")
            for account in others[:_MOST_MAINTAINERS]
        ),
    )


def _ending(course: Course) -> str:
    match course.stage:
        case Stage.UNPUBLISHED:
            return "The vote opens once everybody can see it."
        case Stage.SEEKING:
            return "The vote opens once enough people second it."
        case Stage.OPEN:
            return (
                "Who may vote was fixed when the vote opened. Votes can be changed until it "
                "closes; until then nobody is told how they stand."
            )
        case _:
            return ""


def _buttons(proposal: Proposal, course: Course) -> tuple[Button, ...]:
    if course.stage is Stage.SEEKING:
        return (Button("Second", f"weights second {proposal.number}"),)
    if course.stage in {Stage.UNPUBLISHED, Stage.SECONDED, Stage.OPEN}:
        return vote_buttons(proposal.number)
    return ()
