"""What a node's or edge's weight is for, as people type it: a kind's name, or an address.

An address is its parts joined by /, from the general to the single node: with a / at its end or
in it, it is one ("sourcecred/", "sourcecred/discord/MESSAGE"); without, it is a kind's name.
"""

import difflib
from collections.abc import Sequence
from typing import Final

from cred.addresses import Address, format_address
from cred.graph.weights import EdgeKind, NodeKind
from storage.canonical_json import Json

_END: Final = "/"
_ARCHIVED: Final[tuple[Address, ...]] = (
    *(
        ("sourcecred", plugin)
        for plugin in ("core", "ethereum", "git", "github", "initiatives")
    ),
    ("external",),
)
"""Prefixes that only archives have: plugins of SourceCred for which there is no source."""

_SCHEMES: Final = ("https:", "http:", "https:/", "http:/")


class WeightNames:
    """Names of the weights of nodes, or of edges.

    Parameters
    ----------
    what
        "node" or "edge", for messages.
    kinds
        The kinds there are.
    """

    def __init__(self, what: str, kinds: Sequence[NodeKind] | Sequence[EdgeKind]) -> None:
        self._what = what
        self._kinds = {kind.name: kind for kind in kinds}

    @property
    def kinds(self) -> Sequence[str]:
        """Names of the kinds, sorted."""
        return sorted(self._kinds)

    def kept_as(self, typed: str) -> str:
        """Return the one form in which a name is kept; of that, the same.

        Raises
        ------
        ValueError
            If it is no kind's name, or an address that no kind is under: says what is near.
        """
        if _END not in typed:
            if typed in self._kinds:
                return typed
            known = ", ".join(self.kinds)
            raise ValueError(
                f'there is no {self._what} kind "{typed[:80]}" (known: {known}), '
                f"and an address has a / in it{_hint(typed, self.kinds)}"
            )
        parts = _parts(typed)
        for name, kind in self._kinds.items():
            if kind.prefix == tuple(parts):
                return name
        prefixes = [*(kind.prefix for kind in self._kinds.values()), *_ARCHIVED]
        if not any(_agree(tuple(parts), prefix) for prefix in prefixes):
            raise ValueError(
                f'there are no {self._what}s under "{typed[:80]}"'
                f"{_hint(_END.join(parts), [format_address(prefix) for prefix in prefixes])}"
            )
        return _END.join(parts) if len(parts) > 1 else parts[0] + _END

    def prefix(self, kept: str) -> Address:
        """Return the prefix that a name in its kept form stands for."""
        kind = self._kinds.get(kept)
        return tuple(_parts(kept)) if kind is None else kind.prefix

    def default(self, kept: str) -> Json:
        """Return the weight that holds where none is set: a kind's own; else 1, as a factor."""
        kind = self._kinds.get(kept)
        if isinstance(kind, NodeKind):
            return kind.weight
        if isinstance(kind, EdgeKind):
            return [float(way) for way in kind.weight]
        return 1.0 if self._what == "node" else [1.0, 1.0]


def _parts(typed: str) -> list[str]:
    """Return the parts of an address; that of a web site ("https://f.org") is one of them."""
    parts: list[str] = []
    for part in typed.strip(_END).split(_END):
        if parts and parts[-1] in _SCHEMES:
            parts[-1] += f"{_END}{part}"
        else:
            parts.append(part)
    return parts


def _agree(some: Address, other: Address) -> bool:
    """Tell whether one of two addresses begins with the other."""
    both = min(len(some), len(other))
    return some[:both] == other[:both]


def _hint(typed: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(typed, known, 1)
    return f'; did you mean "{near[0]}"?' if near else "."
