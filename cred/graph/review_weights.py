"""Weights of reviews and of the items they are about.

The weight of a review is the product of its factors' values, divided by an average over its
item's reviewers if a community asks for that. The weight of an item is the sum over its
reviews.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.errors import InvalidInputError
from cred.graph.structure import ABSENT, Structure
from cred.graph.weights import Factor, FactorTable, Rule, Weights
from cred.grouping import sum_by_group

AVERAGED_BY = "role"
"""The factor whose sum over an item's reviewers averages the item's reviews. Reviews that it
does not apply to are not averaged."""


@dataclass(frozen=True, slots=True, eq=False)
class ReviewWeights:
    """Weights of reviews, and of the items they are about."""

    review: NDArray[np.float64]
    """Shape (r,)."""
    item: NDArray[np.float64]
    """Shape (items,): the sum over an item's reviews."""
    factors: Mapping[str, NDArray[np.float64]]
    """By factor name, shape (r,): the factor's value; 1 where it does not apply."""


def review_weights(structure: Structure, weights: Weights) -> ReviewWeights:
    """Return the weights of reviews and items.

    Raises
    ------
    InvalidInputError
        If a factor's weight, or `averaging`, is negative or not finite.
    """
    reviews = structure.reviews
    factors = {}
    for factor in structure.factors:
        name, codes = factor.name, reviews.codes[factor.name]
        table, keys = weights.factor_table(factor), structure.factor_keys[name]
        if table == FactorTable():  # 1 for every code: a broadcast 1 needs no memory
            factors[name] = np.broadcast_to(1.0, codes.shape)
            continue
        values = code_values(factor, table, keys)
        if not keys:  # from a source that has no events yet
            factors[name] = np.broadcast_to(1.0, codes.shape)
            continue
        # The value added at the end is what ABSENT (-1) finds: the factor does not apply.
        factors[name] = np.array([*values, 1.0])[codes]
    weight = np.ones(len(reviews.item))
    with np.errstate(over="ignore", invalid="ignore"):  # callers check the products
        for value in factors.values():
            if value.strides != (0,):
                weight *= value
    if weights.averaging is not None:
        if not (math.isfinite(weights.averaging) and weights.averaging >= 0.0):
            raise InvalidInputError(
                f"averaging must be a number from 0 up, not {weights.averaging}."
            )
        weight /= _averaging_divisors(structure, factors, weights.averaging)
    weight[reviews.void] = 0.0
    return ReviewWeights(weight, sum_by_group(reviews.item, weight, structure.items), factors)


def code_values(
    factor: Factor, table: FactorTable, keys: Sequence[Sequence[str]]
) -> Sequence[float]:
    """Return the value of each code of a factor.

    Raises
    ------
    InvalidInputError
        If one of the weights used is negative or not finite.
    """
    if not table.values and factor.rule is not Rule.PRODUCT:
        # The keys do not matter, so the ids of a million messages need not be written out.
        return [_factor_value(factor.name, factor.rule, table, ())] * len(keys)
    return [_factor_value(factor.name, factor.rule, table, sequence) for sequence in keys]


def _factor_value(name: str, rule: Rule, table: FactorTable, keys: Sequence[str]) -> float:
    listed = [table.values[key] for key in keys if key in table.values]
    for value in (table.default, *listed):
        if not (math.isfinite(value) and value >= 0.0):
            raise InvalidInputError(
                f"weights of the factor {name} must be numbers from 0 up, not {value}."
            )
    if rule is Rule.FIRST:
        return listed[0] if listed else table.default
    if rule is Rule.LARGEST:
        return max([table.default, *listed])
    return math.prod(listed) * table.default ** (len(keys) - len(listed))


def _averaging_divisors(
    structure: Structure, factors: Mapping[str, NDArray[np.float64]], dampener: float
) -> NDArray[np.float64]:
    """Return the number that averaging divides each review's weight by, shape (r,)."""
    reviews = structure.reviews
    divisor = np.ones(len(reviews.item))
    codes = reviews.codes.get(AVERAGED_BY)
    if codes is None:
        return divisor
    averaged = codes != ABSENT
    others = np.flatnonzero(averaged & ~reviews.by_author)
    # Somebody who reviews an item twice counts once.
    pair = reviews.item[others].astype(np.int64)
    pair *= int(reviews.reviewer.max(initial=0)) + 1
    pair += reviews.reviewer[others]
    _, first = np.unique(pair, return_index=True)
    distinct = others[first]
    by_item = sum_by_group(
        reviews.item[distinct], factors[AVERAGED_BY][distinct], structure.items
    )
    by_item += dampener
    by_item[by_item == 0.0] = 1.0
    divisor[averaged] = by_item[reviews.item[averaged]]
    return divisor
