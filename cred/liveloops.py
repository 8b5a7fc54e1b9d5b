"""The loop of `cred.liveflow.LiveFlow.settle`, compiled by numba; imported where that is there.

Rows are pushed one by one, in the order in which they came to lack too much, where numpy pushes
all of them at once: the same promise is kept with fewer pushes, by other numbers.
"""

import numpy as np
from numpy.typing import NDArray

from cred.loops import compiled

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


@compiled
def _enter(  # noqa: PLR0913, PLR0917 - likewise
    row: int,
    amount: float,
    state: _Floats,
    threshold: float,
    floor: float,
    queue: NDArray[np.int32],
    queued: NDArray[np.bool_],
    head: int,
    waiting: int,
) -> int:
    """Let a row lack more, and queue it if that is too much; return how many wait then."""
    state[row, 1] += amount
    if queued[row] or abs(state[row, 1]) <= max(threshold * state[row, 0], floor):
        return waiting
    place = head + waiting
    queue[place if place < len(queue) else place - len(queue)] = row
    queued[row] = True
    return waiting + 1


@compiled
def push(  # noqa: PLR0913, PLR0917 - one loop, given all that it looks at
    queue: NDArray[np.int32],
    queued: NDArray[np.bool_],
    waiting: int,
    state: _Floats,
    threshold: float,
    floor: float,
    starts: _Ints,
    latest: _Ints,
    before: _Ints,
    steps_at_first: int,
    destination: NDArray[np.int32],
    weight: _Floats,
    per_weight: _Floats,
    first: int,
    most_weeks: int,
    weeks: int,
    ahead: float,
    back: float,
    most: int,
) -> tuple[int, int]:
    """Push until no row lacks more than it may; return the pushes and the steps taken.

    Parameters
    ----------
    queue, queued, waiting
        Room for every row, the first `waiting` to be looked at; which rows are in it. Left
        empty.
    state
        Shape (rows, 2): the flow of each row and what it lacks; in place.
    threshold, floor
        As in `LiveFlow`.
    starts, latest, before, steps_at_first, destination, weight
        The steps.
    per_weight
        Shape (rows,): chance of a step per weight.
    first, most_weeks, weeks, ahead, back
        Row of the first week, weeks there is room for and there are, chances of webbing.
    most
        Steps after which it stops, wherever it is.
    """
    rows = len(queue)
    head, pushes, taken = 0, 0, 0
    while waiting > 0 and taken <= most:
        row = queue[head]
        head = head + 1 if head + 1 < rows else 0
        waiting -= 1
        queued[row] = False
        amount = state[row, 1]
        if abs(amount) <= max(threshold * state[row, 0], floor):
            continue
        state[row, 1] = 0.0
        state[row, 0] += amount
        pushes += 1

        per = amount * per_weight[row]
        for entry in range(starts[row], starts[row + 1]):
            waiting = _enter(
                destination[entry], weight[entry] * per, state, threshold, floor,
                queue, queued, head, waiting,
            )  # fmt: skip
        taken += starts[row + 1] - starts[row]
        entry = latest[row]
        while entry >= 0:
            waiting = _enter(
                destination[entry], weight[entry] * per, state, threshold, floor,
                queue, queued, head, waiting,
            )  # fmt: skip
            taken += 1
            entry = before[entry - steps_at_first]
        if row >= first:
            week = (row - first) % most_weeks
            later = row + 1 if week < weeks - 1 else row
            earlier = row - 1 if week > 0 else row
            waiting = _enter(
                later, ahead * amount, state, threshold, floor,
                queue, queued, head, waiting,
            )  # fmt: skip
            waiting = _enter(
                earlier, back * amount, state, threshold, floor,
                queue, queued, head, waiting,
            )  # fmt: skip
            taken += 2
    while waiting > 0:
        queued[queue[head]] = False
        head = head + 1 if head + 1 < rows else 0
        waiting -= 1
    return pushes, taken
