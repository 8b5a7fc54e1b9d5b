"""Removing from archives what tells who somebody is: their ids, and those of what they wrote.

Marks take the place of the ids. Neither rows nor weights change, so neither do scores.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cred.graph.archive import TYPE_PARTS, AddressColumn, Archive, first_parts
from cred.graph.structure import ABSENT

_UNIQUE_LENGTH: Final = 8
"""Length from which an id is taken to name the same thing wherever it occurs."""
_MARK: Final = "erased-"
_ADDRESSES: Final = ("nodes", "edges", "elsewhere", "weighted_nodes", "weighted_edges")
_NUMBERS: Final = (
    "node_ms",
    "source",
    "target",
    "edge_ms",
    "node_weight",
    "forward",
    "backward",
)


def mark(name: str) -> str:
    """Return a mark with a name, which must tell nothing of what was there."""
    return f"{_MARK}{name}"


def personal_parts(archives: Sequence[Archive], account: int) -> dict[tuple[str, str], str]:
    """Return the parts of addresses that identify an account, each with its replacement.

    These are the last parts of the addresses of its own nodes (its id or name on the platform)
    and of what it wrote. Each is given with the part before it, as `scrub` takes them.
    """
    replacements: dict[tuple[str, str], str] = {}
    for archive in archives:
        own = np.flatnonzero(archive.account == account)
        edges = np.flatnonzero(np.isin(archive.source, own) | np.isin(archive.target, own))
        wrote = [
            edge
            for edge in edges.tolist()
            if "authors" in (part.lower() for part in archive.edges.at(edge, archive.texts)[:3])
        ]
        ends = np.concatenate([archive.source[wrote], archive.target[wrote]])
        posted = np.setdiff1d(ends[ends >= 0], own)
        for row in [*own.tolist(), *posted.tolist()]:
            address = archive.nodes.at(row, archive.texts)
            if len(address) > 1:
                suffix = f"-{len(replacements)}" if row in posted else ""
                replacements.setdefault((address[-2], address[-1]), mark(f"{account}{suffix}"))
    return replacements


def scrub(archive: Archive, replacements: Mapping[tuple[str, str], str]) -> Archive:
    """Return an archive with some parts of addresses replaced; the same one if it has none.

    Parameters
    ----------
    archive
        Nothing else of it changes, neither rows nor weights.
    replacements
        By a part and the part before it, its replacement. A part that is long enough to be
        unique is replaced wherever it occurs; a short one (the number of an issue) only after
        the given part before it.
    """
    number = {text: index for index, text in enumerate(archive.texts)}
    texts = list(archive.texts)
    types = _type_texts(archive)
    pairs: dict[tuple[int, int], int] = {}
    for (before, text), replacement in replacements.items():
        if text not in number:
            continue
        if len(text) >= _UNIQUE_LENGTH and number[text] not in types:
            texts[number[text]] = replacement
        elif before in number:
            pairs[number[before], number[text]] = len(texts)
            texts.append(replacement)
    if tuple(texts) == archive.texts:
        return archive
    columns: dict[str, Any] = {
        name: _replace_parts(getattr(archive, name), pairs) for name in _ADDRESSES
    }
    changed = dataclasses.replace(archive, texts=tuple(texts), **columns)
    return _without_unused(changed)


def _type_texts(archive: Archive) -> set[int]:
    """Return the numbers of the texts that occur in addresses' types."""
    return {
        part
        for column in (archive.nodes, archive.edges)
        for part in np.unique(first_parts(column, TYPE_PARTS)).tolist()
    }


def _replace_parts(
    column: AddressColumn, pairs: Mapping[tuple[int, int], int]
) -> AddressColumn:
    parts = column.parts.copy()
    for (before, text), replacement in pairs.items():
        at = np.flatnonzero((column.parts[1:] == text) & (column.parts[:-1] == before)) + 1
        parts[at[~np.isin(at, column.starts)]] = replacement
    return AddressColumn(column.starts, parts)


def _without_unused(archive: Archive) -> Archive:
    """Return an archive without the texts that no address uses any more."""
    columns: dict[str, AddressColumn] = {name: getattr(archive, name) for name in _ADDRESSES}
    used = np.unique(np.concatenate([column.parts for column in columns.values()]))
    index = np.zeros(len(archive.texts), np.int32)
    index[used] = np.arange(len(used), dtype=np.int32)
    renumbered: dict[str, Any] = {
        name: AddressColumn(column.starts, index[column.parts])
        for name, column in columns.items()
    }
    texts = tuple(archive.texts[number] for number in used.tolist())
    return dataclasses.replace(archive, texts=texts, **renumbered)


def differ_in_marks_only(old: Archive, new: Archive) -> bool:
    """Tell whether an archive is another one with the same or other marks in the same places.

    Its marks may stand for accounts that `old` still has numbers of.
    """
    if not all(
        np.array_equal(getattr(old, name), getattr(new, name)) for name in _NUMBERS
    ) or not all(_match(old, new, name) for name in _ADDRESSES):
        return False
    marked = _rows_with_marks(new)
    return all(
        np.array_equal(before, after)
        or bool(np.all((before == after) | (marked & (after == ABSENT))))
        for before, after in ((old.account, new.account), (old.contribution, new.contribution))
    )


def _match(old: Archive, new: Archive, name: str) -> bool:
    """Tell whether addresses are equal but for marks."""
    before: AddressColumn = getattr(old, name)
    after: AddressColumn = getattr(new, name)
    if not np.array_equal(before.starts, after.starts):
        return False
    number = {text: index for index, text in enumerate(old.texts)}
    same = np.array([number.get(text, ABSENT) for text in new.texts], np.int64)
    odd = np.flatnonzero(same[after.parts] != before.parts)
    return all(
        _is_mark(old.texts[had]) and _is_mark(new.texts[has])
        for had, has in zip(before.parts[odd].tolist(), after.parts[odd].tolist(), strict=True)
    )


def _rows_with_marks(archive: Archive) -> NDArray[np.bool_]:
    """Tell of each node whether there is a mark in its address."""
    is_mark = np.array([_is_mark(text) for text in archive.texts], np.bool_)
    row_of_part = np.repeat(np.arange(len(archive.nodes)), np.diff(archive.nodes.starts))
    marked = np.zeros(len(archive.nodes), np.bool_)
    marked[row_of_part[is_mark[archive.nodes.parts]]] = True
    return marked


def _is_mark(text: str) -> bool:
    return text.startswith(_MARK)
