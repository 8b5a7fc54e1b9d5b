"""How unevenly cred is shared out."""

import numpy as np
from numpy.typing import NDArray


def gini(values: NDArray[np.float64]) -> float:
    """Return the Gini coefficient: 0 if all have the same, near 1 if one has all.

    The mean difference between two, in units of twice the mean; computed from the ranks
    (Dixon, Weiner, Mitchell-Olds and Woodley 1987, Ecology 68, 1548).

    Parameters
    ----------
    values
        Shape (n,), none below 0. Without any above 0 the result is 0.

    >>> gini(np.array([1.0, 1.0, 1.0])), gini(np.array([0.0, 0.0, 0.0, 8.0]))
    (0.0, 0.75)
    """
    total, count = float(values.sum()), len(values)
    if not total > 0.0:
        return 0.0
    ranks = np.arange(1, count + 1)
    weighted = float((ranks * np.sort(values)).sum())
    return max(0.0, 2.0 * weighted / (count * total) - (count + 1) / count)


def holders_of_half(values: NDArray[np.float64]) -> int:
    """Return how many of those with most have half of all together; 0 if there is nothing.

    >>> holders_of_half(np.array([1.0, 1.0, 1.0, 1.0])), holders_of_half(np.array([3.0, 1.0]))
    (2, 1)
    """
    total = float(values.sum())
    if not total > 0.0:
        return 0
    sums = np.cumsum(np.sort(values)[::-1])
    return int(np.searchsorted(sums, total / 2.0 * (1.0 - 1e-12))) + 1
