"""Something entered, as JSON → events. For examples, and for imports that have files.

    {"at_ms": …, "seen_ms": …, "how": "manual", "by": account,
     "thanks": "thanks:1", "to": [account…], "for": thing}
    {…, "work": "contribution:1", "sort": "contribution docs", "shares": [[account, share]…]}
    {…, "initiative": "initiative:1", "sort": "initiative 2/5", "champions": [account…],
     "gathers": [[how, thing]…]}
    {…, "of": "contribution:1", "becomes": "approved"}

An account or thing is [source, id]. `by` may be left out.
"""

from collections.abc import Mapping
from typing import Any

from bot.services.entries import entry_events as made
from bot.services.entries.entry_events import EventStamp, PlatformId
from bot.services.entries.entry_types import (
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
    parse_details,
)
from cred.facts import events
from cred.facts.events import Event


def parse(payload: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return the events that a payload tells of.

    Raises
    ------
    ValueError
        If it is none of the above.
    """
    told = EventStamp(
        payload["at_ms"], payload["seen_ms"], events.Provenance[payload["how"].upper()]
    )
    by = _ref(payload["by"]) if "by" in payload else None
    match payload:
        case {"thanks": id_, "to": receivers} if by is not None:
            about = _ref(payload["for"]) if "for" in payload else None
            return made.thanks_events(
                id_, by, [_ref(receiver) for receiver in receivers], about, told
            )
        case {"work": id_, "sort": sort, "shares": shares}:
            credited = {_ref(one): int(share) for one, share in shares}
            return made.work_events(id_, _sort(sort), by, credited, told)
        case {"initiative": id_, "sort": sort}:
            return (
                made.entry_event(id_, _sort(sort, EntryType.INITIATIVE), by, told),
                *(
                    made.champion_event(id_, _ref(one), by, told)
                    for one in payload.get("champions", ())
                ),
                *(
                    made.reference_event(id_, _ref(one), ReferenceKind(how), by, told)
                    for how, one in payload.get("gathers", ())
                ),
            )
        case {"of": id_, "becomes": status}:
            return (made.status_event(id_, EntryStatus(status), by, told),)
        case _:
            raise ValueError(f"that is nothing that is entered by hand: {payload!r:.100}")


def _ref(pair: Any) -> PlatformId:  # noqa: ANN401 - JSON
    source, id_ = pair
    return PlatformId(str(source), str(id_))


def _sort(text: str, *whats: EntryType) -> EntryDetails:
    sort = parse_details(text)
    if sort is None or (whats and sort.type not in whats):
        raise ValueError(f"there is no sort {text!r:.60}")
    return sort
