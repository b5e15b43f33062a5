"""Personal values as somebody without ``people.phone`` sees them."""

from __future__ import annotations


def phone(value: str) -> str:
    """``13800001234`` → ``138****1234``; short numbers keep their last two digits only."""
    digits = len(value)
    if digits >= 11:
        return f"{value[: digits - 8]}****{value[-4:]}"
    return "*" * max(digits - 2, 4) + value[-2:] if digits > 4 else "****"


def email(value: str) -> str:
    """``zhang.wei@example.com`` → ``z****@example.com``."""
    name, at, domain = value.rpartition("@")
    return f"{name[:1]}****@{domain}" if at else "****"


def identifier(kind: str, value: str) -> str:
    """Mask by kind of identifier (``phone``, ``email``); every other kind names nobody and stays as it is."""
    if kind == "phone":
        return phone(value)
    return email(value) if kind == "email" else value
