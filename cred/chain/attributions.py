"""Personal attributions: participants pass on a part of what accrues to them.

The proportion in an epoch is that of the last change at or before the epoch's start, and 0
before the first change. Reference: SPEC-sourcecred.md §5.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.epochs import Epochs
from cred.errors import InvalidInputError

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Attribution:
    """The proportion that one participant passes on to another, over time."""

    giver: str
    """Participant id."""
    receiver: str
    changes: tuple[tuple[int, float], ...]
    """Moments (ms UTC) in order, each with the proportion (0 to 1) that holds from then on."""

    def proportion_at(self, at_ms: int) -> float:
        """Return the proportion in force at a moment."""
        return next((part for time, part in reversed(self.changes) if time <= at_ms), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class EpochAttributions:
    """Attributions of each epoch, as columns of equal length; only proportions above 0."""

    giver: NDArray[np.int64]
    """Participant index."""
    receiver: NDArray[np.int64]
    epoch: NDArray[np.int64]
    proportion: NDArray[np.float64]

    def total_given(self, weeks: int, participants: int) -> NDArray[np.float64]:
        """Return the total proportion each participant passes on in each week, shape (w, p)."""
        total = np.zeros((weeks, participants))
        np.add.at(total, (self.epoch, self.giver), self.proportion)
        return np.minimum(total, 1.0)


def check_given(attributions: Iterable[Attribution]) -> None:
    """Check that nobody passes on more than everything, at any moment.

    Raises
    ------
    InvalidInputError
        If somebody does.
    """
    by_giver: dict[str, list[Attribution]] = {}
    for attribution in attributions:
        by_giver.setdefault(attribution.giver, []).append(attribution)
    for giver, given in by_giver.items():
        for moment in sorted({time for each in given for time, _ in each.changes}):
            total = math.fsum(each.proportion_at(moment) for each in given)
            if total > 1.0 + _ROUNDING:
                raise InvalidInputError(
                    f"attributions from {giver!r} sum to {total:.6g}; at most 1 can be given."
                )


def attributions_by_epoch(
    attributions: Sequence[Attribution], participants: tuple[str, ...], epochs: Epochs
) -> EpochAttributions:
    """Return the attributions in force in each epoch.

    Raises
    ------
    InvalidInputError
        For an unknown participant, a pair that is listed twice, changes out of order, a
        proportion outside 0 to 1, or a participant who passes on more than everything.
    """
    index = {name: at for at, name in enumerate(participants)}
    seen: set[tuple[str, str]] = set()
    columns: list[tuple[NDArray[np.int64], int, int, NDArray[np.float64]]] = []
    for attribution in attributions:
        _check(attribution, index, seen)
        times = np.array([time for time, _ in attribution.changes], dtype=np.int64)
        values = np.array([0.0, *(value for _, value in attribution.changes)])
        by_epoch = values[np.searchsorted(times, epochs.starts_ms, side="right")]
        weeks = np.flatnonzero(by_epoch)
        columns.append(
            (weeks, index[attribution.giver], index[attribution.receiver], by_epoch[weeks])
        )
    result = EpochAttributions(
        giver=_concatenate([np.full(len(weeks), giver) for weeks, giver, _, _ in columns]),
        receiver=_concatenate([np.full(len(weeks), to) for weeks, _, to, _ in columns]),
        epoch=_concatenate([weeks for weeks, _, _, _ in columns]),
        proportion=np.concatenate([np.empty(0), *(values for _, _, _, values in columns)]),
    )
    _check_sums(result, participants, epochs)
    return result


def _check(attribution: Attribution, index: dict[str, int], seen: set[tuple[str, str]]) -> None:
    giver, receiver = attribution.giver, attribution.receiver
    for name in (giver, receiver):
        if name not in index:
            raise InvalidInputError(
                f"attribution from or to {name!r}, who is not a participant."
            )
    if (giver, receiver) in seen:
        raise InvalidInputError(
            f"the attribution of {giver!r} to {receiver!r} is listed twice."
        )
    seen.add((giver, receiver))
    times = [time for time, _ in attribution.changes]
    if times != sorted(times):
        raise InvalidInputError(
            f"the attribution of {giver!r} to {receiver!r} must list changes in order of time."
        )
    for _, proportion in attribution.changes:
        if not 0.0 <= proportion <= 1.0:  # also refuses NaN
            raise InvalidInputError(
                f"the attribution of {giver!r} to {receiver!r} must be from 0 to 1, "
                f"not {proportion}."
            )


def _check_sums(
    result: EpochAttributions, participants: tuple[str, ...], epochs: Epochs
) -> None:
    if len(result.giver) == 0:
        return
    cell = result.giver * len(epochs) + result.epoch
    sums = np.bincount(cell, result.proportion)
    worst = int(np.argmax(sums))
    if sums[worst] > 1.0 + _ROUNDING:
        giver, epoch = divmod(worst, len(epochs))
        raise InvalidInputError(
            f"attributions from {participants[giver]!r} sum to {sums[worst]:.6g} in the week "
            f"that starts at {epochs.starts_ms[epoch]} ms; at most 1 can be given."
        )


def _concatenate(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *parts])
