"""Hypothesis has no deadlines: how long an example takes says nothing on a shared machine."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "credbot", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("credbot")
