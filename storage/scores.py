"""Score snapshots: what was computed, stored under what it was computed from.

They may be dropped and computed again, so only the newest are kept, unless the caller asks for
more. A digest tells whether a snapshot is what was saved.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from storage.canonical_json import Json, canonical_json
from storage.errors import CorruptError, InvalidRecordError
from storage.file.database import Database

_KEPT: Final = 8

_ARRAYS: Final = {
    "epoch_starts_ms": "<i8",
    "cred": "<f8",
    "contributions": "<i8",
    "contribution_cred": "<f8",
}
"""Fields of a snapshot that are arrays, with the type they are stored as."""


@dataclass(frozen=True, slots=True)
class ScoreKey:
    """Everything that determines the scores."""

    log_position: int
    """Position of the last event that counted."""
    settings_version: int
    parameters: Mapping[str, Json]
    algorithm: str
    """Name and version: "credrank-1"."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreSnapshot:
    """All cred of a community at one log position; p participants, w epochs."""

    log_position: int
    settings_version: int
    parameters: Mapping[str, Json]
    algorithm: str
    computed_ms: int
    epoch_starts_ms: NDArray[np.int64]
    """Shape (w,)."""
    epoch_end_ms: int
    """End of the last epoch."""
    participants: tuple[str, ...]
    """Participant ids. They outlive an erasure, so they must be numbers, never names."""
    cred: NDArray[np.float64]
    """Shape (p, w)."""
    contributions: NDArray[np.int64]
    """Shape (m,): contribution numbers."""
    contribution_cred: NDArray[np.float64]
    """Shape (m,)."""
    total_mint: float

    @property
    def key(self) -> ScoreKey:
        """The key that the snapshot is stored under."""
        return ScoreKey(
            self.log_position, self.settings_version, self.parameters, self.algorithm
        )


class ScoreLog:
    """The score snapshots of a community."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, snapshot: ScoreSnapshot, *, keep: int = _KEPT) -> None:
        """Save a snapshot in place of one with the same key; drop all but the `keep` newest.

        Raises
        ------
        InvalidRecordError
            If the shapes of its arrays do not agree.
        """
        _check(snapshot)
        await self._database.write(lambda plain: _save(plain, snapshot, keep))

    async def latest(self) -> ScoreSnapshot | None:
        """Return the snapshot that was saved last, or None.

        Raises
        ------
        CorruptError
            If it is not what was saved.
        """
        return await self._database.read(
            lambda plain: _load(plain, "number = (SELECT max(number) FROM score_snapshots)", ())
        )

    async def at(self, key: ScoreKey) -> ScoreSnapshot | None:
        """Return the snapshot with a key, or None.

        Raises
        ------
        CorruptError
            If it is not what was saved.
        """
        return await self._database.read(
            lambda plain: _load(
                plain,
                "log_position = ? AND settings_version = ? AND parameters = ? "
                "AND algorithm = ?",
                _columns(key),
            )
        )


def _check(snapshot: ScoreSnapshot) -> None:
    wanted = (len(snapshot.participants), len(snapshot.epoch_starts_ms))
    if snapshot.cred.shape != wanted:
        raise InvalidRecordError(
            f"The cred of a snapshot has shape {snapshot.cred.shape}: {wanted} is wanted."
        )
    if snapshot.contributions.shape != snapshot.contribution_cred.shape:
        raise InvalidRecordError(
            f"A snapshot has {snapshot.contributions.shape} contributions and cred for "
            f"{snapshot.contribution_cred.shape}."
        )


def _save(connection: sqlite3.Connection, snapshot: ScoreSnapshot, keep: int) -> None:
    arrays = {
        name: np.ascontiguousarray(getattr(snapshot, name), dtype=dtype)
        for name, dtype in _ARRAYS.items()
    }
    participants = canonical_json(list(snapshot.participants))
    connection.execute(
        "DELETE FROM score_snapshots WHERE log_position = ? AND settings_version = ? "
        "AND parameters = ? AND algorithm = ?",
        _columns(snapshot.key),
    )
    number = connection.execute(
        "INSERT INTO score_snapshots (number, log_position, settings_version, parameters, "
        "algorithm, computed_ms, end_ms, total_mint, participants, digest) VALUES "
        "((SELECT coalesce(max(number), 0) + 1 FROM score_snapshots), "
        "?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *_columns(snapshot.key),
            snapshot.computed_ms,
            snapshot.epoch_end_ms,
            snapshot.total_mint,
            participants,
            _digest(snapshot, participants, arrays),
        ),
    ).lastrowid
    connection.executemany(
        "INSERT INTO score_arrays VALUES (?, ?, ?, ?, ?)",
        [
            (number, name, _ARRAYS[name], canonical_json(list(array.shape)), array.tobytes())
            for name, array in arrays.items()
        ],
    )
    connection.execute(
        "DELETE FROM score_snapshots WHERE number NOT IN "
        "(SELECT number FROM score_snapshots ORDER BY number DESC LIMIT ?)",
        (max(keep, 1),),
    )


def _load(
    connection: sqlite3.Connection, which: str, parameters: tuple[Any, ...]
) -> ScoreSnapshot | None:
    row = connection.execute(
        "SELECT number, log_position, settings_version, parameters, "
        "algorithm, computed_ms, end_ms, total_mint, participants, digest "
        f"FROM score_snapshots WHERE {which}",
        parameters,
    ).fetchone()
    if row is None:
        return None
    number, position, version, parameters_text, algorithm, computed, end, mint, ids, digest = (
        row
    )
    arrays: dict[str, NDArray[Any]] = {}
    for name, dtype, shape, data in connection.execute(
        "SELECT name, dtype, shape, data FROM score_arrays WHERE snapshot = ?", (number,)
    ):
        try:
            # A copy: bytes are read-only, and callers may want to sort in place.
            arrays[name] = np.frombuffer(data, dtype=dtype).reshape(json.loads(shape)).copy()
        except ValueError as error:
            raise _damage(position) from error
    if arrays.keys() != _ARRAYS.keys():
        raise _damage(position)
    snapshot = ScoreSnapshot(
        log_position=position,
        settings_version=version,
        parameters=json.loads(parameters_text),
        algorithm=algorithm,
        computed_ms=computed,
        epoch_end_ms=end,
        participants=tuple(json.loads(ids)),
        total_mint=mint,
        **arrays,
    )
    if _digest(snapshot, ids, arrays) != digest:
        raise _damage(position)
    return snapshot


def _columns(key: ScoreKey) -> tuple[int, int, str, str]:
    return key.log_position, key.settings_version, canonical_json(key.parameters), key.algorithm


def _digest(
    snapshot: ScoreSnapshot, participants: str, arrays: dict[str, NDArray[Any]]
) -> bytes:
    # Floats by their bits: text could differ between versions of Python.
    times: list[Json] = [snapshot.computed_ms, snapshot.epoch_end_ms, snapshot.total_mint.hex()]
    facts: list[Json] = [*_columns(snapshot.key), *times, participants]
    digest = hashlib.sha256(canonical_json(facts).encode())
    for name in _ARRAYS:
        digest.update(canonical_json([name, list(arrays[name].shape)]).encode())
        digest.update(arrays[name].tobytes())
    return digest.digest()


def _damage(position: int) -> CorruptError:
    return CorruptError(
        f"The score snapshot at log position {position} is damaged: compute the scores again, "
        "and check the file."
    )
