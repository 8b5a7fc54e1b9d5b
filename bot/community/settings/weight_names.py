"""Names of the weights of nodes and edges, as people type them: a kind's name, or an address.

An address is its parts joined by /, from the general to the single node. A name with a / in it
or at its end is an address ("sourcecred/", "sourcecred/discord/MESSAGE"); any other is a kind.
"""

import difflib
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from bot.community.settings.known import NOTHING_KNOWN, Known
from bot.community.settings.references import Reference
from cred.addresses import Address, format_address
from cred.facts.events import Kind
from cred.graph.weights import Declaration, EdgeKind, Field, NodeKind
from storage.canonical_json import Json

_SEPARATOR: Final = "/"
_ARCHIVE_PREFIXES: Final[tuple[Address, ...]] = (
    *(
        ("sourcecred", plugin)
        for plugin in ("core", "ethereum", "git", "github", "initiatives")
    ),
    ("external",),
)
"""Prefixes found only in archives: SourceCred's plugins for which there is no source here."""

_SCHEMES: Final = ("https:", "http:", "https:/", "http:/")


class AddressPart(NamedTuple):
    """One part of an address behind the prefix of its kind."""

    source: str
    """The source whose id it is."""
    field: Field
    """What it names."""
    text: str


class WeightNames:
    """Names that the weights of nodes, or those of edges, can have.

    Parameters
    ----------
    element
        "node" or "edge".
    declarations
        What the sources declare.
    """

    def __init__(
        self, element: Literal["node", "edge"], declarations: Sequence[Declaration]
    ) -> None:
        self.element = element
        self.stem = f"weights.{element}."
        """What the key of each of these settings begins with."""
        declared: list[tuple[str, NodeKind | EdgeKind]] = [
            (declaration.source, kind)
            for declaration in declarations
            for kind in (declaration.nodes if element == "node" else declaration.edges)
        ]
        self._kinds = {kind.name: kind for _, kind in declared}
        self.sources = {kind.name: source for source, kind in declared}
        """The source of each kind."""

    @property
    def kinds(self) -> Sequence[str]:
        """Names of the kinds, sorted."""
        return sorted(self._kinds)

    def read(self, typed: str, known: Known = NOTHING_KNOWN) -> Reference:
        """Read a name, however it was typed, as the form in which it is kept; idempotent.

        Raises
        ------
        ValueError
            If it is neither a kind's name nor an address that anything can be under; the
            message names the nearest one.
        """
        if _SEPARATOR not in typed:
            if typed in self._kinds:
                return Reference(typed, self._kind_note(typed))
            names = ", ".join(self.kinds)
            raise ValueError(
                f'there is no {self.element} kind "{typed[:80]}" (known: {names}), '
                f"and an address has a / in it{_hint(typed, self.kinds)}"
            )
        parts, note = self.read_address(typed, known)
        for name, kind in self._kinds.items():
            if kind.prefix == parts:
                return Reference(name, self._kind_note(name))
        kept = _SEPARATOR.join(parts)
        return Reference(kept if len(parts) > 1 else kept + _SEPARATOR, note)

    def read_address(self, typed: str, known: Known) -> tuple[Address, str]:
        """Read an address: its parts, and a note if nothing is known under it.

        Raises
        ------
        ValueError
            If nothing can be under it.
        """
        parts = tuple(_parts(typed))
        prefixes = [*(kind.prefix for kind in self._kinds.values()), *_ARCHIVE_PREFIXES]
        if not any(_overlap(parts, prefix) for prefix in prefixes):
            addresses = [format_address(prefix) for prefix in prefixes]
            raise ValueError(
                f'there are no {self.element}s under "{typed[:80]}"'
                f"{_hint(_SEPARATOR.join(parts), addresses)}"
            )
        if self._can_match(parts, known) or known.is_archived(self.element, parts):
            return parts, ""
        return parts, (
            f"no {self.element} under {_SEPARATOR.join(parts)} has been seen here; it counts "
            "once there is one."
        )

    def read_budget(self, typed: str, known: Known) -> Reference:
        """Read what a budget is for: a prefix of addresses, or the name of a kind."""
        kind = self._kinds.get(typed)
        if kind is not None:
            return Reference(_SEPARATOR.join(kind.prefix))
        if not typed.strip(_SEPARATOR):
            raise ValueError("say what the budget is for, such as sourcecred/discord.")
        parts, note = self.read_address(typed, known)
        return Reference(_SEPARATOR.join(parts), note)

    def _can_match(self, parts: Address, known: Known) -> bool:
        """Tell whether a node or edge that the sources make can be under an address."""
        return any(
            kind.prefix[: len(parts)] == parts
            or (
                parts[: len(kind.prefix)] == kind.prefix
                and _fits(parts[len(kind.prefix) :], kind, self.sources[name], known)
            )
            for name, kind in self._kinds.items()
        )

    def _kind_note(self, name: str) -> str:
        kind = self._kinds[name]
        if isinstance(kind, NodeKind) and stands_for_people(kind):
            return f"a {name} is a person, and the weight of one mints nothing for anybody."
        return ""

    def kinds_at(self, parts: Address) -> Sequence[str]:
        """Return the kinds whose nodes or edges can be under an address."""
        return [name for name, kind in self._kinds.items() if _overlap(kind.prefix, parts)]

    def parts_of(self, parts: Address) -> Iterator[AddressPart]:
        """Yield what an address names behind the prefix of each kind that it can be of."""
        for name, kind in self._kinds.items():
            rest = parts[len(kind.prefix) :]
            if parts[: len(kind.prefix)] != kind.prefix:
                continue
            source = self.sources[name]
            for field, text in zip(kind.fields, rest, strict=False):
                if field in {Field.ACCOUNT_SOURCE, Field.CONTRIBUTION_SOURCE}:
                    source = text
                yield AddressPart(source, field, text)

    def prefix(self, canonical: str) -> Address:
        """Return the prefix that a canonical name stands for.

        A kind that no source declares any more is taken as an address, which no node has.
        """
        kind = self._kinds.get(canonical)
        return tuple(_parts(canonical)) if kind is None else kind.prefix

    def default(self, canonical: str) -> Json:
        """Return the weight that holds where none is set.

        That of a kind is its own; that of an address is a factor, so 1.
        """
        kind = self._kinds.get(canonical)
        if isinstance(kind, NodeKind):
            return kind.weight
        if isinstance(kind, EdgeKind):
            return [float(weight) for weight in kind.weight]
        return 1.0 if self.element == "node" else [1.0, 1.0]


_PERSON: Final = frozenset(
    {Field.ACCOUNT, Field.ACCOUNT_KIND, Field.ACCOUNT_SOURCE, Field.HOME}
)


def stands_for_people(kind: NodeKind) -> bool:
    """Tell whether nodes of a kind stand for accounts of people."""
    return Field.ACCOUNT in kind.fields and _PERSON.issuperset(kind.fields)


def _fits(rest: Sequence[str], kind: NodeKind | EdgeKind, source: str, known: Known) -> bool:
    """Tell whether the end of an address names what is known, part by part.

    A kind that does not say what its addresses hold may hold anything.
    """
    if not kind.fields:
        return True
    return len(rest) <= len(kind.fields) and all(
        _is_known(part, field, source, known)
        for part, field in zip(rest, kind.fields, strict=False)
    )


def _is_known(part: str, field: Field, source: str, known: Known) -> bool:
    match field:
        case Field.ACCOUNT:
            return known.has_account_id(source, part) or bool(known.accounts(part))
        case Field.ACCOUNT_KIND:
            return part in {"user", "bot", "webhook"}
        case Field.ACCOUNT_SOURCE | Field.CONTRIBUTION_SOURCE:
            return known.has_recorded(part)
        case Field.CONTRIBUTION | Field.CONTRIBUTION_ID:
            return known.has_contribution(source, part)
        case Field.PLACE | Field.HOME:
            return any(place.id == part for place in known.places(source))
        case Field.TEXT:
            return part in known.texts(Kind.REACTED, source)


def _parts(typed: str) -> list[str]:
    """Split an address into its parts; a web site's ("https://f.org") stays one part."""
    parts: list[str] = []
    for part in typed.strip(_SEPARATOR).split(_SEPARATOR):
        if parts and parts[-1] in _SCHEMES:
            parts[-1] += f"{_SEPARATOR}{part}"
        else:
            parts.append(part)
    return parts


def _overlap(left: Address, right: Address) -> bool:
    """Tell whether one of two addresses begins with the other."""
    shorter = min(len(left), len(right))
    return left[:shorter] == right[:shorter]


def _hint(typed: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(typed, known, 1)
    return f'; did you mean "{near[0]}"?' if near else "."
