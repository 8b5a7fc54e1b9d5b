"""`weights propose`, `second`, `withdraw` and `veto`: what people do about a proposal."""

import re
from datetime import date
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Access, Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import (
    COMING_WEEK,
    NUMBER,
    REASON,
    EntryNumber,
    Introduced,
    Parameter,
)
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import pluralize
from bot.commands.weights.keys import read_changes
from bot.commands.weights.preview import CHANGES_PARAMETER
from bot.commands.weights.proposal import proposal_reply
from bot.commands.weights.results import result_reply
from bot.commands.weights.wording import mistake
from bot.community.errors import SettingMistakeError
from bot.services.weights import propose as service
from bot.services.weights.announce import announce_proposal
from bot.services.weights.close import advance
from bot.services.weights.proposals import read_proposals
from cred.epochs import DAY_MS

_EXAMPLE: Final = "weights propose 👍=2 because a thumb is quickly given"
_DAYS_BEHIND: Final = re.compile(
    r"(?P<reason>.+?),?\s+for\s+(?P<days>\d{1,4})\s+days?", re.DOTALL
)
"""A reason with the days of the vote behind it, as people write them."""


async def propose(request: Request) -> Reply:
    """Answer `weights propose <changes> <reason> [days] [week] [amended]`."""
    who, community = resolve.asker(request), request.community
    changes = await read_changes(request, resolve.text(request, "changes"))
    reason, days = _reason_and_days(request)
    if not reason:
        raise UserError("Say why, behind “because”:", title="Why?", try_lines=(_EXAMPLE,))
    amended = request.arguments.get("amended")
    try:
        proposal = await service.propose(
            community,
            who,
            changes,
            reason=reason,
            days=days,
            amends=amended if isinstance(amended, int) else None,
            effective_ms=effective_ms(request),
            now_ms=request.now_ms,
        )
    except SettingMistakeError as error:
        raise mistake(error) from error
    waits = await announce_proposal(
        community,
        proposal.number,
        source=request.source,
        place=None if request.is_private else request.place,
        now_ms=request.now_ms,
    )
    await advance(community, request.now_ms)
    if waits:
        return Reply(
            title=f"Proposal {proposal.number} is made",
            text="It is posted in the channel for announcements, and its vote opens once "
            "everybody can see it there. "
            f"{request.command_line('weights proposals')} lists it.",
        )
    proposal = (await read_proposals(community)).get(proposal.number)
    return await proposal_reply(request, proposal, request.now_ms)


async def second(request: Request) -> Reply:
    """Answer `weights second <number>`."""
    who, number = resolve.asker(request), proposal_number(request, "weights second 3")
    course = await service.second(request.community, number, who, request.now_ms)
    await advance(request.community, request.now_ms)
    request.community.on_news()
    proposal = (await read_proposals(request.community)).get(number)
    missing = proposal.terms.rule.seconds - len(course.seconded_by)
    return Reply(
        title=f"You second proposal {number}",
        text="Its vote is open."
        if missing <= 0
        else f"It takes {pluralize(missing, 'person', 'people')} more.",
    )


async def withdraw(request: Request) -> Reply:
    """Answer `weights withdraw <number>`."""
    who, number = resolve.asker(request), proposal_number(request, "weights withdraw 3")
    await service.withdraw(request.community, number, who, request.now_ms)
    request.community.on_news()
    return Reply(title=f"Proposal {number} is withdrawn", text="Nothing was changed.")


async def veto(request: Request) -> Reply:
    """Answer `weights veto <number> <reason>`."""
    who, number = resolve.asker(request), proposal_number(request, "weights veto 3")
    reason = resolve.text(request, "reason")
    if not reason:
        raise UserError(
            "A veto needs a reason, which everybody sees:",
            title="Why?",
            try_lines=(f"weights veto {number} because it was announced wrongly",),
        )
    proposal = await service.veto(request.community, number, who, reason, request.now_ms)
    await advance(request.community, request.now_ms)
    request.community.on_news()
    return await result_reply(request, proposal, request.now_ms)


def proposal_number(request: Request, example: str) -> int:
    """Return the number of a proposal that was given.

    Raises
    ------
    UserError
        If none was.
    """
    argument = request.arguments.get("number")
    if isinstance(argument, int):
        return argument
    raise UserError(
        "Say which proposal, by its number:", title="Which proposal?", try_lines=(example,)
    )


def effective_ms(request: Request) -> int | None:
    """Return when a change is to take effect; None: at once.

    Raises
    ------
    UserError
        If that is no coming week.
    """
    week = request.arguments.get("week")
    if not isinstance(week, date):
        return None
    start_ms = (week - date(1970, 1, 1)).days * DAY_MS
    if start_ms <= request.now_ms:
        raise UserError("Name a week that is to come, such as next week.", title="When?")
    return start_ms


def _reason_and_days(request: Request) -> tuple[str, int | None]:
    """Return the reason, and the days that are given before or behind it."""
    reason, days = resolve.text(request, "reason"), request.arguments.get("days")
    if isinstance(days, int):
        return reason, days
    found = _DAYS_BEHIND.fullmatch(reason)
    return (found["reason"], int(found["days"])) if found else (reason, None)


NUMBER_PARAMETER: Final = Parameter(
    "number", EntryNumber("proposal"), "Which proposal.", "3", required=True
)
_REASON: Final = Parameter(
    "reason", REASON, "Why; everybody sees it.", "because …", required=True
)

WEEK_PARAMETER: Final = Parameter(
    "week",
    Introduced(("from",), COMING_WEEK),
    "From which week on; at once by default.",
    "from next week",
)

PROPOSE: Final = Command(
    group="weights",
    name="propose",
    summary="Proposes other weights; the community votes on them.",
    details=(
        "Everybody sees what it would do, first of all what you gain or lose by it, and then "
        "each maintainer. What passes takes effect by itself. Preview it before: weights "
        "preview. Say “for 3 days” to choose how long the vote is open, and “instead of 2” if "
        "it is to replace another proposal."
    ),
    handler=propose,
    parameters=(
        CHANGES_PARAMETER,
        _REASON,
        Parameter(
            "days",
            Introduced(("for",), NUMBER),
            "How many days the vote is open.",
            "for 3 days",
        ),
        WEEK_PARAMETER,
        Parameter(
            "amended",
            Introduced(("instead", "of"), EntryNumber("proposal")),
            "Which proposal it is to replace.",
            "instead of 2",
        ),
    ),
    access=Access.CONTRIBUTORS,
    examples=(_EXAMPLE, "weights propose 👍=2 for 3 days because a thumb is quickly given"),
    heavy=True,
)
SECOND: Final = Command(
    group="weights",
    name="second",
    summary="Seconds a proposal, so that its vote can open.",
    details="Needed only where the community wants it (votes.seconds).",
    handler=second,
    parameters=(NUMBER_PARAMETER,),
    access=Access.CONTRIBUTORS,
    examples=("weights second 3",),
)
WITHDRAW: Final = Command(
    group="weights",
    name="withdraw",
    summary="Withdraws your own proposal before its vote is over.",
    details="To change it, propose anew and say instead of which.",
    handler=withdraw,
    parameters=(NUMBER_PARAMETER,),
    examples=("weights withdraw 3",),
)
VETO: Final = Command(
    group="weights",
    name="veto",
    summary="Vetoes a proposal that passed, with a public reason.",
    details=(
        "For maintainers, where the community left time for it (votes.veto-hours). The reason "
        "is announced with it."
    ),
    handler=veto,
    parameters=(NUMBER_PARAMETER, _REASON),
    access=Access.MAINTAINERS,
    examples=("weights veto 3 because the change was announced wrongly",),
    heavy=True,
)
