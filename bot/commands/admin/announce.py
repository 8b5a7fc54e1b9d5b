"""`admin announce`: where proposals, results and maintainers' acts are announced."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Access, Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import TEXT, Parameter
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import moment
from bot.community.communities import Community
from bot.community.errors import SettingMistakeError
from bot.community.settings.digest_setting import WEEKLY_DIGEST
from bot.services.digest import is_wanted
from bot.services.weights.announce import Destination, destination_key, destinations
from storage.announcements import Announcements

_OFF: Final = frozenset({"off", "none", "nowhere"})


@dataclass(frozen=True, slots=True)
class PostingRights:
    """What the bot lacks in order to post in a place, in words such as "Send Messages"."""

    obstacles: tuple[str, ...] = ()
    """Without these nothing can be posted; each is a clause: "the channel is gone"."""
    wanted: tuple[str, ...] = ()
    """Without these, permissions by name, it is posted in a simpler way."""


CheckPosting = Callable[[Community, str, str], Awaitable[PostingRights]]
"""Returns what the bot lacks in order to post in a place of a source."""


async def announce(request: Request, check: CheckPosting) -> Reply:
    """Answer `admin announce [place]`."""
    place = resolve.text(request, "place").strip()
    if place:
        await _set_place(request, place)
    found = destinations(request.community)
    waiting = await Announcements(request.community.database).list_waiting()
    facts = [
        Fact(destination.source, await _state(request, destination, check))
        for destination in found
    ]
    facts.append(Fact("Weekly digest", _digest_state(request)))
    rows = tuple(
        (
            row.about.replace(":", " "),
            row.source,
            row.problem or "its turn comes within a minute",
        )
        for row in waiting
    )
    return Reply(
        title="Announcements",
        text="Proposals, results and changes that maintainers make are announced here:"
        if found
        else "Nothing is announced: proposals are shown where they are made. Name a channel "
        f"(on a forum, a category): {request.command_line('admin announce', '#general')}",
        facts=tuple(facts),
        tables=(Table(("Waits", "For", "Because"), rows, is_whole=True),) if rows else (),
        private=True,
    )


async def _set_place(request: Request, place: str) -> None:
    community = request.community
    key = destination_key(community, request.source)
    if key is None:
        raise UserError(f"Announcements cannot be posted on {request.source} yet.")
    account = community.directory.account_number(request.source, request.actor)
    try:
        await community.settings.set(
            {key: None if place.casefold() in _OFF else place},
            author="operator" if account is None else f"account:{account}",
            reason="admin announce",
            now_ms=request.now_ms,
        )
    except SettingMistakeError as error:
        raise UserError(str(error), title="Which channel?") from error
    community.on_news()


def _digest_state(request: Request) -> str:
    is_on = is_wanted(request.community)
    other = "no" if is_on else "yes"
    line = request.command_line(f"settings set {WEEKLY_DIGEST} {other}")
    return f"on; off: {line}" if is_on else f"off; on: {line}"


async def _state(request: Request, destination: Destination, check: CheckPosting) -> str:
    """Return a destination in words, with what the bot lacks there."""
    directory = request.community.directory
    number = directory.place_number(destination.source, destination.place_id)
    name = "" if number is None else directory.place_name(number)
    words = [name or destination.place]
    rights = await check(request.community, destination.source, destination.place)
    if rights.obstacles:
        words.append(f"nothing can be posted: {', '.join(rights.obstacles)}")
    elif rights.wanted:
        words.append(f"the bot lacks {', '.join(rights.wanted)} there, so it posts without")
    posted = await Announcements(request.community.database).latest_posted(destination.source)
    if posted is not None:
        words.append(f"last posted {moment(posted)}")
    return "; ".join(words)


async def nothing_posts(_community: Community, _source: str, _place: str) -> PostingRights:
    """Return that nothing can be posted by this process."""
    return PostingRights(obstacles=("nothing is connected here",))


def announce_command(check: CheckPosting = nothing_posts) -> Command:
    """Return the `admin announce` command.

    Parameters
    ----------
    check
        Asks the platform that runs in this process.
    """
    return Command(
        group="admin",
        name="announce",
        summary="Where proposals, results and maintainers' acts are announced.",
        details=(
            "Each proposal begins a thread there (on a forum, a topic), in which its result "
            "follows. Nobody is pinged. “off” ends it. Without an argument it says what waits "
            "to be posted, and why."
        ),
        handler=partial(announce, check=check),
        parameters=(Parameter("place", TEXT, "A channel or category, or off.", "#general"),),
        examples=("admin announce", "admin announce #general", "admin announce off"),
        access=Access.ADMINS,
        private=True,
    )
