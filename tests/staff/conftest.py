"""Passwords cost little here."""

from __future__ import annotations

from tests.passwords import cheap_passwords

__all__ = ["cheap_passwords"]
