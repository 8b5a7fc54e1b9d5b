"""CredRank's four parameters."""

import math
from dataclasses import asdict, dataclass, fields

from cred.errors import InvalidInputError

_ROUNDING = 1e-12
"""By how much the sum of the four may exceed 1: 0.1 + 0.2 + 0.7 is not exactly 1."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Probabilities of a walk's steps from a participant's week; `seed_return` from anywhere.

    With the `remainder`, what the four leave of 1, a walk goes on along the week's contribution
    edges.

    Raises
    ------
    InvalidInputError
        If one is outside [0, 1] or NaN, or the four sum to more than 1.
    """

    seed_return: float = 0.1
    """Probability of returning to the seed (SourceCred's alpha)."""
    accrual: float = 0.4
    """Probability of going to the week's accumulator; this flow *is* cred (beta)."""
    webbing_forward: float = 0.1
    """Probability of going to the same participant's next week (gammaForward)."""
    webbing_backward: float = 0.1
    """Probability of going to the same participant's previous week (gammaBackward)."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0.0 <= value <= 1.0:  # also refuses NaN
                raise InvalidInputError(f"{field.name} must be from 0 to 1, not {value}.")
        if self._sum() > 1.0 + _ROUNDING:
            raise InvalidInputError(
                "seed_return, accrual, webbing_forward and webbing_backward may sum to at "
                f"most 1, not {self._sum()}."
            )

    def as_mapping(self) -> dict[str, float]:
        """Return the parameters by name, to be kept with the scores made from them."""
        return asdict(self)

    @property
    def remainder(self) -> float:
        """Probability of going on along the week's contribution edges, if there are any."""
        return max(0.0, 1.0 - self._sum())

    def _sum(self) -> float:
        return math.fsum(
            (self.seed_return, self.accrual, self.webbing_forward, self.webbing_backward)
        )
