"""Whether those who can read a reply may see where something was posted or entered."""

from collections.abc import Callable
from typing import Protocol

from bot.commands.kit.request import Request
from bot.services.entries.entry_events import PlatformId, parse_entry_place
from bot.services.entries.entry_types import MANUAL
from storage.log.current_state import CurrentState


class Sighted(Protocol):
    """Whoever reads: those of the reply to a request, or of an announcement."""

    @property
    def sees(self) -> Callable[[str, str], bool]:
        """As `Request.sees`."""
        ...


def elsewhere(request: Request) -> str:
    """Return what stands for places that must not be named: "in places that …"."""
    who = "you don't see" if request.is_private else "not everybody sees"
    return f"in places that {who}"


def place_of_entry(request: Request) -> PlatformId | None:
    """Return where something is entered, so that its words are shown to its readers alone.

    None if the asker alone reads what is answered: what they enter is for all.
    """
    if request.is_private or request.place is None:
        return None
    return PlatformId(request.source, request.place)


def sees_place(readers: Sighted, place: PlatformId | None) -> bool:
    """Tell whether those who read the reply see a place; what is in none is seen by all.

    A place of the source of entries is that of the platform where they were entered.
    """
    if place is not None and place.source == MANUAL:
        place = parse_entry_place(place.id)
    return place is None or readers.sees(place.source, place.id)


async def sees_contribution(request: Request, contribution: PlatformId) -> bool:
    """Tell whether those who read the reply see where a contribution is.

    Entries may be in no place; a message whose place is not known is seen by nobody.
    """
    state = CurrentState(request.community.database, contribution.source)
    place = await state.place(contribution.id)
    if place is None:
        return contribution.source == MANUAL
    return sees_place(request, PlatformId(contribution.source, place))
