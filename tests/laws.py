"""Profiles for laws (tests with Hypothesis): always the same examples, or many new ones.

`make test` uses the profile "fixed", so that its result depends only on the code: the seed of a
law is computed from its text, and examples found earlier are not tried again. `make laws` uses
the profile "laws". Neither has deadlines, because on a shared machine the time that an example
takes means nothing.
"""

from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

EXAMPLES: Final = 100
"""The examples that `make test` tries a law on, unless the law says otherwise."""
TIMES: Final = 20
"""`make laws` tries this many times as many."""


def register() -> None:
    """Register both profiles; use the fixed one unless `--hypothesis-profile` is given."""
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
    # Hypothesis also draws constants that it finds in the modules imported so far. Examples
    # would change with the tests that ran before, and with every constant of the program.
    providers._get_local_constants = lambda: providers._local_constants  # noqa: SLF001


def examples(usual: int) -> int:
    """Return the `max_examples` of a law that tries `usual` examples in `make test`."""
    return usual * settings().max_examples // EXAMPLES
