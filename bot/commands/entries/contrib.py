"""`contrib …`: work that no platform saw, approved by a second person."""

from bot.commands.entries import entry_arguments
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import (
    DATE,
    NUMBER,
    REASON,
    SHARES,
    TITLE,
    URL,
    Choice,
    EntryNumber,
    Parameter,
)
from bot.commands.kit.reply import Button, Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import day, pluralize
from bot.community.communities import Community
from bot.services.entries import contributions
from bot.services.entries.contributions import Draft, ReviewedWork
from bot.services.entries.entries import Entry
from bot.services.entries.entry_types import EntryStatus

_ADD = "contrib add Repaired the sign-up page @ada 2 @grace 1 on 2026-10-03 kind code"
_STATUS = {EntryStatus.WAITING: "waits for approval"}


async def add(request: Request) -> Reply:
    """Answer `contrib add [title] [people] [date] [kind] [link]`."""
    author, shares = entry_arguments.me(request), entry_arguments.chosen(request, "people")
    title = entry_arguments.text(request, "title")
    if not title:
        raise UserError("Say what was done:", title="Which work?", try_lines=(_ADD,))
    if not shares:
        raise UserError(
            "Say who did it (with @), perhaps with shares:", title="Who?", try_lines=(_ADD,)
        )
    draft = Draft(
        title=title,
        shares=shares,
        at_ms=entry_arguments.at_ms(request),
        kind=entry_arguments.text(request, "kind"),
        link=entry_arguments.text(request, "link"),
    )
    made = await contributions.add(request.community, author, draft, request.now_ms)
    return _one(
        request,
        made,
        "It counts once a second person approves it: "
        f"{request.command_line('contrib approve', str(made.number))}. Not for its author, nor for "
        "anybody with a share in it.",
        buttons=(_approving(made),),
    )


async def approve(request: Request) -> Reply:
    """Answer `contrib approve [number]`."""
    by = entry_arguments.me(request)
    which = entry_arguments.number(request, "number", "contribution", "contrib approve 7")
    made = await contributions.approve(request.community, which, by, request.now_ms)
    return _one(
        request,
        made,
        f"Approved by {entry_arguments.named(request.community, by)}; it counts from now on.",
    )


async def reject(request: Request) -> Reply:
    """Answer `contrib reject [number] [reason]`."""
    by = entry_arguments.me(request)
    which = entry_arguments.number(
        request, "number", "contribution", "contrib reject 7 not done yet"
    )
    reason = entry_arguments.text(request, "reason")
    if not reason:
        raise UserError(
            "Say why:", title="Why?", try_lines=(f"contrib reject {which} not done yet",)
        )
    made = await contributions.reject(request.community, which, by, reason, request.now_ms)
    return _one(
        request, made, f"Rejected by {entry_arguments.named(request.community, by)}: {reason}"
    )


async def withdraw(request: Request) -> Reply:
    """Answer `contrib withdraw [number]`."""
    by = entry_arguments.me(request)
    which = entry_arguments.number(request, "number", "contribution", "contrib withdraw 7")
    made = await contributions.withdraw(request.community, which, by, request.now_ms)
    return _one(request, made, "Withdrawn; it counts no more, as if it had never been.")


async def show(request: Request) -> Reply:
    """Answer `contrib show [number]`."""
    which = entry_arguments.number(request, "number", "contribution", "contrib show 7")
    found = await contributions.get(request.community, which)
    work = found.work
    if work.status is EntryStatus.WAITING:
        return _one(request, work, f"It {_said(found)}.", buttons=(_approving(work),))
    by = entry_arguments.named(request.community, work.decided_by)
    why = f": {found.reason}" if found.reason else "."
    return _one(request, work, f"{work.status.capitalize()} by {by}{why}")


async def show_list(request: Request) -> Reply:
    """Answer `contrib list [page]`."""
    found = await contributions.list_all(request.community)
    page = entry_arguments.page(request, len(found))
    first = (page - 1) * entry_arguments.PAGE
    rows = tuple(
        _row(request.community, one) for one in found[first : first + entry_arguments.PAGE]
    )
    waiting = sum(one.work.status is EntryStatus.WAITING for one in found)
    pages = entry_arguments.pages(len(found))
    return Reply(
        title=pluralize(len(found), "contribution"),
        text=f"{waiting} of them {'waits' if waiting == 1 else 'wait'} for a second person's "
        "approval."
        if found
        else f"Nothing was entered yet. Kinds of work here: "
        f"{', '.join(contributions.kinds(request.community))}.",
        # Words, and no column of figures: narrow screens get a list.
        tables=(Table(("No.", "What", "Who", "Done", "Status"), rows),) if rows else (),
        after=f"{request.command_line('contrib show')} with a number tells all of one."
        if rows
        else "",
        buttons=(
            Button("Earlier", f"contrib list {page - 1}", enabled=page > 1),
            Button("Later", f"contrib list {page + 1}", enabled=page < pages),
        )
        if pages > 1
        else (),
    )


def _approving(work: Entry) -> Button:
    return Button("Approve", f"contrib approve {work.number}", shared=True)


def _said(one: ReviewedWork) -> str:
    """Return what became of work, in words."""
    status = _STATUS.get(one.work.status, str(one.work.status))
    return f"{status}: {one.reason}" if one.reason else status


def _row(community: Community, one: ReviewedWork) -> tuple[str, ...]:
    work = one.work
    kind = f" ({work.details.kind})" if work.details.kind else ""
    return (
        str(work.number or "–"),
        f"{entry_arguments.title(work)}{kind}",
        entry_arguments.shared(community, work.people),
        day(work.at_ms, year=True),
        _said(one),
    )


def _one(request: Request, work: Entry, text: str, buttons: tuple[Button, ...] = ()) -> Reply:
    community = request.community
    return Reply(
        title=f"Contribution {work.number}: {entry_arguments.title(work)}",
        text=text,
        facts=(
            Fact("Who", entry_arguments.shared(community, work.people)),
            Fact("Kind", work.details.kind or "–"),
            Fact("Done", day(work.at_ms, year=True)),
            Fact("Entered by", entry_arguments.named(community, work.author)),
            *((Fact("Evidence", work.link, copied=True),) if work.link else ()),
        ),
        buttons=buttons,
    )


_NUMBER = Parameter("number", EntryNumber("contribution"), "Which contribution.", "7")

CONTRIB = (
    Command(
        group="contrib",
        name="list",
        summary="Work that was entered by hand: what waits for approval first.",
        details="Everybody can see it, with what became of it and why.",
        handler=show_list,
        parameters=(Parameter("page", NUMBER, "Which page.", "2"),),
        examples=("contrib list", "contrib list 2"),
        is_group_default=True,
    ),
    Command(
        group="contrib",
        name="show",
        summary="One contribution: who did it, who entered it, evidence, what became of it.",
        details="Look at this before you approve.",
        handler=show,
        parameters=(_NUMBER,),
        examples=("contrib show 7",),
    ),
    Command(
        group="contrib",
        name="add",
        summary="Enter work that was done where nobody could see it; a second person approves.",
        details=(
            "Name who did it with @, each with a share if they are not equal. The date is when "
            "it was done; today if none. Put a title in quotes if it has a name or date in it. "
            "The kinds of work are a setting of the community (contributions.kinds)."
        ),
        handler=add,
        parameters=(
            Parameter("title", TITLE, "What was done.", "“Repaired the sign-up page”"),
            Parameter("people", SHARES, "Who did it, with shares.", "@ada 2 @grace 1"),
            Parameter("date", DATE, "When it was done (UTC).", "2026-10-03"),
            Parameter("kind", Choice("kind"), "Kind of work.", "kind code"),
            Parameter("link", URL, "Where evidence is.", "https://example.org/42"),
        ),
        examples=(
            _ADD,
            "contrib add “Held the October meetup” @ada on 2026-10-14 kind event",
            "contrib add Translated the guide @grace yesterday https://example.org/guide",
        ),
    ),
    Command(
        group="contrib",
        name="approve",
        summary="Approve work that somebody else entered; it counts from then on.",
        details="Not for whoever entered it, nor for anybody with a share in it.",
        handler=approve,
        parameters=(_NUMBER,),
        examples=("contrib approve 7",),
    ),
    Command(
        group="contrib",
        name="reject",
        summary="Reject work that somebody else entered, and say why.",
        details="Only while it waits for approval. Everybody can read the reason.",
        handler=reject,
        parameters=(_NUMBER, Parameter("reason", REASON, "Why.", "not done yet")),
        examples=("contrib reject 7 not done yet",),
    ),
    Command(
        group="contrib",
        name="withdraw",
        summary="Withdraw work that you entered; the numbers are as if it had never been.",
        details="At any time, approved or not. What you entered by mistake, enter anew.",
        handler=withdraw,
        parameters=(_NUMBER,),
        examples=("contrib withdraw 7",),
    ),
)
