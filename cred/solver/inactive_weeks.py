"""Runs of inactive weeks, eliminated in closed form.

A participant's week that no edge joins only passes flow on: ahead with chance f, back with
chance b, and with e = 1 - f - b it is lost to the seed and the accumulator. So a run of k such
weeks does to what enters it at one end one of three things, with fixed chances: it *passes*
out at the far end, *returns* to where it came from, or is *lost* on the way. With the run one
week longer at the end that is entered,

    D = back + e + ahead (lost + pass)                       (what leaves the new week for good)
    pass' = ahead pass / D     return' = back / D     lost' = (e + ahead lost) / D

from pass = 1, return = lost = 0 for no week at all. Behind the last active week the far end is
the end of time, where flow stays in the last week: the same with pass = 0, from return = 1 (the
active week is the last one). Nothing is ever subtracted (Grassmann, Taksar, Heyman 1985), so
each chance is exact to rounding, and the three sum to 1.
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
    """Return the chances for runs between two active weeks.

    Parameters
    ----------
    ahead, back
        Chance of a step away from, and back to, the side that is entered.
    leak
        Chance of being lost in a week: 1 - ahead - back; more than 0.
    longest
        Weeks of the longest run.
    """
    return _grown(ahead, back, leak, longest, passes=1.0)


def runs_to_the_end(ahead: float, back: float, leak: float, longest: int) -> InactiveRuns:
    """Return the chances for runs from an active week to an end of time."""
    return _grown(ahead, back, leak, longest, passes=0.0)


def _grown(
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
