"""`weights vote`: for, against, abstain, or taking it back; answered to the voter alone."""

from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import REASON, Alternative, Parameter
from bot.commands.kit.reply import Button, Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import moment
from bot.commands.weights.propose import NUMBER_PARAMETER, proposal_number
from bot.services.weights.close import advance
from bot.services.weights.vote import vote as cast
from cred.governance.tally import VoteChoice

_WORDS: Final = {
    "for": VoteChoice.FOR,
    "yes": VoteChoice.FOR,
    "against": VoteChoice.AGAINST,
    "no": VoteChoice.AGAINST,
    "abstain": VoteChoice.ABSTAIN,
    "nothing": None,
}
"""What can be typed; None takes the vote back."""


async def vote(request: Request) -> Reply:
    """Answer `weights vote <number> <choice> [reason]`."""
    who, number = resolve.asker(request), proposal_number(request, "weights vote 3 for")
    word = resolve.text(request, "choice").casefold()
    if word not in _WORDS:
        raise UserError(
            "Vote for, against or abstain; nothing takes your vote back:",
            title="Which vote?",
            try_lines=tuple(f"weights vote {number} {choice}" for choice in VoteChoice),
        )
    await advance(request.community, request.now_ms)  # a vote that is due opens, or closes
    reason = resolve.text(request, "reason")
    done = await cast(
        request.community,
        number,
        who,
        _WORDS[word],
        reason=reason,
        now_ms=request.now_ms,
    )
    closes_ms = done.proposal.course(request.now_ms).closes_ms
    before = "" if done.before is None else f" Before, you had voted {done.before}."
    text = (
        f"Your vote on proposal {number} is taken back."
        if done.choice is None
        else f"You vote {done.choice}.{before}"
    )
    seen = (
        " What you typed here can be read by others; a message to me alone cannot."
        if request.is_overheard
        else ""
    )
    return Reply(
        title=f"Proposal {number}: your vote is recorded",
        text=f"{text} You may change it until the close.{seen}",
        facts=(
            Fact("Voted so far", f"{done.voters:,} of {done.electors:,} people"),
            *((Fact("Closes", moment(closes_ms)),) if closes_ms is not None else ()),
        ),
        buttons=() if done.choice is None or reason else (_why_button(number, done.choice),),
        private=True,
    )


def _why_button(number: int, choice: VoteChoice) -> Button:
    return Button("Say why", f"weights vote {number} {choice} because", form="Why")


VOTE: Final = Command(
    group="weights",
    name="vote",
    summary="Votes on a proposal: for, against or abstain, perhaps with a reason.",
    details=(
        "Each person has one vote, and may change it until the close. How others vote is not "
        "told before. Reasons are shown with the result, with the name of whoever gives one; "
        "“nothing” takes your vote back."
    ),
    handler=vote,
    parameters=(
        NUMBER_PARAMETER,
        Parameter(
            "choice",
            Alternative(tuple(_WORDS)),
            "for, against, abstain, or nothing.",
            "for",
            required=True,
        ),
        Parameter("reason", REASON, "Why; shown with the result.", "because …"),
    ),
    examples=("weights vote 3 for", "weights vote 3 against because it is too much"),
    private=True,
)
