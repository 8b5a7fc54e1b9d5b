"""`cred board`: everybody by cred, a page at a time."""

from typing import Final

from bot.commands.cred.show import PERIOD
from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import NUMBER, Parameter
from bot.commands.kit.reply import Button, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, percent, pluralize
from bot.community.scoring.community_scores import Board, CommunityScores
from bot.services import people

_PER_PAGE: Final = 10


async def board(request: Request) -> Reply:
    """Answer `cred board [page] [period]`."""
    scores = resolve.scores(request)
    when = resolve.when(request, scores)
    hidden = people.hidden_participants(request.community, scores)
    found = scores.board(when.rows, hidden)
    if not len(found):
        raise UserError(f"Nobody has cred in {when.words}.", title="Nobody yet")
    pages = -(-len(found) // _PER_PAGE)
    asked_page = request.arguments.get("page", 1)
    # Past the end is the last page: the board may have shrunk since the button was made.
    page = min(asked_page if isinstance(asked_page, int) else 1, pages)
    first = (page - 1) * _PER_PAGE
    period = "" if when.period.is_all else f" {when.period.text}"
    return Reply(
        title=f"Cred board of {request.community.name}",
        text=f"{when.words[0].upper()}{when.words[1:]}. {_summary(found)}",
        tables=(
            Table(
                ("#", "Name", "Cred", "Share"),
                tuple(
                    (
                        f"{line.rank}",
                        people.participant_name(
                            request.community, line.participant, scores, request.source
                        ),
                        amount(line.cred),
                        percent(line.share),
                    )
                    for line in found.lines(first, first + _PER_PAGE)
                ),
                right=frozenset({0, 2, 3}),
            ),
        ),
        after="\n".join(
            part for part in (_mine(request, scores, found), _left_out(found)) if part
        ),
        as_of=resolve.as_of(scores),
        buttons=_turns(page, pages, period),
    )


def _summary(found: Board) -> str:
    return (
        f"{pluralize(len(found), 'person', 'people')} with {amount(found.total)} cred in all."
    )


def _mine(request: Request, scores: CommunityScores, found: Board) -> str:
    """Say where the asker stands, whatever page this is."""
    number = people.account_number(request.community, request.source, request.actor)
    if number is None:
        return ""
    line = found.line_of(people.participant_of(request.community, number, scores))
    if line is None:
        return ""
    return f"You: #{line.rank} with {amount(line.cred)} ({percent(line.share)})."


def _left_out(found: Board) -> str:
    if not found.left_out:
        return ""
    return (
        f"Not listed: bots and people who opted out, {pluralize(found.left_out, 'account')} with "
        f"{percent(found.left_out_share)} of the cred."
    )


def _turns(page: int, pages: int, period: str) -> tuple[Button, ...]:
    if pages == 1:
        return ()
    return (
        Button(
            "◀ Before", f"cred board {max(page - 1, 1)}{period}", enabled=page > 1, shared=True
        ),
        # Says where one is.
        Button(f"{page} / {pages}", f"cred board {page}{period}", enabled=False, shared=True),
        Button(
            "Next ▶",
            f"cred board {min(page + 1, pages)}{period}",
            enabled=page < pages,
            shared=True,
        ),
    )


BOARD = Command(
    group="cred",
    name="board",
    summary="Everybody by cred, ten to a page.",
    details=(
        "Bots and people who opted out are not listed; their share is said below. Equal cred "
        "shares a rank. The buttons turn the page for everybody."
    ),
    handler=board,
    parameters=(
        Parameter("page", NUMBER, "Which page; the first where none is given.", "2"),
        PERIOD,
    ),
    examples=("cred board", "cred board 2", "cred board last month"),
    aliases=("top", "leaderboard"),
)
