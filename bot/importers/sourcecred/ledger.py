"""Reads the ledger of an instance (`data/ledger.json`): its participants and their accounts.

Events about money are only counted. The file has one JSON event per line; older files are one
JSON array.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.importers.sourcecred.folder.files import (
    in_file,
    object_readers,
    parse_json,
    reject_half_characters,
)
from bot.importers.sourcecred.graphs import parse_stored_address
from cred.addresses import Address
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader
from cred.files.ledger_identities import LedgerIdentities

_VERSION: Final = "1"
_ACTIONS: Final = frozenset(
    {
        "CREATE_IDENTITY",
        "RENAME_IDENTITY",
        "CHANGE_IDENTITY_TYPE",
        "ADD_ALIAS",
        "MERGE_IDENTITIES",
        "TOGGLE_ACTIVATION",
        "DISTRIBUTE_GRAIN",
        "TRANSFER_GRAIN",
        "SET_PAYOUT_ADDRESS",
        "SET_EXTERNAL_CURRENCY",
        "REMOVE_EXTERNAL_CURRENCY",
        "ENABLE_ACCOUNTING",
        "DISABLE_ACCOUNTING",
        "ENABLE_GRAIN_INTEGRATION",
        "DISABLE_GRAIN_INTEGRATION",
        "MARK_DISTRIBUTION_EXECUTED",
    }
)


@dataclass(frozen=True, slots=True)
class LedgerParticipant:
    """One participant of an instance."""

    id: str
    name: str
    subtype: str
    """USER, PROJECT, ORGANIZATION or BOT."""
    addresses: tuple[Address, ...]
    """The identity's own address, then its aliases."""

    @property
    def is_bot(self) -> bool:
        """Whether the participant is a bot."""
        return self.subtype == "BOT"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The contents of a ledger."""

    participants: tuple[LedgerParticipant, ...]
    """In the order of SourceCred's accounts."""
    identities: LedgerIdentities
    """Resolves ids that were merged into others."""
    actions: Mapping[str, int]
    """Number of events by action type."""
    at_ms: int
    """Time of the last event; 0 if there are none."""

    def find_id(self, id_: str) -> str | None:
        """Return the id that a participant has now; None if the ledger never knew it."""
        try:
            return self.identities.resolve(id_)
        except InvalidInputError:
            return None

    def find(self, *named: str) -> str | None:
        """Return the id of the participant whom the first id or name means that is known.

        Names are unique in any case of their letters.
        """
        by_name = {
            participant.name.casefold(): participant.id for participant in self.participants
        }
        found = (
            self.find_id(text) or by_name.get(text.removeprefix("@").casefold())
            for text in named
        )
        return next((id_ for id_ in found if id_ is not None), None)


def read_ledger(text: str, file: str) -> Ledger:
    """Parse the text of a ledger.

    Raises
    ------
    InstanceError
        If an event is malformed or impossible; the message names its line.
    """
    events = _events(text, file)
    last, actions = 0, Counter[str]()
    identities = LedgerIdentities([])
    for where, event in events:
        with in_file(where):
            at_ms, action = event.time_ms("ledgerTimestamp"), event.object("action")
            if event.raw("version") != _VERSION:
                raise InvalidInputError(
                    f"{where}: version {event.raw('version')!r:.40} of ledger events is not "
                    f"known, only {_VERSION!r}."
                )
            if at_ms < last:
                raise InvalidInputError(f"{where}: it is older than the event before it.")
            action_type = action.text("type")
            if action_type not in _ACTIONS:
                raise InvalidInputError(f"{where}: {action_type!r:.60} is not a ledger action.")
            last = at_ms
            actions[action_type] += 1
            plain = _plain_action(action, where)
            reject_half_characters(plain, where)
            identities.apply(JsonReader(plain, where))
    participants = tuple(
        LedgerParticipant(
            account.id,
            account.name or account.id,
            account.subtype,
            (account.address, *account.aliases),
        )
        for account in identities.accounts()
    )
    return Ledger(participants, identities, actions, last)


def _events(text: str, file: str) -> list[tuple[str, JsonReader]]:
    if text.lstrip().startswith("["):
        listed = object_readers(parse_json(text, file), file)
        return [(f"{file}: event {at}", event) for at, event in enumerate(listed, 1)]
    events = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{file}, line {number}"
            value = parse_json(line, where)
            with in_file(where):
                events.append((where, JsonReader(value, where)))
    return events


def _plain_action(action: JsonReader, where: str) -> dict[str, Any]:
    """Return an action with its addresses as lists, as `LedgerIdentities` takes it."""
    action_type = action.text("type")
    plain: dict[str, Any] = {"type": action_type}
    for key in ("identityId", "base", "target", "newName", "newType"):
        if key in action:
            plain[key] = action.raw(key)
    if action_type == "CREATE_IDENTITY":
        identity = action.object("identity")
        plain["identity"] = {
            "id": identity.text("id"),
            "name": identity.text("name"),
            "subtype": identity.text("subtype"),
            "address": list(parse_stored_address(identity.raw("address"), "N\0", where)),
        }
    elif action_type == "ADD_ALIAS":
        stored = action.object("alias").raw("address")
        plain["alias"] = {"address": list(parse_stored_address(stored, "N\0", where))}
    return plain
