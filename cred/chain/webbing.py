"""Webbing: how flow passes between the weeks of one participant.

A walk in week v goes to week v + 1 with probability f and to v - 1 with probability b; at the
last week the former, and at the first week the latter, stays where it is. The inflow from
outside, x, and the total flow through the weeks, y, satisfy y = x + Wᵀ y, one tridiagonal
system per participant:

    (1 - b[v = first] - f[v = last]) y[v] - f y[v - 1] - b y[v + 1] = x[v]

Elimination needs no pivoting: the matrix is diagonally dominant by e = 1 - f - b, the
probability of leaving the participant. The pivots are computed without subtraction (Grassmann,
Taksar and Heyman 1985): with s[first] = e and s[v] = e + b s[v - 1] / (f + s[v - 1]) they are
f + s[v], and s[v] at the last week. So every y is a sum of products of non-negative numbers,
exact to rounding however small it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.chain.parameters import Parameters
from cred.errors import InvalidInputError


@dataclass(frozen=True, slots=True, eq=False)
class Webbing:
    """The factored system for a number of weeks, the same for every participant."""

    forward: float
    backward: float
    pivots: NDArray[np.float64]
    """Shape (w,)."""

    def solve(self, inflow: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the flow through each week, given the inflow from outside.

        Parameters
        ----------
        inflow
            Shape (w, …): weeks first. Overwritten with the result, which is returned.
        """
        ratio = self.forward / self.pivots
        for week in range(1, len(self.pivots)):
            inflow[week] += ratio[week - 1] * inflow[week - 1]
        inflow[-1] /= self.pivots[-1]
        for week in range(len(self.pivots) - 2, -1, -1):
            inflow[week] += self.backward * inflow[week + 1]
            inflow[week] /= self.pivots[week]
        return inflow

    def solve_transposed(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the worth of each week: what a unit of inflow to it adds to Σ value[v] · y[v].

        This solves the transposed system. Argument and result have shape (w, …): weeks first.
        """
        worth = value.astype(np.float64)
        worth[0] /= self.pivots[0]
        for week in range(1, len(worth)):
            worth[week] = (worth[week] + self.backward * worth[week - 1]) / self.pivots[week]
        for week in range(len(worth) - 2, -1, -1):
            worth[week] += self.forward / self.pivots[week] * worth[week + 1]
        return worth


def webbing(parameters: Parameters, weeks: int) -> Webbing:
    """Return the factored system of a number of weeks.

    Raises
    ------
    InvalidInputError
        If the two webbing parameters sum to 1, so that nothing ever leaves a participant.
    """
    forward, backward = parameters.webbing_forward, parameters.webbing_backward
    leak = parameters.seed_return + parameters.accrual + parameters.remainder
    if leak <= 0.0:
        raise InvalidInputError(
            "webbing_forward and webbing_backward must sum to less than 1, or nothing that "
            "reaches a participant ever leaves."
        )
    slack = leak
    pivots = np.empty(weeks)
    for week in range(weeks - 1):
        pivots[week] = forward + slack
        slack = leak + backward * slack / pivots[week]
    pivots[-1] = slack
    return Webbing(forward, backward, pivots)
