"""Every error `cred` raises, and what its caller can do about it.

CredError
├── InvalidInputError(ValueError)   the caller broke a documented precondition: fix the input
│   └── OverlapError                two graphs claim the same address: rename or drop one
└── NotConvergedError               the numbers are unusable: raise `max_steps` or `tolerance`

Each message is one sentence that names the offending thing (a node's address, a participant,
a parameter) and says what would be right, because it is shown to operators as it is.
"""

from typing import ClassVar


class CredError(Exception):
    """Base of everything `cred` raises on purpose."""

    exit_status: ClassVar[int] = 1
    """Status with which a command ends that this error stopped: it could not be done."""


class InvalidInputError(CredError, ValueError):
    """A documented precondition does not hold."""

    exit_status = 2  # the input is wrong


class OverlapError(InvalidInputError):
    """Two graphs that must be disjoint share an address; the message names both."""


class NotConvergedError(CredError):
    """The iteration did not reach its tolerance; no score may be made of it.

    Attributes
    ----------
    steps
        Steps taken.
    residual
        Residual after the last of them, in the units of the tolerance.
    """

    def __init__(self, steps: int, residual: float, tolerance: float) -> None:
        super().__init__(
            f"CredRank did not converge: residual {residual:.3g} after {steps} steps, "
            f"{tolerance:.3g} wanted; raise max_steps or tolerance."
        )
        self.steps = steps
        self.residual = residual
        self.tolerance = tolerance
