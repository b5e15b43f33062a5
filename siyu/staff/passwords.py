"""Passwords and secrets: how they are kept (argon2id, sha256) and what is asked of them."""

from __future__ import annotations

import base64
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from siyu.storage import BadInput

PASSWORD_CHARACTERS_MIN = 10
PASSWORD_CHARACTERS_MAX = 256
_COMMON = frozenset({"1234567890", "0123456789", "password12", "qwertyuiop", "1111111111", "woaini1314", "abcd123456"})

_hasher = PasswordHasher()


def check_new(password: str, login: str, *, field: str = "password") -> None:
    """Refuse a password that is too short, too long, too common, or holds the login."""
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise BadInput(
            "password_length",
            f"密码需要 {PASSWORD_CHARACTERS_MIN} 到 {PASSWORD_CHARACTERS_MAX} 个字符。",
            f"A password has {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters.",
            field=field,
        )
    if password.lower() in _COMMON or len(set(password)) < 4 or (login and login.lower() in password.lower()):
        raise BadInput(
            "password_weak",
            "这个密码太容易被猜到，请换一个（例如几个不相干的词）。",
            "This password is easy to guess; choose another (a few unrelated words, for example).",
            field=field,
        )


def keep(password: str) -> str:
    """What is stored of a password: an argon2id string with its salt and costs."""
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the one. Takes as long for a login that does not exist (``None``)."""
    try:
        return _hasher.verify(stored or _of_nobody(), password[: PASSWORD_CHARACTERS_MAX + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def _of_nobody() -> str:
    """What could be stored of a password, but is of none: as dear to look at, and made without work (a real one would
    take a tenth of a process's start)."""
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    sizes = (_hasher.salt_len, _hasher.hash_len)
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in sizes)
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


def new_secret(prefix: str = "") -> str:
    """An unguessable text (256 bits), after an optional prefix that says what it is."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret. It is random, so a plain sha256 can't be searched backwards."""
    return hashlib.sha256(secret.encode()).hexdigest()
