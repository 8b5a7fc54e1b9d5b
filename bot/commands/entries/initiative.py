"""`initiative …`: what many contribute to, and that mints once it is complete."""

from bot.commands.entries import entry_arguments
from bot.commands.kit.dispatch import UserMistake
from bot.commands.kit.model import (
    Button,
    Command,
    Fact,
    Parameter,
    Reply,
    Request,
    Table,
    Takes,
)
from bot.commands.kit.wording import counted, day
from bot.community.communities import Community
from bot.services.entries import initiatives
from bot.services.entries.entering import Thing
from bot.services.entries.entry_types import How, Status

_HOWS = {
    "contribution": How.CONTRIBUTES,
    "dependency": How.DEPENDS_ON,
    "reference": How.REFERS_TO,
}
_HEADINGS = {
    How.CONTRIBUTES: "Gathers",
    How.DEPENDS_ON: "Depends on",
    How.REFERS_TO: "Refers to",
}
_MOST_SHOWN = 12


async def start(request: Request) -> Reply:
    """Answer `initiative open [title] [date]`."""
    author, title = entry_arguments.me(request), entry_arguments.text(request, "title")
    if not title:
        raise UserMistake(
            "Give it a title:", title="Which title?", try_lines=("initiative open New website",)
        )
    made = await initiatives.start(
        request.community, author, title, entry_arguments.at_ms(request), request.now_ms
    )
    return _one(
        request,
        made,
        f"{request.typed('initiative add', str(made.number))} with a link gathers what "
        f"contributes to it; {request.typed('initiative champion', str(made.number))} if you "
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
        raise UserMistake(
            "Say what, by a message's link or its number:",
            title="What?",
            try_lines=(
                f"initiative add {which} contribution 7",
                f"initiative add {which} initiative 2 as dependency",
            ),
        )
    how = entry_arguments.text(request, "how").casefold() or "contribution"
    if how not in _HOWS:
        raise UserMistake(
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
        raise UserMistake(
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
    made, _ = await initiatives.shown(request.community, which)
    return _one(request, made, _status(made))


async def show_list(request: Request) -> Reply:
    """Answer `initiative list [page]`."""
    community, found = request.community, await initiatives.listed(request.community)
    page, pages = entry_arguments.page(request, len(found)), entry_arguments.pages(len(found))
    first = (page - 1) * entry_arguments.PAGE
    rows = tuple(
        (
            str(entry.number or "–"),
            entry_arguments.title(entry),
            entry_arguments.listed(community, entry.champions) or "no champion yet",
            counted(len(entry.refers), "thing"),
            "complete" if entry.status is Status.COMPLETE else "goes on",
        )
        for entry in found[first : first + entry_arguments.PAGE]
    )
    return Reply(
        title=counted(len(found), "initiative"),
        text="" if rows else f"None yet; {request.typed('initiative open')} opens one.",
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


def _status(made: Thing) -> str:
    if made.status is Status.COMPLETE:
        return "It is complete."
    return "It goes on; a second person completes it."


def _one(request: Request, made: Thing, text: str) -> Reply:
    community = request.community
    shown = made.refers[:_MOST_SHOWN]
    rows = tuple((_HEADINGS.get(how, str(how)), _called(community, at)) for how, at in shown)
    left = len(made.refers) - len(shown)
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
        after=f"And {counted(left, 'more', 'more')}." if left else "",
    )


def _called(community: Community, contribution: int) -> str:
    named = entry_arguments.of_contribution(community, contribution)
    if named is not None:
        return named
    names = community.names
    return f"a message ({names.contribution_source(contribution)})"


_NUMBER = Parameter("number", Takes.REFERENCE, "Which initiative.", "3", keyword="initiative")

INITIATIVE = (
    Command(
        group="initiative",
        name="list",
        summary="Initiatives: those that go on first.",
        details="An initiative is something that many contribute to. It mints once complete.",
        handler=show_list,
        parameters=(Parameter("page", Takes.NUMBER, "Which page.", "2"),),
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
            Parameter("title", Takes.TITLE, "What it is about.", "New website"),
            Parameter("date", Takes.DATE, "When it began (UTC); today if none.", "2026-10-03"),
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
            Parameter("thing", Takes.ITEM, "What to add.", "contribution 7"),
            Parameter(
                "how",
                Takes.CHOICE,
                "As contribution, dependency or reference.",
                "as dependency",
                keyword="as",
                choices=tuple(_HOWS),
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
            Parameter("who", Takes.PEOPLE, "Who does; you if nobody.", "@ada"),
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
            Parameter("thing", Takes.ITEM, "What to take back.", "contribution 7"),
            Parameter("who", Takes.PEOPLE, "Who champions it no more.", "@ada"),
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
