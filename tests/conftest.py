"""Every test runs under one of the Hypothesis profiles of `tests.laws`."""

from tests import laws

laws.register()
