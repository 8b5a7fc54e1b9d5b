"""`initiative …`: what many contribute to, and that mints once it is complete."""

from bot.commands.entries import entry_arguments
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import (
    DATE,
    ITEM,
    NUMBER,
    PEOPLE,
    TITLE,
    Choice,
    EntryNumber,
    Parameter,
)
from bot.commands.kit.reply import Button, Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import day, pluralize
from bot.community.communities import Community
from bot.services.entries import initiatives
from bot.services.entries.entries import Entry
from bot.services.entries.entry_types import EntryStatus, ReferenceKind

_HOWS = {
    "contribution": ReferenceKind.CONTRIBUTES,
    "dependency": ReferenceKind.DEPENDS_ON,
    "reference": ReferenceKind.REFERS_TO,
}
_HEADINGS = {
    ReferenceKind.CONTRIBUTES: "Gathers",
    ReferenceKind.DEPENDS_ON: "Depends on",
    ReferenceKind.REFERS_TO: "Refers to",
}
_MOST_SHOWN = 12


async def start(request: Request) -> Reply:
    """Answer `initiative open [title] [date]`."""
    author, title = entry_arguments.me(request), entry_arguments.text(request, "title")
    if not title:
        raise UserError(
            "Give it a title:", title="Which title?", try_lines=("initiative open New website",)
        )
    made = await initiatives.start(
        request.community, author, title, entry_arguments.at_ms(request), request.now_ms
    )
    return _one(
        request,
        made,
        f"{request.command_line('initiative add', str(made.number))} with a link gathers what "
        f"contributes to it; {request.command_line('initiative champion', str(made.number))} if you "
        "see it through.",
    )


async def add(request: Request) -> Reply:
    """Answer `initiative add [number] [thing] [how]`."""
    by = entry_arguments.me(request)
    which = entry_arguments.number(
        request, "number", "initiative", "initiative add 3 contribution 7"
    )
    thing = entry_arguments.link(request, "thing")
    if thing is None:
        raise UserError(
            "Say what, by a message's link or its number:",
            title="What?",
            try_lines=(
                f"initiative add {which} contribution 7",
                f"initiative add {which} initiative 2 as dependency",
            ),
        )
    how = entry_arguments.text(request, "how").casefold() or "contribution"
    if how not in _HOWS:
        raise UserError(
            f"It can be added as {', '.join(_HOWS)}; not as “{how:.40}”.", title="As what?"
        )
    made = await initiatives.gather(
        request.community, which, by, thing, _HOWS[how], request.now_ms
    )
    return _one(request, made, f"Added as {how}.")


async def champion(request: Request) -> Reply:
    """Answer `initiative champion [number] [who]`."""
    by = entry_arguments.me(request)
    which = entry_arguments.number(request, "number", "initiative", "initiative champion 3")
    whom = [*entry_arguments.chosen(request, "who")] or [by]
    made = await initiatives.champion(request.community, which, by, whom, request.now_ms)
    names = entry_arguments.listed(request.community, whom)
    return _one(request, made, f"{names} will see it through.")


async def remove(request: Request) -> Reply:
    """Answer `initiative remove [number] [thing] [who]`."""
    by = entry_arguments.me(request)
    which = entry_arguments.number(
        request, "number", "initiative", "initiative remove 3 contribution 7"
    )
    thing, whom = (
        entry_arguments.link(request, "thing"),
        [*entry_arguments.chosen(request, "who")],
    )
    if thing is None and not whom:
        raise UserError(
            "Say what, or which champion:",
            title="What?",
            try_lines=(
                f"initiative remove {which} contribution 7",
                f"initiative remove {which} @ada",
            ),
        )
    made = await initiatives.remove(
        request.community, which, by, thing=thing, whom=whom, now_ms=request.now_ms
    )
    return _one(request, made, "Taken back.")


async def complete(request: Request) -> Reply:
    """Answer `initiative complete [number]`."""
    by = entry_arguments.me(request)
    which = entry_arguments.number(request, "number", "initiative", "initiative complete 3")
    made = await initiatives.complete(request.community, which, by, request.now_ms)
    return _one(
        request,
        made,
        f"Complete, says {entry_arguments.named(request.community, by)}; from now on it mints cred for "
        "what it gathers and who championed it.",
    )


async def show(request: Request) -> Reply:
    """Answer `initiative show [number]`."""
    which = entry_arguments.number(request, "number", "initiative", "initiative show 3")
    made, _ = await initiatives.get(request.community, which)
    return _one(request, made, _status(made))


async def show_list(request: Request) -> Reply:
    """Answer `initiative list [page]`."""
    community, found = request.community, await initiatives.list_all(request.community)
    page, pages = entry_arguments.page(request, len(found)), entry_arguments.pages(len(found))
    first = (page - 1) * entry_arguments.PAGE
    rows = tuple(
        (
            str(entry.number or "–"),
            entry_arguments.title(entry),
            entry_arguments.listed(community, entry.champions) or "no champion yet",
            pluralize(len(entry.references), "thing"),
            "complete" if entry.status is EntryStatus.COMPLETE else "goes on",
        )
        for entry in found[first : first + entry_arguments.PAGE]
    )
    return Reply(
        title=pluralize(len(found), "initiative"),
        text="" if rows else f"None yet; {request.command_line('initiative open')} opens one.",
        # Words, and no column of figures: narrow screens get a list.
        tables=(Table(("No.", "Initiative", "Champions", "Things", "Status"), rows),)
        if rows
        else (),
        buttons=(
            Button("Earlier", f"initiative list {page - 1}", enabled=page > 1),
            Button("Later", f"initiative list {page + 1}", enabled=page < pages),
        )
        if pages > 1
        else (),
    )


def _status(made: Entry) -> str:
    if made.status is EntryStatus.COMPLETE:
        return "It is complete."
    return "It goes on; a second person completes it."


def _one(request: Request, made: Entry, text: str) -> Reply:
    community = request.community
    shown = made.references[:_MOST_SHOWN]
    rows = tuple((_HEADINGS.get(how, str(how)), _called(community, at)) for how, at in shown)
    left = len(made.references) - len(shown)
    return Reply(
        title=f"Initiative {made.number}: {entry_arguments.title(made)}",
        text=text,
        facts=(
            Fact("Begun", day(made.at_ms, year=True)),
            Fact("Opened by", entry_arguments.named(community, made.author)),
            Fact(
                "Champions", entry_arguments.listed(community, made.champions) or "nobody yet"
            ),
        ),
        tables=(Table(("", "What"), rows),) if rows else (),
        after=f"And {pluralize(left, 'more', 'more')}." if left else "",
    )


def _called(community: Community, contribution: int) -> str:
    named = entry_arguments.of_contribution(community, contribution)
    if named is not None:
        return named
    names = community.names
    return f"a message ({names.contribution_source(contribution)})"


_NUMBER = Parameter("number", EntryNumber("initiative"), "Which initiative.", "3")

INITIATIVE = (
    Command(
        group="initiative",
        name="list",
        summary="Initiatives: those that go on first.",
        details="An initiative is something that many contribute to. It mints once complete.",
        handler=show_list,
        parameters=(Parameter("page", NUMBER, "Which page.", "2"),),
        examples=("initiative list",),
        is_group_default=True,
    ),
    Command(
        group="initiative",
        name="show",
        summary="One initiative: who champions it, and what it gathers.",
        details="Its cred, once it has any: cred explain with initiative: and its number.",
        handler=show,
        parameters=(_NUMBER,),
        examples=("initiative show 3",),
    ),
    Command(
        group="initiative",
        name="open",
        summary="Open an initiative: something that many contribute to.",
        details="It gathers work and messages, and mints cred for them once it is complete.",
        handler=start,
        parameters=(
            Parameter("title", TITLE, "What it is about.", "New website"),
            Parameter("date", DATE, "When it began (UTC); today if none.", "2026-10-03"),
        ),
        examples=("initiative open New website", "initiative open “Summer 2026” 2026-06-01"),
    ),
    Command(
        group="initiative",
        name="add",
        summary="Add a message, work or an initiative: gathered, depended on or referred to.",
        details=(
            "A message by its link (or by replying to it), work and other initiatives by their "
            "number. As contribution if you don't say; other initiatives as dependency or "
            "reference."
        ),
        handler=add,
        parameters=(
            _NUMBER,
            Parameter("thing", ITEM, "What to add.", "contribution 7"),
            Parameter(
                "how",
                Choice("as", tuple(_HOWS)),
                "As contribution, dependency or reference.",
                "as dependency",
            ),
        ),
        examples=(
            "initiative add 3 contribution 7",
            "initiative add 3 https://discord.com/channels/1/2/3",
            "initiative add 3 initiative 2 as dependency",
        ),
    ),
    Command(
        group="initiative",
        name="champion",
        summary="See an initiative through, or name who does.",
        details="Champions get a large part of what it mints once it is complete.",
        handler=champion,
        parameters=(
            _NUMBER,
            Parameter("who", PEOPLE, "Who does; you if nobody.", "@ada"),
        ),
        examples=("initiative champion 3", "initiative champion 3 @ada"),
    ),
    Command(
        group="initiative",
        name="remove",
        summary="Take back what was added to an initiative, or who champions it.",
        details="For whoever opened it or champions it, while it goes on.",
        handler=remove,
        parameters=(
            _NUMBER,
            Parameter("thing", ITEM, "What to take back.", "contribution 7"),
            Parameter("who", PEOPLE, "Who champions it no more.", "@ada"),
        ),
        examples=("initiative remove 3 contribution 7", "initiative remove 3 @ada"),
    ),
    Command(
        group="initiative",
        name="complete",
        summary="Say that somebody else's initiative is complete; it mints from then on.",
        details="Not for whoever opened or champions it, nor for anybody it gathers work of.",
        handler=complete,
        parameters=(_NUMBER,),
        examples=("initiative complete 3",),
    ),
)
