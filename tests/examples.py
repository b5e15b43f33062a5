"""How many examples a law is tried on: few in every run, ten times as many with ``--hypothesis-profile=thorough``."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

EVERY_RUN, THOROUGH = 100, 1_000
_UNDISTURBED: dict[str, Any] = {
    "deadline": None,  # how long an example takes says nothing on a machine that others use too
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}


def register_profiles() -> None:
    """For the conftest: before tests are collected, and before the command line chooses a profile."""
    settings.register_profile("siyu", max_examples=EVERY_RUN, **_UNDISTURBED)
    settings.register_profile("thorough", max_examples=THOROUGH, **_UNDISTURBED)
    settings.load_profile("siyu")


def examples(count: int, **more: Any) -> settings:
    """``@examples(40)``: so many in every run. ``more`` goes to :class:`hypothesis.settings`."""
    return settings(max_examples=max(1, count * settings.default.max_examples // EVERY_RUN), **more)
