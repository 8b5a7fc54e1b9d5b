"""The announcements of a community as replies: one builder for each sort of news.

Their titles say up to a colon which announcement it is, so that one that was posted and not
recorded can be found again. Nobody is pinged, and no count of votes is told before the close.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from bot.commands.cred.digest import digest_reply
from bot.commands.kit.names import join_names, person_name
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.wording import moment, pluralize
from bot.commands.weights.acts import act_reply
from bot.commands.weights.proposal import proposal_reply, vote_buttons
from bot.commands.weights.results import outcome_reply, result_reply
from bot.commands.weights.wording import Readers, author_words
from bot.services.weights.announce import News, changed_meanwhile
from bot.services.weights.proposals import Proposal, read_proposals
from cred.governance.proposals import Stage

Builder = Callable[[Readers, str, int], Awaitable[Reply | None]]
"""Returns the announcement of what is named, at a moment; None: there is nothing to say."""


async def build(readers: Readers, kind: News, about: str, now_ms: int) -> Reply | None:
    """Return an announcement; None if there is nothing to announce any more.

    Parameters
    ----------
    about
        What it is about: "proposal:3", "version:12".

    Raises
    ------
    CredError
        If scores that it shows cannot be computed.
    """
    return await BUILDERS[kind](readers, about, now_ms)


def _of_proposal(
    build_reply: Callable[[Readers, Proposal, int], Awaitable[Reply | None]],
) -> Builder:
    async def build_by_number(readers: Readers, about: str, now_ms: int) -> Reply | None:
        number = int(about.partition(":")[2])
        proposal = (await read_proposals(readers.community)).by_number.get(number)
        return None if proposal is None else await build_reply(readers, proposal, now_ms)

    return build_by_number


async def opened_reply(readers: Readers, proposal: Proposal, now_ms: int) -> Reply:
    """Return the announcement that the vote opened on a proposal that had to be seconded."""
    course = proposal.course(now_ms)
    seconds = [
        person_name(readers.community, person, readers.source)
        for person in sorted(course.seconded_by)
    ]
    return Reply(
        title=f"Vote on proposal {proposal.number}: it is open",
        text=f"Seconded by {join_names(seconds)}." if seconds else "",
        facts=_vote_facts(proposal, now_ms),
        buttons=vote_buttons(proposal.number),
    )


async def again_reply(readers: Readers, proposal: Proposal, now_ms: int) -> Reply | None:
    """Return the preview of an open proposal, anew: a weight in it was changed meanwhile."""
    if proposal.course(now_ms).stage is not Stage.OPEN:
        return None
    history = await readers.community.settings.history()
    changed = changed_meanwhile(proposal, proposal.course(now_ms), history)
    reply = await proposal_reply(readers, proposal, now_ms)
    versions = [
        f"version {made.version} (by {author_words(readers, made.author)})" for made in changed
    ]
    return replace(
        reply,
        title=f"Preview of proposal {proposal.number}: anew",
        text=f"What it changes was changed meanwhile, by {join_names(versions)}. By the "
        f"weights in force now:\n\n{reply.text}",
    )


async def reminder_reply(readers: Readers, proposal: Proposal, now_ms: int) -> Reply | None:
    """Return the reminder before the close: how many have not voted, and nobody's name."""
    del readers
    course = proposal.course(now_ms)
    left = len(course.electors) - len(course.ballots.choices)
    if course.closes_ms is None or now_ms >= course.closes_ms or not left:
        return None
    have = "has" if left == 1 else "have"
    return Reply(
        title=f"Reminder of proposal {proposal.number}: the vote closes soon",
        text=f"{pluralize(left, 'person', 'people')} who may vote {have} not done so yet.",
        facts=_vote_facts(proposal, now_ms),
        buttons=vote_buttons(proposal.number),
    )


def _vote_facts(proposal: Proposal, now_ms: int) -> tuple[Fact, ...]:
    course = proposal.course(now_ms)
    voters, electors = len(course.ballots.choices), len(course.electors)
    facts = [Fact("Voted so far", f"{voters:,} of {electors:,}")]
    if course.closes_ms is not None:
        facts.append(Fact("Closes", moment(course.closes_ms)))
    return tuple(facts)


BUILDERS: Final[Mapping[News, Builder]] = {
    News.PROPOSAL: _of_proposal(proposal_reply),
    News.OPENED: _of_proposal(opened_reply),
    News.REMINDER: _of_proposal(reminder_reply),
    News.AGAIN: _of_proposal(again_reply),
    News.RESULT: _of_proposal(result_reply),
    News.OUTCOME: _of_proposal(outcome_reply),
    News.ACT: act_reply,
    News.DIGEST: digest_reply,
}
