"""Understands how an initiative's file names people.

SourceCred takes "@name", and web addresses of users. People also write a user's node address:
as a list of its parts, as SourceCred stores it, or with slashes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bot.importers.sourcecred.ledger import LedgerParticipant
from cred.addresses import Address
from cred.files.json_values import JsonReader

_OWNERS: Final = ("sourcecred", "external")
"""First parts of addresses."""
_FEWEST: Final = 3
"""Number of parts that a user's address has at least."""


def read_names(content: JsonReader, key: str) -> tuple[str, ...]:
    r"""Return whom a field names, each as one text; what cannot name anybody is kept as text.

    >>> read_names(JsonReader({"by": ["@ada", ["sourcecred", "x", "7"]]}, "it"), "by")
    ('@ada', 'sourcecred/x/7')
    >>> read_names(JsonReader({"by": "N\0sourcecred\0x\0" + "7\0"}, "it"), "by")
    ('sourcecred/x/7',)
    """
    value = content.raw(key) if key in content else []
    is_address = isinstance(value, list) and len(value) >= _FEWEST and value[0] in _OWNERS
    values = value if isinstance(value, list) and not is_address else [value]
    return tuple(_text(item) for item in values)


def ids_by_name(participants: Iterable[LedgerParticipant]) -> Mapping[str, str]:
    """Return the ids of a ledger's participants by all that names them; see `normal_name`."""
    return {
        normal_name(name): participant.id
        for participant in participants
        for name in _names(participant)
    }


def normal_name(name: str) -> str:
    """Return a name in the form in which names are compared.

    >>> normal_name("@Ada"), normal_name("https://Forum.example.org/u/ada/")
    ('ada', 'forum.example.org/u/ada')
    """
    bare = name.strip().casefold().removeprefix("@")
    return bare.partition("://")[2].rstrip("/") if "://" in bare else bare


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "/".join(map(str, value))
    if not isinstance(value, str):
        return f"{value!r:.60}"
    return "/".join(value.split("\0")[1:-1]) if "\0" in value else value


def _names(participant: LedgerParticipant) -> Iterator[str]:
    yield participant.name
    yield participant.id
    for address in participant.addresses:
        yield "/".join(address)
        yield from _web_addresses(address)


def _web_addresses(address: Address) -> Iterator[str]:
    match address:
        case ("sourcecred", "discourse", "user", server, name):
            yield f"{server.rstrip('/')}/u/{name}"
        case ("sourcecred", "github", "USERLIKE", _, name):
            yield f"https://github.com/{name}"
        case ("sourcecred", "discord", "MEMBER", _, id_):
            yield f"https://discord.com/users/{id_}"
