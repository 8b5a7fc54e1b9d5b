"""Reads everything that a file holds about a person, for the person."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from cred.facts.events import FAMILY_OF, Kind, ObjectType, Provenance
from storage import archives
from storage.canonical_json import Json

Rows: TypeAlias = list[dict[str, Json]]

_EVENTS: Final = """
SELECT seq, sources.ref AS source, events.kind, at_ms, seen_ms, how,
    actor = :account AS "by me", contributions.ref AS contribution, places.ref AS place,
    texts.ref AS text, value, estimated
FROM events
JOIN sources ON sources.number = events.source
LEFT JOIN contributions ON contributions.number = target
LEFT JOIN places ON places.number = place
LEFT JOIN texts ON texts.number = text
WHERE actor = :account OR (object = :account AND events.kind IN ({kinds}))
ORDER BY seq
"""
_OTHERS: Final = {
    "accounts": """
SELECT sources.ref AS source, accounts.ref AS id, name, other_names,
    accounts.kind, opted_out_ms, erased_ms
FROM accounts JOIN sources ON sources.number = source WHERE accounts.number = :account
""",
    "descriptions": """
SELECT contributions.ref AS contribution, title, link FROM descriptions
JOIN contributions ON contributions.number = contribution
JOIN events ON events.target = contributions.number AND events.kind = :posted
WHERE events.actor = :account
""",
    "link codes": "SELECT platform, expires_ms FROM link_codes WHERE account = :account",
    "link tries": "SELECT was, at_ms FROM link_tries WHERE account = :account",
    "merge proposals": """
SELECT number, reason, at_ms, state, decided_ms FROM merge_proposals
WHERE :account IN (one, other, proposer, decider)
""",
    "answered posts": """
SELECT answered_posts.source, post, at_ms FROM answered_posts
JOIN accounts ON accounts.number = :account AND asker = accounts.ref
JOIN sources ON sources.number = accounts.source AND sources.ref = answered_posts.source
""",
    "digest mutes": "SELECT at_ms FROM digest_mutes WHERE account = :account",
    "settings versions": """
SELECT version, reason, at_ms FROM settings_versions WHERE author = 'account:' || :account
""",
}
"""Queries by what they find, each about one account."""


def read_personal_data(
    connection: sqlite3.Connection, accounts: Sequence[int]
) -> Mapping[str, Rows]:
    """Return all rows about a person by what they are, each as values by name.

    Nobody else is in them: of what others did to the person (a mention), the contribution is
    given, not who did it.

    Parameters
    ----------
    connection
        Of the community's file.
    accounts
        Numbers of the person's accounts.
    """
    kinds = ", ".join(
        str(int(kind))
        for kind, family in FAMILY_OF.items()
        if family.object_type is ObjectType.ACCOUNT
    )
    queries = {**_OTHERS, "events": _EVENTS.format(kinds=kinds)}
    found: dict[str, Rows] = {name: [] for name in queries}
    for account in accounts:
        for name, query in queries.items():
            cursor = connection.execute(query, {"account": account, "posted": int(Kind.POSTED)})
            names = [column[0] for column in cursor.description]
            found[name] += (dict(zip(names, row, strict=True)) for row in cursor)
    found["archives"] = [
        {"archive": name, "address": list(address)}
        for account in accounts
        for name, address in archives.account_addresses(connection, account)
    ]
    found["events"] = [_in_words(event) for event in found["events"]]
    return found


def _in_words(event: Mapping[str, Any]) -> dict[str, Json]:
    """Return an event with the names of its numbers."""
    return {
        **event,
        "kind": Kind(event["kind"]).name.lower(),
        "how": Provenance(event["how"]).name.lower(),
        "by me": bool(event["by me"]),
        "estimated": bool(event["estimated"]),
    }
