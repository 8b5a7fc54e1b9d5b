"""Names of the weights of nodes and edges, as people type them: a kind's name, or an address.

An address is its parts joined by /, from the general to the single node. A name with a / in it
or at its end is an address ("sourcecred/", "sourcecred/discord/MESSAGE"); any other is a kind.
"""

import difflib
from collections.abc import Sequence
from typing import Final

from cred.addresses import Address, format_address
from cred.graph.weights import EdgeKind, NodeKind
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


class WeightNames:
    """Names that the weights of nodes, or those of edges, can have.

    Parameters
    ----------
    element
        "node" or "edge".
    kinds
        The kinds that the sources declare.
    """

    def __init__(self, element: str, kinds: Sequence[NodeKind] | Sequence[EdgeKind]) -> None:
        self.element = element
        self.stem = f"weights.{element}."
        """What the key of each of these settings begins with."""
        self._kinds = {kind.name: kind for kind in kinds}

    @property
    def kinds(self) -> Sequence[str]:
        """Names of the kinds, sorted."""
        return sorted(self._kinds)

    def canonical_name(self, typed: str) -> str:
        """Return the form in which a name is kept, however it was typed; idempotent.

        Raises
        ------
        ValueError
            If it is neither a kind's name nor an address that anything can be under; the
            message names the nearest one.
        """
        if _SEPARATOR not in typed:
            if typed in self._kinds:
                return typed
            known = ", ".join(self.kinds)
            raise ValueError(
                f'there is no {self.element} kind "{typed[:80]}" (known: {known}), '
                f"and an address has a / in it{_hint(typed, self.kinds)}"
            )
        parts = _parts(typed)
        for name, kind in self._kinds.items():
            if kind.prefix == tuple(parts):
                return name
        prefixes = [*(kind.prefix for kind in self._kinds.values()), *_ARCHIVE_PREFIXES]
        if not any(_overlap(tuple(parts), prefix) for prefix in prefixes):
            known_addresses = [format_address(prefix) for prefix in prefixes]
            raise ValueError(
                f'there are no {self.element}s under "{typed[:80]}"'
                f"{_hint(_SEPARATOR.join(parts), known_addresses)}"
            )
        return _SEPARATOR.join(parts) if len(parts) > 1 else parts[0] + _SEPARATOR

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
