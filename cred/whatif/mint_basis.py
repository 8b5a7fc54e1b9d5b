"""A basis for one factor's weights: what-ifs about emoji, roles or channels without solving.

Flow is linear in what is minted, and a factor's values multiply mints. So the system is solved
once for the mints of each code of the factor, with value 1, and once for all other mints; from
then on everybody's accrued flow under any values is a small matrix product, which is scaled to
what is minted.

This is linear only while nothing is switched off or on: each code's value must be above 0, no
edge may be scaled by reviews (Discourse's topics are), and averaging, which divides by weights,
must be off.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.errors import InvalidInputError
from cred.graph.review_weights import ReviewWeights, code_values, review_weights
from cred.graph.structure import ABSENT, Structure
from cred.graph.weighting import node_weights
from cred.graph.weights import FactorTable, Weights
from cred.grouping import sum_by_group
from cred.whatif.whatif import WhatIf

_Floats = NDArray[np.float64]

_NEUTRAL: Final = FactorTable()
MOST_CODES: Final = 1_000
"""Solving for more codes than this would take minutes."""


class MintBasis:
    """Everybody's cred as a function of one factor's weights, all others as they are.

    Parameters
    ----------
    what_if
        What-ifs of the structure.
    structure
        The graph without weights.
    weights
        The weights in force.
    factor
        Name of the factor whose weights vary.
    tolerance
        Largest sum of all errors of each solution, as a fraction of it.

    Raises
    ------
    InvalidInputError
        If there is no such factor, it has more than `MOST_CODES` codes, or cred is not linear
        in it (see the module's docstring).
    """

    def __init__(
        self,
        what_if: WhatIf,
        structure: Structure,
        weights: Weights,
        factor: str,
        *,
        tolerance: float = 1e-9,
    ) -> None:
        named = [known for known in structure.factors if known.name == factor]
        if not named:
            raise InvalidInputError(f"there is no factor {factor!r}.")
        if weights.averaging is not None or structure.edges.scaled_by_item.any():
            raise InvalidInputError(
                f"cred is not linear in {factor} while averaging is on or edges are scaled by "
                "reviews; ask for the outcome instead."
            )
        self._factor = named[0]
        self._keys = structure.factor_keys[factor]
        if len(self._keys) > MOST_CODES:
            raise InvalidInputError(
                f"{factor} has {len(self._keys):,} codes, more than {MOST_CODES:,}."
            )
        neutral = replace(weights, factors={**weights.factors, factor: _NEUTRAL})
        outcome = what_if.outcome(neutral, tolerance=tolerance)
        columns = []
        minted = []
        for mint in _mints_by_code(
            structure, neutral, factor, len(self._keys), outcome.graph.mint
        ):
            total = float(mint.sum())
            minted.append(total)
            if total > 0.0:
                flow = outcome.reduced.solve(mint, tolerance=tolerance, each=False)
                columns.append((outcome.accrual * flow.weeks).sum(axis=0))
            else:
                columns.append(np.zeros(outcome.accrual.shape[1]))
        self._columns = np.stack(columns, axis=1)
        self._minted = np.array(minted)

    def cred_under(self, table: FactorTable) -> _Floats:
        """Return everybody's cred of all weeks, shape (p,), if the factor had this table.

        Raises
        ------
        InvalidInputError
            If a weight is not above 0; the basis does not know what that switches off.
        """
        values = np.array([*code_values(self._factor, table, self._keys), 1.0])
        if not (values > 0.0).all():
            raise InvalidInputError(
                f"a weight of {self._factor.name} that is 0 switches things off; ask for the "
                "outcome instead."
            )
        accrued = self._columns @ values
        whole = accrued.sum()
        cred: _Floats = accrued * ((self._minted @ values) / whole if whole > 0.0 else 0.0)
        return cred


def _mints_by_code(
    structure: Structure, weights: Weights, factor: str, codes: int, mint: _Floats
) -> list[_Floats]:
    """Return the mints that each code multiplies, and those that none does; shape (n,) each."""
    nodes, reviews = structure.nodes, structure.reviews
    weight = review_weights(structure, weights).review
    all_one = ReviewWeights(np.ones(len(weight)), np.ones(structure.items), {})
    base = node_weights(structure, weights, all_one)
    base[mint == 0.0] = 0.0  # switched off, or a participant's node
    of_review = np.flatnonzero(nodes.review != ABSENT)
    of_item = np.flatnonzero(nodes.mints_item)
    parts = []
    for code in [*range(codes), ABSENT]:
        masked = np.where(reviews.codes[factor] == code, weight, 0.0)
        items = sum_by_group(reviews.item, masked, structure.items)
        part = np.zeros(len(mint))
        part[of_review] = base[of_review] * masked[nodes.review[of_review]]
        part[of_item] = base[of_item] * items[nodes.item[of_item]]
        parts.append(part)
    of_neither = (nodes.review == ABSENT) & ~nodes.mints_item
    parts[-1][of_neither] = base[of_neither]
    return parts
