"""Passwords cost little in tests of something else: import ``cheap_passwords`` into a conftest."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from siyu.staff import passwords

OF_THE_PRODUCT = passwords._hasher  # pyright: ignore[reportPrivateUsage]
"""What the product itself hashes with."""
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id with little work."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
