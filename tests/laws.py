"""How laws (tests of Hypothesis) are tried: always on the same examples, or on many new ones.

`make test` uses the profile "fixed", so that whether it passes depends on the code alone:
the seed of a law is computed from its text, and nothing found earlier is tried again.
`make laws` uses the profile "laws". No profile has deadlines: how long an example takes says
nothing on a shared machine.
"""

from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

EXAMPLES: Final = 100
"""How many of them a law is tried on by `make test`, unless it says otherwise."""
TIMES: Final = 20
"""How many times more `make laws` tries."""


def register() -> None:
    """Make both profiles known; use the fixed one unless `--hypothesis-profile` is given."""
    any_profile = settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.register_profile("fixed", any_profile, derandomize=True, database=None)
    settings.register_profile(
        "laws",
        any_profile,
        derandomize=False,
        max_examples=EXAMPLES * TIMES,
        print_blob=True,
    )
    settings.load_profile("fixed")
    # Hypothesis also draws constants that it finds in whatever is imported so far. Examples
    # would change with the tests that ran before, and with every constant of the program.
    providers._get_local_constants = lambda: providers._local_constants  # noqa: SLF001


def examples(usual: int) -> int:
    """Return the `max_examples` of a law that needs other than `EXAMPLES` in `make test`."""
    return usual * settings().max_examples // EXAMPLES
