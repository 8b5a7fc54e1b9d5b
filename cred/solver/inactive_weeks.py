"""Runs of inactive weeks, eliminated in closed form.

A participant's week that no edge joins only passes flow on: forward with probability f, back
with probability b, and with e = 1 - f - b it is lost to the seed and the accumulator. A run of
k such weeks therefore does one of three things, with fixed probabilities, to flow that enters
it at one end: it *passes* out at the far end, *returns* to where it came from, or is *lost* on
the way. If the run is extended by one week at the end where flow enters,

    D = back + e + ahead (lost + pass)                       (what leaves the new week for good)
    pass' = ahead pass / D     return' = back / D     lost' = (e + ahead lost) / D

starting from pass = 1, return = lost = 0 for a run without weeks. Beyond the last active week
the run ends where time ends, and flow stays in the last week: the recurrence is the same,
starting from pass = 0, return = 1 (the active week is the last one). Nothing is ever subtracted
(Grassmann, Taksar, Heyman 1985), so each probability is exact to rounding, and the three sum
to 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class InactiveRuns:
    """What becomes of flow that enters a run of k weeks; arrays of shape (longest + 1,)."""

    passes: NDArray[np.float64]
    returns: NDArray[np.float64]
    lost: NDArray[np.float64]


def runs_between(ahead: float, back: float, leak: float, longest: int) -> InactiveRuns:
    """Return the probabilities for runs between two active weeks.

    Parameters
    ----------
    ahead, back
        Probability of a step away from, and back to, the end where flow enters.
    leak
        Probability of being lost in a week: 1 - ahead - back; more than 0.
    longest
        Weeks of the longest run.
    """
    return _runs(ahead, back, leak, longest, passes=1.0)


def runs_to_the_end(ahead: float, back: float, leak: float, longest: int) -> InactiveRuns:
    """Return the probabilities for runs from an active week to an end of the time axis."""
    return _runs(ahead, back, leak, longest, passes=0.0)


def _runs(
    ahead: float, back: float, leak: float, longest: int, *, passes: float
) -> InactiveRuns:
    chances = np.empty((3, longest + 1))
    chances[:, 0] = passes, 1.0 - passes, 0.0
    lost = 0.0
    for weeks in range(1, longest + 1):
        leaves = back + leak + ahead * (lost + passes)
        passes, lost = ahead * passes / leaves, (leak + ahead * lost) / leaves
        chances[:, weeks] = passes, back / leaves, lost
    return InactiveRuns(*chances)
