"""Loops that numba compiles; import this by `cred.kernels.loops`.

What they compute is explained where they are called: `cred.folding`, `cred.rowwise`,
`cred.weekly`, `cred.accelerating`. They release the interpreter while they run. Additions
happen in the order in which they are written (no "fast" arithmetic): the same input gives
the same bits on one machine, and nan and infinity mean what they mean in numpy.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

_Call = TypeVar("_Call", bound=Callable[..., Any])

_Ints = NDArray[np.uint32]
"""Numbers of rows and the like. Unsigned: numba counts negative ones from the end, which takes
a third of the time of a sweep."""
_Signed = NDArray[np.int32]
_Floats = NDArray[np.float64]

_NUMBA: Final[Any] = partial(numba.njit, nogil=True, boundscheck=False, error_model="numpy")


def compiled(function: _Call) -> _Call:
    """Return a function that is compiled when it is first called, or read from the cache."""
    try:
        kernel: _Call = _NUMBA(cache=True)(function)
    except RuntimeError:  # nowhere to keep what is compiled
        kernel = _NUMBA()(function)
    return kernel


# Weights


@compiled
def leaving(
    source: _Ints, target: _Ints, forward: _Floats, backward: _Floats, rows: int
) -> _Floats:
    """Return the sum of the weights that lead away from each row."""
    weight = np.zeros(rows)
    for edge in range(len(source)):
        weight[source[edge]] += forward[edge]
        weight[target[edge]] += backward[edge]
    return weight


@compiled
def chances(
    source: _Ints,
    target: _Ints,
    forward: _Floats,
    backward: _Floats,
    weight: _Floats,
    share: _Floats,
    steps: _Floats,
) -> None:
    """Fill in the chance of each edge's step, and of the one back.

    Of a row that nothing leaves all weights are 0. A weight is divided first: the product
    cannot overflow then.
    """
    for edge in range(len(source)):
        ours, theirs = source[edge], target[edge]
        there, back = forward[edge], backward[edge]
        steps[2 * edge] = there / weight[ours] * share[ours] if there > 0.0 else 0.0
        steps[2 * edge + 1] = back / weight[theirs] * share[theirs] if back > 0.0 else 0.0


@compiled
def arriving(
    source: _Ints, target: _Ints, forward: _Floats, backward: _Floats, rate: _Floats
) -> _Floats:
    """Return what arrives in each row by edges, given what leaves each per weight."""
    flow = np.zeros(len(rate))
    for edge in range(len(source)):
        flow[target[edge]] += rate[source[edge]] * forward[edge]
        flow[source[edge]] += rate[target[edge]] * backward[edge]
    return flow


# Folding


@compiled
def near(
    first: _Ints, second: _Ints, contributions: int, most: int
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return the neighbours of each contribution, and how many; one more if there are more."""
    found = np.empty((contributions, most), np.uint32)
    count = np.zeros(contributions, np.uint8)
    for at in range(len(first)):
        for way in range(2):
            row, other = first[at], second[at]
            if way == 1:
                row, other = other, row
            if row < contributions and count[row] <= most:
                has = count[row]
                place = 0
                while place < has and found[row, place] != other:
                    place += 1
                if place == has:
                    if has < most:
                        found[row, has] = other
                    count[row] += 1
    return found, count


@compiled
def going(
    found: NDArray[np.uint32], count: NDArray[np.uint8], alive: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which contributions go at once, no two of them neighbours.

    Those of fewest neighbours first: they leave the fewest edges.
    """
    contributions, most = found.shape
    goes = np.zeros(contributions, np.bool_)
    for limit in range(most + 1):
        for row in range(contributions):
            if count[row] == limit and alive[row]:
                free = True
                for place in range(limit):
                    other = found[row, place]
                    if other < contributions and goes[other]:
                        free = False
                goes[row] = free
    return goes


@compiled
def fold_round(
    first: _Ints,
    second: _Ints,
    edge: _Ints,
    next_edge: int,
    found: NDArray[np.uint32],
    count: NDArray[np.uint8],
    goes: NDArray[np.bool_],
) -> tuple[_Ints, ...]:
    """Return the fields of a `cred.folding.Round`, then the edges left: ends and numbers."""
    contributions = len(goes)
    folded, slots, pairs = 0, 0, 0
    for row in range(contributions):
        if goes[row]:
            has = int(count[row])
            folded += 1
            slots += has
            pairs += has * (has - 1) // 2

    rows = np.empty(folded, np.uint32)
    owner, neighbour = np.empty(slots, np.uint32), np.empty(slots, np.uint32)
    one, two = np.empty(pairs, np.uint32), np.empty(pairs, np.uint32)
    begin = np.empty(contributions, np.uint32)
    folded, slot, pair = 0, 0, 0
    for row in range(contributions):
        if not goes[row]:
            continue
        rows[folded], begin[row] = row, slot
        for place in range(count[row]):
            owner[slot], neighbour[slot] = folded, found[row, place]
            for before in range(place):
                one[pair], two[pair] = begin[row] + before, slot
                pair += 1
            slot += 1
        folded += 1

    # As large as they can become; memory that is never looked at costs nothing.
    edges = len(first)
    outgoing, filled = np.empty(slots, np.uint32), np.zeros(slots, np.bool_)
    more, more_of = np.empty(edges, np.uint32), np.empty(edges, np.uint32)
    room = edges + pairs
    left_first, left_second = np.empty(room, np.uint32), np.empty(room, np.uint32)
    left_edge = np.empty(room, np.uint32)
    kept, further = 0, 0
    for at in range(edges):
        a, b = first[at], second[at]
        row, other, way = a, b, 0
        if not (a < contributions and goes[a]):
            row, other, way = b, a, 1
            if not (b < contributions and goes[b]):
                left_first[kept], left_second[kept], left_edge[kept] = a, b, edge[at]
                kept += 1
                continue
        slot = begin[row]
        while neighbour[slot] != other:
            slot += 1
        if filled[slot]:
            more[further], more_of[further] = 2 * edge[at] + way, slot
            further += 1
        else:
            filled[slot], outgoing[slot] = True, 2 * edge[at] + way
    for at in range(pairs):
        left_first[kept], left_second[kept] = neighbour[one[at]], neighbour[two[at]]
        left_edge[kept] = next_edge + at
        kept += 1
    return (
        rows,
        outgoing,
        more[:further].copy(),
        more_of[:further].copy(),
        owner,
        neighbour,
        one,
        two,
        left_first[:kept].copy(),
        left_second[:kept].copy(),
        left_edge[:kept].copy(),
    )


@compiled
def fold_numbers(
    rows: _Ints,
    outgoing: _Ints,
    more: _Ints,
    more_of: _Ints,
    owner: _Ints,
    neighbour: _Ints,
    one: _Ints,
    two: _Ints,
    new: int,
    steps: _Floats,
    lost: _Floats,
    loop: _Floats,
) -> tuple[_Floats, _Floats, _Floats]:
    """Fold a round, changing the system in place; return the fields of a `Folded`."""
    slots = len(owner)
    incoming, goes_on = np.empty(slots), np.empty(slots)
    visits = np.empty(len(rows))
    for slot in range(slots):
        incoming[slot], goes_on[slot] = steps[outgoing[slot] ^ 1], steps[outgoing[slot]]
    for at in range(len(more)):
        incoming[more_of[at]] += steps[more[at] ^ 1]
        goes_on[more_of[at]] += steps[more[at]]
    slot = 0
    for at in range(len(rows)):
        row, begin = rows[at], slot
        leaves = lost[row]
        while slot < slots and owner[slot] == at:
            leaves += goes_on[slot]
            slot += 1
        if leaves == 0.0:
            leaves = 1.0
        gone = lost[row] / leaves
        visits[at] = (leaves + loop[row]) / leaves
        for place in range(begin, slot):
            goes_on[place] /= leaves
            lost[neighbour[place]] += incoming[place] * gone
            loop[neighbour[place]] += incoming[place] * goes_on[place]
    for at in range(len(one)):
        a, b = one[at], two[at]
        steps[2 * (new + at)] = incoming[a] * goes_on[b]
        steps[2 * (new + at) + 1] = incoming[b] * goes_on[a]
    return incoming, goes_on, visits


@compiled
def fold_mint(
    rows: _Ints, owner: _Ints, neighbour: _Ints, goes_on: _Floats, mint: _Floats
) -> None:
    """Add to each neighbour its part of what the rows that go have, in place."""
    for slot in range(len(owner)):
        mint[neighbour[slot]] += goes_on[slot] * mint[rows[owner[slot]]]


@compiled
def fold_worth(
    rows: _Ints,
    owner: _Ints,
    neighbour: _Ints,
    incoming: _Floats,
    visits: _Floats,
    value: _Floats,
) -> None:
    """Add to each neighbour what its steps to the rows that go are worth, in place."""
    for slot in range(len(owner)):
        at = owner[slot]
        value[neighbour[slot]] += incoming[slot] * (visits[at] * value[rows[at]])


@compiled
def unfold(
    rows: _Ints,
    owner: _Ints,
    neighbour: _Ints,
    part: _Floats,
    visits: _Floats,
    own: _Floats,
    found: _Floats,
) -> None:
    """Fill in the rows that went: visits · own, and what the neighbours give."""
    slot = 0
    for at in range(len(rows)):
        entering = 0.0
        while slot < len(owner) and owner[slot] == at:
            entering += part[slot] * found[neighbour[slot]]
            slot += 1
        found[rows[at]] = (own[rows[at]] + entering) * visits[at]


@compiled
def unfold_worth(
    rows: _Ints,
    owner: _Ints,
    neighbour: _Ints,
    part: _Floats,
    visits: _Floats,
    own: _Floats,
    found: _Floats,
) -> None:
    """Fill in the rows that went: visits · own, and then what the neighbours give."""
    slot = 0
    for at in range(len(rows)):
        onwards = 0.0
        while slot < len(owner) and owner[slot] == at:
            onwards += part[slot] * found[neighbour[slot]]
            slot += 1
        found[rows[at]] = visits[at] * own[rows[at]] + onwards


# Sweeps, row by row


@compiled
def sweep_order(
    one: _Ints, two: _Ints, rows: int, bucket: int, most: int
) -> tuple[_Ints, NDArray[np.bool_]]:
    """Return rows as `cred.rowwise` takes them, and which lag; ends: newest first."""
    lags = np.zeros(rows, np.bool_)
    degree = np.zeros(rows, np.int32)
    for at in range(len(one)):
        newer, older = min(one[at], two[at]), max(one[at], two[at])
        if newer < rows:
            degree[newer] += 1
        if older < rows:
            lags[older] = True
    groups = (rows // bucket + 1) * (most + 1)
    starts = np.zeros(groups + 1, np.int32)
    for row in range(rows):
        degree[row] = row // bucket * (most + 1) + (
            most if lags[row] else min(degree[row], most - 1)
        )
        starts[degree[row] + 1] += 1
    for group in range(groups):
        starts[group + 1] += starts[group]
    order = np.empty(rows, np.uint32)
    for row in range(rows):
        order[starts[degree[row]]] = row
        starts[degree[row]] += 1
    return order, lags


@compiled
def entries(
    one: _Ints, two: _Ints, edge: _Ints, lags: NDArray[np.bool_], active: int
) -> tuple[_Signed, int, _Ints, _Ints, _Ints, _Ints]:
    """Return the fields of a `cred.rowwise.Plan`; ends: rows as they are taken, then weeks."""
    edges, rows = len(one), len(lags)
    lagging = np.full(rows, -1, np.int32)
    places = active
    for row in range(rows):
        if lags[row]:
            lagging[row] = places
            places += 1

    # Ordered by place and then, stably, by row: edges of one entry are next to each other.
    by_place = np.zeros(places + 1, np.int32)
    by_row = np.zeros(rows + active + 1, np.int32)
    where = np.empty(edges, np.uint32)
    for at in range(edges):
        other = max(one[at], two[at])
        where[at] = lagging[other] if other < rows else other - rows
        by_place[where[at] + 1] += 1
        by_row[min(one[at], two[at]) + 1] += 1
    for number in range(places):
        by_place[number + 1] += by_place[number]
    for row in range(rows + active):
        by_row[row + 1] += by_row[row]
    order = np.empty(edges, np.uint32)
    for at in range(edges):
        order[by_place[where[at]]] = at
        by_place[where[at]] += 1
    sorted_by_row = np.empty(edges, np.uint32)
    for number in range(edges):
        now = order[number]
        row = min(one[now], two[now])
        sorted_by_row[by_row[row]] = now
        by_row[row] += 1

    starts = np.zeros(rows + active + 1, np.uint32)
    place = np.empty(edges, np.uint32)
    step, entry = np.empty(edges, np.uint32), np.empty(edges, np.uint32)
    count = 0
    for number in range(edges):
        now = sorted_by_row[number]
        row = min(one[now], two[now])
        before = sorted_by_row[number - 1]
        if number == 0 or row != min(one[before], two[before]) or where[now] != where[before]:
            place[count] = where[now]
            starts[row + 1] += 1
            count += 1
        step[number] = 2 * edge[now] + (0 if one[now] == row else 1)
        entry[number] = count - 1
    for row in range(rows + active):
        starts[row + 1] += starts[row]
    return lagging, places, starts, place[:count].copy(), step, entry


@compiled
def entry_numbers(
    lagging: _Signed,
    places: int,
    starts: _Ints,
    place: _Ints,
    step: _Ints,
    entry: _Ints,
    steps: _Floats,
    lost: _Floats,
    loop: _Floats,
) -> tuple[_Floats, _Floats, _Floats, _Floats, _Floats]:
    """Return the chances out and in of entries, visits, what leaves weeks by edges, mass."""
    out, into = np.zeros(len(place)), np.zeros(len(place))
    for number in range(len(step)):
        out[entry[number]] += steps[step[number]]
        into[entry[number]] += steps[step[number] ^ 1]
    rows = len(lagging)
    active = len(starts) - 1 - rows
    # What a place sends on: weeks all of it, contributions what lags. Then the rest of theirs.
    mass = np.zeros(places)
    for at in range(len(place)):
        mass[place[at]] += into[at]
    visits = np.empty(rows)
    for row in range(rows):
        leaves = lost[row]
        if lagging[row] >= 0:
            leaves += mass[lagging[row]]
        for at in range(starts[row], starts[row + 1]):
            leaves += out[at]
        visits[row] = (leaves + loop[row]) / leaves if leaves > 0.0 else 1.0
    for week in range(active):
        for at in range(starts[rows + week], starts[rows + week + 1]):
            mass[week] += out[at]
    return out, into, visits, mass[:active].copy(), mass


@compiled
def sweep(
    lagging: _Signed,
    starts: _Ints,
    place: _Ints,
    out: _Floats,
    into: _Floats,
    visits: _Floats,
    mint: _Floats,
    state: _Floats,
    sent: _Floats,
    flow: _Floats,
) -> None:
    """Add to `sent` what is sent to each place, and overwrite `flow`, that of each row.

    Of contributions that lag, `sent` is their flow in the end.
    """
    rows = len(lagging)
    for row in range(rows):
        entering = mint[row]
        for at in range(starts[row], starts[row + 1]):
            entering += into[at] * state[place[at]]
        own = lagging[row]
        if own >= 0:
            entering += sent[own]
        through = entering * visits[row]
        flow[row] = through
        if own >= 0:
            sent[own] = through
        for at in range(starts[row], starts[row + 1]):
            sent[place[at]] += out[at] * through
    for week in range(len(starts) - 1 - rows):
        entering = 0.0
        through = state[week]
        for at in range(starts[rows + week], starts[rows + week + 1]):
            entering += into[at] * state[place[at]]
            sent[place[at]] += out[at] * through
        sent[week] += entering


@compiled
def sweep_back(
    lagging: _Signed,
    starts: _Ints,
    place: _Ints,
    out: _Floats,
    into: _Floats,
    visits: _Floats,
    value: _Floats,
    state: _Floats,
    seen: _Floats,
    worth: _Floats,
) -> None:
    """Add to `seen` what each place sees of worth, and overwrite `worth`, that of each row.

    In the end `state` has the worth of contributions that lag instead of what they saw.
    """
    rows = len(lagging)
    for row in range(rows - 1, -1, -1):
        onwards = value[row]
        for at in range(starts[row], starts[row + 1]):
            onwards += out[at] * state[place[at]]
        own = lagging[row]
        if own >= 0:
            onwards += state[own]
        entering = onwards * visits[row]
        worth[row] = entering
        if own >= 0:
            state[own] = entering
        for at in range(starts[row], starts[row + 1]):
            seen[place[at]] += into[at] * entering
    for week in range(len(starts) - 1 - rows):
        onwards = 0.0
        entering = state[week]
        for at in range(starts[rows + week], starts[rows + week + 1]):
            onwards += out[at] * state[place[at]]
            seen[place[at]] += into[at] * entering
        seen[week] += onwards


# Weeks, by elimination without subtraction


@compiled
def pivots(
    slack: _Floats, ahead: _Floats, back: _Floats, follows: NDArray[np.bool_]
) -> _Floats:
    """Return what leaves each week ahead in time and for good; changes `slack` in place."""
    found = np.empty(len(slack))
    for week in range(len(slack)):
        if follows[week]:
            slack[week] += back[week] * slack[week - 1] / found[week - 1]
        found[week] = ahead[week] + slack[week]
    return found


@compiled
def through(lower: _Floats, upper: _Floats, inverse: _Floats, flow: _Floats) -> None:
    """Solve in place: the flow through each week, from what enters.

    Products are of numbers from 0 up; those before the first week and behind the last are 0.
    """
    before = 0.0
    for week in range(len(flow)):
        before = flow[week] + lower[week] * before
        flow[week] = before
    behind = 0.0
    for week in range(len(flow) - 1, -1, -1):
        behind = flow[week] * inverse[week] + upper[week] * behind
        flow[week] = behind


@compiled
def through_worth(lower: _Floats, upper: _Floats, inverse: _Floats, worth: _Floats) -> None:
    """Solve the transposed system in place: what entering each week is worth."""
    before, passes = 0.0, 0.0
    for week in range(len(worth)):
        before = worth[week] + passes * before
        passes = upper[week]
        worth[week] = before
    behind, passes = 0.0, 0.0
    for week in range(len(worth) - 1, -1, -1):
        behind = worth[week] * inverse[week] + passes * behind
        passes = lower[week]
        worth[week] = behind


# Fixed points


@compiled
def moved(mass: _Floats, before: _Floats, after: _Floats) -> float:
    """Return the sum of absolute changes, by the mass of each row."""
    size = 0.0
    for row in range(len(mass)):
        size += mass[row] * abs(after[row] - before[row])
    return size


@compiled
def largest(
    before: _Floats, after: _Floats, reached: _Floats, rounding: float, tiny: float
) -> float:
    """Return the largest change as a part of what was reached, but for rounding."""
    most = 0.0
    for row in range(len(after)):
        size = abs(after[row] - before[row])
        if size > tiny and size > rounding * abs(after[row]):
            most = max(most, size / abs(reached[row]))
    return most


@compiled
def combined(
    state: _Floats, previous: _Floats, after: _Floats, ahead: float, weight: float
) -> None:
    """Overwrite `previous` with the next state of Chebyshev's iteration."""
    for row in range(len(state)):
        change, old = after[row] - state[row], previous[row]
        previous[row] = weight * (ahead * change + state[row] - old) + old
