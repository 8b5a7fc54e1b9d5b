"""Sums by group."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def summed(
    group: NDArray[np.integer[Any]], values: NDArray[np.float64], groups: int
) -> NDArray[np.float64]:
    """Return the sum of the values of each group, 0 to `groups` - 1.

    `np.bincount`, but of floats also where there is nothing to count.
    """
    return np.bincount(group, values, minlength=groups).astype(np.float64, copy=False)
