"""`contrib …`: work that no platform saw, approved by a second person."""

from bot.commands.entries.wording import entry_title, names_with_shares
from bot.commands.kit import resolve
from bot.commands.kit.audience import elsewhere, place_of_entry, sees_place
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.names import join_names, person_name
from bot.commands.kit.pages import page_of
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
from bot.services.entries import contributions
from bot.services.entries.contributions import Draft, ReviewedWork
from bot.services.entries.entries import Entry
from bot.services.entries.entry_types import EntryStatus
from bot.services.known_names import KnownNames

_ADD = "contrib add Repaired the sign-up page @ada 2 @grace 1 on 2026-10-03 kind code"
_MOST_NAME_WORDS = 3
_STATUS = {EntryStatus.WAITING: "waits for approval"}


async def add(request: Request) -> Reply:
    """Answer `contrib add <title> <people> [date] [kind] [link]`."""
    author, shares = resolve.asker(request), resolve.shares(request, "people")
    title = resolve.text(request, "title")
    if not title:
        raise UserError("Say what was done:", title="Which work?", try_lines=(_ADD,))
    if not shares:
        raise UserError(
            f"{_name_in_title(request, title)}Say who did it (with @), perhaps with shares:",
            title="Who?",
            try_lines=(_ADD,),
        )
    draft = Draft(
        title=title,
        shares=shares,
        at_ms=resolve.date_ms(request),
        kind=resolve.text(request, "kind"),
        link=resolve.text(request, "link"),
        place=place_of_entry(request),
    )
    work = await contributions.add(request.community, author, draft, request.now_ms)
    return _work_reply(
        request,
        work,
        "It counts once a second person approves it: "
        f"{request.command_line('contrib approve', str(work.number))}. Not for its author, nor "
        "for anybody with a share in it.",
        buttons=(_approve_button(work),),
    )


def _name_in_title(request: Request, title: str) -> str:
    """Return a question on what may be a name, misspelt or without "@", behind the title."""
    names = KnownNames(request.community, request.source, request.actor)
    words = [word for word in title.split() if not word.isdigit()]
    for count in (_MOST_NAME_WORDS, 2, 1):
        last = words[-count:]
        is_like_a_name = len(words) > count and all(word[0].isupper() for word in last)
        near = names.suggest(" ".join(last)) if is_like_a_name else ()
        if near:
            return f"Is “{' '.join(last)}” {join_names(near, 'or')}? "
    return ""


async def approve(request: Request) -> Reply:
    """Answer `contrib approve <number>`."""
    by = resolve.asker(request)
    number = await resolve.entry_number(request, "contribution", "contrib approve 7")
    work = await contributions.approve(request.community, number, by, request.now_ms)
    return _work_reply(
        request,
        work,
        f"Approved by {person_name(request.community, by)}; it counts from now on.",
    )


async def reject(request: Request) -> Reply:
    """Answer `contrib reject <number> <reason>`."""
    by = resolve.asker(request)
    number = await resolve.entry_number(
        request, "contribution", "contrib reject 7 not done yet"
    )
    reason = resolve.text(request, "reason")
    if not reason:
        raise UserError(
            "Say why:", title="Why?", try_lines=(f"contrib reject {number} not done yet",)
        )
    work = await contributions.reject(
        request.community, number, by, reason, request.now_ms, place=place_of_entry(request)
    )
    return _work_reply(
        request, work, f"Rejected by {person_name(request.community, by)}: {reason}"
    )


async def withdraw(request: Request) -> Reply:
    """Answer `contrib withdraw <number>`."""
    by = resolve.asker(request)
    number = await resolve.entry_number(
        request, "contribution", "contrib withdraw 7", may_be_hidden=True
    )
    work = await contributions.withdraw(request.community, number, by, request.now_ms)
    return _work_reply(request, work, "Withdrawn; it counts no more, as if it had never been.")


async def show(request: Request) -> Reply:
    """Answer `contrib show <number>`."""
    number = await resolve.entry_number(request, "contribution", "contrib show 7")
    review = await contributions.get(request.community, number)
    work = review.work
    if work.status is EntryStatus.WAITING:
        return _work_reply(
            request, work, f"It {_status(request, review)}.", buttons=(_approve_button(work),)
        )
    by = person_name(request.community, work.decided_by)
    reason = _reason(request, review)
    reason = f": {reason}" if reason else "."
    return _work_reply(request, work, f"{work.status.capitalize()} by {by}{reason}")


async def show_list(request: Request) -> Reply:
    """Answer `contrib list [page]`."""
    reviews = await contributions.list_all(request.community)
    page = page_of(request, reviews)
    rows = tuple(_row(request, review) for review in page.items)
    waiting = sum(review.work.status is EntryStatus.WAITING for review in reviews)
    if reviews:
        wait = "waits" if waiting == 1 else "wait"
        text = f"{waiting} of them {wait} for a second person's approval."
    else:
        kinds = ", ".join(contributions.kinds(request.community))
        text = f"Nothing was entered yet. Kinds of work here: {kinds}."
    return Reply(
        title=pluralize(len(reviews), "contribution"),
        text=text,
        # No column of figures, so that narrow screens show a list.
        tables=(Table(("No.", "What", "Who", "Done", "Status"), rows),) if rows else (),
        after=f"{request.command_line('contrib show')} with a number shows all of it."
        if rows
        else "",
        buttons=page.buttons("contrib list"),
    )


def _approve_button(work: Entry) -> Button:
    return Button("Approve", f"contrib approve {work.number}", shared=True)


def _reason(request: Request, review: ReviewedWork) -> str:
    """Return why work was rejected, unless that was said where not every reader sees it."""
    is_seen = review.rejection is None or sees_place(request, review.rejection.place)
    return review.reason if is_seen else ""


def _status(request: Request, review: ReviewedWork) -> str:
    """Return what became of work, in words."""
    status = _STATUS.get(review.work.status, str(review.work.status))
    reason = _reason(request, review)
    return f"{status}: {reason}" if reason else status


def _row(request: Request, review: ReviewedWork) -> tuple[str, ...]:
    work, community = review.work, request.community
    if not sees_place(request, work.place):
        status = _STATUS.get(work.status, str(work.status))
        return (str(work.number or "–"), f"entered {elsewhere(request)}", "–", "–", status)
    kind = f" ({work.details.kind})" if work.details.kind else ""
    return (
        str(work.number or "–"),
        f"{entry_title(work)}{kind}",
        names_with_shares(community, work.shares),
        day(work.at_ms, year=True),
        _status(request, review),
    )


def _work_reply(
    request: Request, work: Entry, text: str, buttons: tuple[Button, ...] = ()
) -> Reply:
    community = request.community
    if not sees_place(request, work.place):
        return Reply(title=f"Contribution {work.number}", text=text)
    return Reply(
        title=f"Contribution {work.number}: {entry_title(work)}",
        text=text,
        facts=(
            Fact("Who", names_with_shares(community, work.shares)),
            Fact("Kind", work.details.kind or "–"),
            Fact("Done", day(work.at_ms, year=True)),
            Fact("Entered by", person_name(community, work.author)),
            *((Fact("Evidence", work.link, copied=True),) if work.link else ()),
        ),
        buttons=buttons,
    )


_NUMBER = Parameter(
    "number", EntryNumber("contribution"), "Which contribution.", "7", required=True
)

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
            "A kind that there is not is answered with those that there are."
        ),
        handler=add,
        parameters=(
            Parameter(
                "title", TITLE, "What was done.", "“Repaired the sign-up page”", required=True
            ),
            Parameter(
                "people", SHARES, "Who did it, with shares.", "@ada 2 @grace 1", required=True
            ),
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
        parameters=(
            _NUMBER,
            Parameter("reason", REASON, "Why.", "not done yet", required=True),
        ),
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
