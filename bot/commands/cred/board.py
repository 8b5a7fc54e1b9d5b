"""`cred board`: everybody by cred, a page at a time."""

from typing import TYPE_CHECKING

from bot.commands.cred.parameters import PERIOD_PARAMETER
from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.pages import PAGE_SIZE, page_count, page_number
from bot.commands.kit.parameters import NUMBER, Parameter
from bot.commands.kit.reply import Button, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, percent, pluralize
from bot.community.scoring.community_scores import Board, CommunityScores
from bot.services import people
from cred.periods import Period

if TYPE_CHECKING:
    from bot.commands.kit.arguments import Argument


async def board(request: Request) -> Reply:
    """Answer `cred board [page] [period]`."""
    scores = resolve.scores(request)
    period = resolve.period(request, scores)
    hidden = people.hidden_participants(request.community, scores)
    found = scores.board(period.rows, hidden)
    if not len(found):
        raise UserError(f"Nobody has cred in {period.words}.", title="Nobody yet")
    pages = page_count(len(found))
    # The board may have shrunk since a button was made, so a page past the end is the last.
    page = min(page_number(request), pages)
    first = (page - 1) * PAGE_SIZE
    return Reply(
        title=f"Cred board of {request.community.name}",
        text=f"{period.sentence_start}. {_summary(found)}",
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
                    for line in found.lines(first, first + PAGE_SIZE)
                ),
                right=frozenset({0, 2, 3}),
                is_whole=True,
            ),
        ),
        after="\n".join(
            part for part in (_own_line(request, scores, found), _left_out(found)) if part
        ),
        as_of=resolve.as_of(scores),
        buttons=_page_buttons(page, pages, period.period),
    )


def _summary(found: Board) -> str:
    return (
        f"{pluralize(len(found), 'person', 'people')} with {amount(found.total)} cred in all."
    )


def _own_line(request: Request, scores: CommunityScores, found: Board) -> str:
    """Return the asker's own line, which is shown on every page."""
    number = request.community.directory.account_number(request.source, request.actor)
    if number is None:
        return ""
    line = found.line_of(people.participant_of(request.community, number, scores))
    if line is None:
        return ""
    return f"You: #{line.rank} with {amount(line.cred)} ({percent(line.share)})."


def _left_out(found: Board) -> str:
    if not found.hidden:
        return ""
    return (
        "Not listed: bots and people who opted out or were erased, "
        f"{pluralize(found.hidden, 'account')} with {percent(found.hidden_share)} of the "
        "cred."
    )


def _page_buttons(page: int, pages: int, period: Period) -> tuple[Button, ...]:
    """Return the buttons that turn the page for everybody, around one that numbers it."""
    if pages == 1:
        return ()

    enabled = {target for target in (page - 1, page + 1) if 1 <= target <= pages}

    def button(label: str, target: int) -> Button:
        arguments: dict[str, Argument] = {"page": min(max(target, 1), pages)}
        if not period.is_all:
            arguments["period"] = period
        line = BOARD.format_line(arguments)
        return Button(label, line, enabled=target in enabled, shared=True)

    return (
        button("◀ Before", page - 1),
        button(f"{page} / {pages}", page),
        button("Next ▶", page + 1),
    )


BOARD = Command(
    group="cred",
    name="board",
    summary="Everybody by cred, ten to a page.",
    details=(
        "Bots and people who opted out or were erased are not listed; their share is said "
        "below. Equal cred shares a rank. The buttons turn the page for everybody."
    ),
    handler=board,
    nicknames=("top", "leaderboard", "lb", "ranks", "levels", "scores"),
    parameters=(
        Parameter("page", NUMBER, "Which page; the first by default.", "2"),
        PERIOD_PARAMETER,
    ),
    asked_most=(("cred board", "everybody's"),),
    examples=("cred board", "cred board 2", "cred board last month"),
    shows_cred=True,
    aliases=("top", "leaderboard"),
)
