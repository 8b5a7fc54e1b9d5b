"""`initiative …`: something that many contribute to, and that mints once it is complete."""

from bot.commands.entries.wording import entry_label, entry_title, person_names
from bot.commands.kit import resolve
from bot.commands.kit.audience import (
    elsewhere,
    place_of_entry,
    sees_contribution,
    sees_place,
)
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.names import person_name
from bot.commands.kit.pages import page_of
from bot.commands.kit.parameters import (
    CONTRIBUTION,
    DATE,
    NUMBER,
    PEOPLE,
    TITLE,
    Choice,
    EntryNumber,
    Parameter,
)
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import day, pluralize
from bot.services.entries import initiatives
from bot.services.entries.entries import Entry
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.entry_types import EntryStatus, ReferenceKind

_KINDS = {
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


async def open_initiative(request: Request) -> Reply:
    """Answer `initiative open <title> [date]`."""
    author, title = resolve.asker(request), resolve.text(request, "title")
    if not title:
        raise UserError(
            "Give it a title:", title="Which title?", try_lines=("initiative open New website",)
        )
    initiative = await initiatives.open_initiative(
        request.community,
        author,
        title,
        resolve.date_ms(request),
        request.now_ms,
        place=place_of_entry(request),
    )
    number = str(initiative.number)
    return await _initiative_reply(
        request,
        initiative,
        f"{request.command_line('initiative add', number)} with a link gathers what "
        f"contributes to it; {request.command_line('initiative champion', number)} if you see "
        "it through.",
    )


async def add(request: Request) -> Reply:
    """Answer `initiative add <number> <thing> [how]`."""
    by = resolve.asker(request)
    number = await resolve.entry_number(
        request, "initiative", "initiative add 3 contribution 7"
    )
    contribution = await resolve.contribution(request, "thing")
    if contribution is None:
        raise UserError(
            "Say what, by a message's link or its number:",
            title="What?",
            try_lines=(
                f"initiative add {number} contribution 7",
                f"initiative add {number} initiative 2 as dependency",
            ),
        )
    kind = resolve.text(request, "how").casefold() or "contribution"
    if kind not in _KINDS:
        raise UserError(
            f"It can be added as {', '.join(_KINDS)}; not as “{kind:.40}”.", title="As what?"
        )
    initiative = await initiatives.add(
        request.community, number, by, contribution, _KINDS[kind], request.now_ms
    )
    return await _initiative_reply(request, initiative, f"Added as {kind}.")


async def champion(request: Request) -> Reply:
    """Answer `initiative champion <number> [who]`."""
    by = resolve.asker(request)
    number = await resolve.entry_number(request, "initiative", "initiative champion 3")
    whom = [*resolve.shares(request, "who")] or [by]
    initiative = await initiatives.champion(request.community, number, by, whom, request.now_ms)
    names = person_names(request.community, whom)
    return await _initiative_reply(request, initiative, f"{names} will see it through.")


async def remove(request: Request) -> Reply:
    """Answer `initiative remove <number> [thing] [who]`."""
    by = resolve.asker(request)
    number = await resolve.entry_number(
        request, "initiative", "initiative remove 3 contribution 7"
    )
    contribution, whom = (
        await resolve.contribution(request, "thing"),
        [*resolve.shares(request, "who")],
    )
    if contribution is None and not whom:
        raise UserError(
            "Say what, or which champion:",
            title="What?",
            try_lines=(
                f"initiative remove {number} contribution 7",
                f"initiative remove {number} @ada",
            ),
        )
    initiative = await initiatives.remove(
        request.community,
        number,
        by,
        contribution=contribution,
        whom=whom,
        now_ms=request.now_ms,
    )
    return await _initiative_reply(request, initiative, "Taken back.")


async def complete(request: Request) -> Reply:
    """Answer `initiative complete <number>`."""
    by = resolve.asker(request)
    number = await resolve.entry_number(request, "initiative", "initiative complete 3")
    initiative = await initiatives.complete(request.community, number, by, request.now_ms)
    return await _initiative_reply(
        request,
        initiative,
        f"Complete, says {person_name(request.community, by)}; from now on it mints cred for "
        "what it gathers and who championed it.",
    )


async def show(request: Request) -> Reply:
    """Answer `initiative show <number>`."""
    number = await resolve.entry_number(request, "initiative", "initiative show 3")
    initiative, _ = await initiatives.get(request.community, number)
    return await _initiative_reply(request, initiative, _status(initiative))


async def show_list(request: Request) -> Reply:
    """Answer `initiative list [page]`."""
    entries = await initiatives.list_all(request.community)
    page = page_of(request, entries)
    rows = tuple(_row(request, entry) for entry in page.items)
    return Reply(
        title=pluralize(len(entries), "initiative"),
        text="" if rows else f"None yet; {request.command_line('initiative open')} opens one.",
        # No column of figures, so that narrow screens show a list.
        tables=(Table(("No.", "Initiative", "Champions", "Things", "Status"), rows),)
        if rows
        else (),
        buttons=page.buttons("initiative list"),
    )


def _row(request: Request, entry: Entry) -> tuple[str, ...]:
    number = str(entry.number or "–")
    status = "complete" if entry.status is EntryStatus.COMPLETE else "goes on"
    if not sees_place(request, entry.place):
        return (number, f"opened {elsewhere(request)}", "–", "–", status)
    return (
        number,
        entry_title(entry),
        person_names(request.community, entry.champions) or "no champion yet",
        pluralize(len(entry.references), "thing"),
        status,
    )


def _status(initiative: Entry) -> str:
    if initiative.status is EntryStatus.COMPLETE:
        return "It is complete."
    return "It goes on; a second person completes it."


async def _initiative_reply(request: Request, initiative: Entry, text: str) -> Reply:
    community = request.community
    shown = initiative.references[:_MOST_SHOWN]
    rows = [
        (_HEADINGS.get(kind, str(kind)), await _label(request, contribution))
        for kind, contribution in shown
    ]
    left = len(initiative.references) - len(shown)
    return Reply(
        title=f"Initiative {initiative.number}: {entry_title(initiative)}",
        text=text,
        facts=(
            Fact("Begun", day(initiative.at_ms, year=True)),
            Fact("Opened by", person_name(community, initiative.author)),
            Fact("Champions", person_names(community, initiative.champions) or "nobody yet"),
        ),
        tables=(Table(("", "What"), tuple(rows)),) if rows else (),
        after=f"And {pluralize(left, 'more', 'more')}." if left else "",
    )


async def _label(request: Request, contribution: int) -> str:
    directory = request.community.directory
    source = directory.contribution_source(contribution)
    label = entry_label(request.community, contribution)
    if label is None:
        return f"a message ({source})"
    entry = PlatformId(source, directory.contribution(contribution))
    if await sees_contribution(request, entry):
        return label
    return f"{entry.id.replace(':', ' ')}, entered {elsewhere(request)}"


_NUMBER = Parameter(
    "number", EntryNumber("initiative"), "Which initiative.", "3", required=True
)

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
        handler=open_initiative,
        parameters=(
            Parameter("title", TITLE, "What it is about.", "New website", required=True),
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
            Parameter("thing", CONTRIBUTION, "What to add.", "contribution 7", required=True),
            Parameter(
                "how",
                Choice("as", tuple(_KINDS)),
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
            Parameter(
                "thing", CONTRIBUTION, "What to take back, or else who.", "contribution 7"
            ),
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
