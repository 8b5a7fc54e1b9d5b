"""The loop of `cred.liveflow.LiveFlow.settle`, compiled by numba; imported where that is there.

Rows are pushed one by one, in the order in which they came to lack too much, where numpy pushes
all of them at once: the same promise is kept with fewer pushes, by other numbers.
"""

import numpy as np
from numpy.typing import NDArray

from cred.loops import compiled

_Floats = NDArray[np.float64]
_Rows = NDArray[np.int32]
_Flags = NDArray[np.bool_]


@compiled
def push(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - in parts it takes twice as long
    rows: NDArray[np.void],
    steps: NDArray[np.void],
    steps_at_first: int,
    noted: _Rows,
    is_noted: _Flags,
    notes: int,
    queue: _Rows,
    is_queued: _Flags,
    thresholds: _Floats,
    floor: float,
    first: int,
    most_weeks: int,
    weeks: int,
    ahead: float,
    back: float,
    most: int,
) -> tuple[int, int, float]:
    """Push until no row lacks more than it may.

    Parameters
    ----------
    rows, steps, steps_at_first
        Of the dtypes of `cred.liveflow`; `rows` in place.
    noted, is_noted, notes
        Room for every row, the first `notes` to be looked at; which rows are in it. Left empty.
    queue, is_queued
        Room for every row and one more; which rows are in it. Given and left empty.
    thresholds
        From the largest down, the last is what counts.
    floor
        As in `LiveFlow`.
    first, most_weeks, weeks, ahead, back
        Row of the first week, weeks there is room for and there are, chances of webbing.
    most
        Steps after which it stops, wherever it is.

    Returns
    -------
    pushes, taken
        Pushes, and steps taken.
    lacking
        By how much what all rows lack grew.
    """
    pushes, taken, lacking = 0, 0, 0.0
    head, end = 0, 0
    least = thresholds[-1]
    for threshold in thresholds:
        for note in range(notes):
            row = noted[note]
            if abs(rows[row].lacks) > max(threshold * rows[row].flow, floor):
                is_queued[row] = True
                queue[end] = row
                end = end + 1 if end + 1 < len(queue) else 0
        while head != end and taken <= most:
            row = queue[head]
            head = head + 1 if head + 1 < len(queue) else 0
            is_queued[row] = False
            given = rows[row].lacks
            rows[row].lacks = 0.0
            rows[row].flow += given
            pushes += 1
            lacking -= abs(given)

            # To the weeks beside it, then by the steps there were at first, then by later ones.
            is_later, is_earlier = row >= first, row >= first
            per = given * rows[row].per_weight
            entry, behind = np.int64(rows[row].start), np.int64(rows[row + 1].start)
            if entry == behind:
                entry = np.int64(rows[row].latest)
            while is_later or is_earlier or entry >= 0:
                if is_later:
                    is_later = False
                    other = row + 1 if (row - first) % most_weeks < weeks - 1 else row
                    amount = ahead * given
                elif is_earlier:
                    is_earlier = False
                    other = row - 1 if (row - first) % most_weeks > 0 else row
                    amount = back * given
                else:
                    other = steps[entry].destination
                    amount = steps[entry].weight * per
                    if entry >= steps_at_first:
                        entry = np.int64(steps[entry].before)
                    else:
                        entry += 1
                        if entry == behind:
                            entry = np.int64(rows[row].latest)
                taken += 1
                lacked = rows[other].lacks
                lacks = lacked + amount
                rows[other].lacks = lacks
                lacking += abs(lacks) - abs(lacked)
                if abs(lacks) > max(least * rows[other].flow, floor):
                    if not is_noted[other]:
                        is_noted[other] = True
                        noted[notes] = other
                        notes += 1
                    if not is_queued[other] and abs(lacks) > max(
                        threshold * rows[other].flow, floor
                    ):
                        is_queued[other] = True
                        queue[end] = other
                        end = end + 1 if end + 1 < len(queue) else 0
    for note in range(notes):
        is_noted[noted[note]], is_queued[noted[note]] = False, False
    return pushes, taken, lacking
