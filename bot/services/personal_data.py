"""What is kept about a person, as data that they can take with them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from bot.community.communities import Community
from bot.services.people import participant_of
from storage.canonical_json import Json
from storage.people.personal_data import read_personal_data

FORMAT: Final = "credbot/personal-data-1"


async def collect(
    community: Community,
    accounts: Sequence[int],
    now_ms: int,
    sees: Callable[[str, str], bool] = lambda _source, _place: True,
) -> Mapping[str, Json]:
    """Return everything that is kept about a person, as JSON-able values.

    Parameters
    ----------
    community
        The community.
    accounts
        Numbers of the person's accounts.
    now_ms
        The time (UTC).
    sees
        Tells of a place, by source and id, whether its name may be told.
    """
    rows = await community.database.read(lambda plain: read_personal_data(plain, accounts))
    events = cast("Sequence[Mapping[str, Any]]", rows["events"])
    return {
        "format": FORMAT,
        "community": community.slug,
        "name": community.name,
        "collected_ms": now_ms,
        **rows,
        "places": _places(community, events, sees),
        "cred by week": _cred_by_week(community, accounts),
    }


def format_personal_data(data: Mapping[str, Any]) -> str:
    """Return collected data as JSON to read: a row per line, and moments in words (UTC)."""
    parts = []
    for key, value in _readable(data).items():
        if isinstance(value, list) and value:
            rows = ",\n  ".join(_dump(_readable(row)) for row in value)
            parts.append(f"{_dump(key)}: [\n  {rows}\n ]")
        else:
            parts.append(f"{_dump(key)}: {_dump(value)}")
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def _places(
    community: Community,
    events: Sequence[Mapping[str, Any]],
    sees: Callable[[str, str], bool],
) -> list[Json]:
    """Return the places of events that may be told, with their names."""
    directory = community.directory
    found: list[Json] = []
    places = {(event["source"], event["place"]) for event in events if event["place"]}
    for source, id_ in sorted(places):
        number = directory.place_number(source, id_)
        if number is not None and sees(source, id_):
            found.append({"source": source, "id": id_, "name": directory.place_name(number)})
    return found


def _cred_by_week(community: Community, accounts: Sequence[int]) -> list[Json]:
    scores = community.scoring.scores
    if scores is None:
        return []
    cred: list[Json] = []
    participants = {participant_of(community, account, scores) for account in accounts}
    for participant in sorted(participants):
        index = scores.index_of(participant)
        if index is not None:
            weeks = zip(scores.starts_ms, scores.cred[index].tolist(), strict=True)
            cred += [{"week_ms": int(start), "cred": value} for start, value in weeks]
    return cred


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without what is not known, and with moments in words."""
    return {
        key.removesuffix("_ms"): _moment(value) if key.endswith("_ms") else value
        for key, value in row.items()
        if value is not None
    }


def _moment(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
