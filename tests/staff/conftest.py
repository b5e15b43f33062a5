"""Passwords cost little here, so that a test of something else does not wait for them."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from siyu.staff import passwords


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", hasher.hash("nobody"))
