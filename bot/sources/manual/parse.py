"""Parses entries written as JSON into events, for examples and for imports from files.

    {"at_ms": …, "seen_ms": …, "how": "manual", "by": ACCOUNT,
     "thanks": "thanks:1", "to": [ACCOUNT…], "for": CONTRIBUTION}
    {…, "work": "contribution:1", "sort": "contribution docs", "shares": [[ACCOUNT, SHARE]…]}
    {…, "initiative": "initiative:1", "sort": "initiative 2/5", "champions": [ACCOUNT…],
     "gathers": [[KIND, CONTRIBUTION]…]}
    {…, "of": "contribution:1", "becomes": "approved"}

ACCOUNT and CONTRIBUTION are [source, id]. "by" may be left out.
"""

from collections.abc import Mapping
from typing import Any

from bot.services.entries import entry_events
from bot.services.entries.entry_events import EventStamp, PlatformId
from bot.services.entries.entry_types import (
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
    parse_details,
)
from cred.facts.events import Event, Provenance


def parse(payload: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return the events of an entry.

    Raises
    ------
    ValueError
        If the payload is in none of the forms above.
    """
    stamp = EventStamp(payload["at_ms"], payload["seen_ms"], Provenance[payload["how"].upper()])
    author = _ref(payload["by"]) if "by" in payload else None
    match payload:
        case {"thanks": id_, "to": receivers} if author is not None:
            about = _ref(payload["for"]) if "for" in payload else None
            return entry_events.thanks_events(
                id_, author, [_ref(receiver) for receiver in receivers], about, stamp
            )
        case {"work": id_, "sort": text, "shares": shares}:
            credited = {_ref(account): int(share) for account, share in shares}
            return entry_events.work_events(id_, _parse_details(text), author, credited, stamp)
        case {"initiative": id_, "sort": text}:
            return (
                entry_events.entry_event(
                    id_, _parse_details(text, EntryType.INITIATIVE), author, stamp
                ),
                *(
                    entry_events.champion_event(id_, _ref(account), author, stamp)
                    for account in payload.get("champions", ())
                ),
                *(
                    entry_events.reference_event(
                        id_, _ref(target), ReferenceKind(kind), author, stamp
                    )
                    for kind, target in payload.get("gathers", ())
                ),
            )
        case {"of": id_, "becomes": status}:
            return (entry_events.status_event(id_, EntryStatus(status), author, stamp),)
        case _:
            raise ValueError(f"this is not an entry: {payload!r:.100}")


def _ref(pair: Any) -> PlatformId:
    source, id_ = pair
    return PlatformId(str(source), str(id_))


def _parse_details(text: str, *types: EntryType) -> EntryDetails:
    details = parse_details(text)
    if details is None or (types and details.type not in types):
        raise ValueError(f"this is not the details of an entry: {text!r:.60}")
    return details
