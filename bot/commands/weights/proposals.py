"""`weights proposals`: what is proposed, what needs the asker's vote first."""

from typing import Final

from bot.commands.kit.command import Command
from bot.commands.kit.names import person_name
from bot.commands.kit.pages import page_of
from bot.commands.kit.parameters import NUMBER, EntryNumber, Introduced, Parameter
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import moment, pluralize
from bot.commands.weights.proposal import proposal_reply
from bot.commands.weights.results import result_reply
from bot.commands.weights.wording import change_lines, key_words
from bot.services.weights.proposals import Proposal, read_proposals
from cred.governance.proposals import Course, Stage

_OPEN: Final = frozenset({Stage.UNPUBLISHED, Stage.SEEKING, Stage.SECONDED, Stage.OPEN})


async def show_proposals(request: Request) -> Reply:
    """Answer `weights proposals [number] [page]`."""
    proposals = await read_proposals(request.community)
    number = request.arguments.get("number")
    if isinstance(number, int):
        return await _show_proposal(request, proposals.get(number))
    found = sorted(
        proposals.by_number.values(),
        key=lambda proposal: (_rank(request, proposal), -proposal.number),
    )
    page = page_of(request, found)
    rows = tuple(_row(request, proposal) for proposal in page.items)
    is_open = [found for found in found if found.course(request.now_ms).stage in _OPEN]
    return Reply(
        title=f"{pluralize(len(found), 'proposal')}, {len(is_open)} of them open",
        text=""
        if found
        else "Nobody has proposed anything yet. "
        f"{request.command_line('weights propose', '👍=2', 'because …')} would be the first.",
        # No column of figures, so that narrow screens show a list.
        tables=(Table(("No.", "What", "By", "State"), rows),) if rows else (),
        after=f"{request.command_line('weights proposals')} with a number shows all of it."
        if rows
        else "",
        buttons=page.buttons("weights proposals page"),
    )


async def _show_proposal(request: Request, proposal: Proposal) -> Reply:
    course = proposal.course(request.now_ms)
    if course.stage not in _OPEN:
        return await result_reply(request, proposal, request.now_ms)
    return await proposal_reply(request, proposal, request.now_ms)


def _rank(request: Request, proposal: Proposal) -> int:
    """Return where a proposal stands in the list: what needs the asker's vote comes first."""
    course = proposal.course(request.now_ms)
    if _needs_vote(request, course):
        return 0
    return 1 if course.stage in _OPEN else 2


def _needs_vote(request: Request, course: Course) -> bool:
    """Tell whether the asker may vote and has not; said to the asker alone."""
    if not request.is_private or course.stage is not Stage.OPEN:
        return False
    account = request.community.directory.account_number(request.source, request.actor)
    elector = None if account is None else course.elector(account)
    return elector is not None and elector.person not in course.ballots.choices


def _row(request: Request, proposal: Proposal) -> tuple[str, ...]:
    course = proposal.course(request.now_ms)
    return (
        str(proposal.number),
        _summary(request, proposal, course),
        person_name(request.community, proposal.proposer, request.source),
        _state(request, course),
    )


def _summary(request: Request, proposal: Proposal, course: Course) -> str:
    changes = proposal.terms.changes
    if course.stage in _OPEN:
        return "; ".join(change_lines(request, changes))
    return "; ".join(f"{key_words(request, key)}" for key in changes)


def _state(request: Request, course: Course) -> str:
    if course.stage is Stage.OPEN and course.closes_ms is not None:
        turnout = f"{len(course.ballots.choices)} of {len(course.electors)} voted"
        needs = "needs your vote: " if _needs_vote(request, course) else ""
        return f"{needs}open until {moment(course.closes_ms)}, {turnout}"
    return str(course.stage)


PROPOSALS: Final = Command(
    group="weights",
    name="proposals",
    summary="What is proposed: what needs your vote first, then what was decided.",
    details=(
        "With a number: all of that proposal, its preview computed anew by the weights in "
        "force now, or its result. How people vote is not told before the close."
    ),
    handler=show_proposals,
    parameters=(
        Parameter("number", EntryNumber("proposal"), "Which proposal.", "3"),
        Parameter("page", Introduced(("page",), NUMBER), "Which page.", "page 2"),
    ),
    examples=("weights proposals", "weights proposals 3"),
    heavy=True,
)
