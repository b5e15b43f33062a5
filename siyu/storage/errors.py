"""Errors that a user can act on. Each says what, where and what to do, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DataError


class SiyuError(Exception):
    """Base of every error whose text is meant for a user.

    ``code`` is stable and machine-readable; ``zh`` and ``en`` are complete sentences; ``field`` names the
    form field, JSON path or row it belongs to, where there is one.
    """

    status = 400

    def __init__(self, code: str, zh: str, en: str, *, field: str | None = None, **detail: Any) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en
        self.field = field
        self.detail: Mapping[str, Any] = detail

    def text(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


class BadInput(SiyuError):
    """What was given can't be used as it is: mend it and try again."""

    status = 400


class NotFound(SiyuError):
    """There is no such thing, or not any more."""

    status = 404


class NotAllowed(SiyuError):
    """The caller lacks the permission."""

    status = 403


class Conflict(SiyuError):
    """The thing has changed, or is in a state in which this can't be done."""

    status = 409


class Unavailable(SiyuError):
    """It can't be done now (a disk is full, another process holds the folder); nothing was changed."""

    status = 503


def value_unfit(error: Exception) -> bool:
    """Whether a store refused a value: a number too large for it, a character that it can't keep."""
    return isinstance(error, (DataError, OverflowError)) or "NUL (0x00)" in str(error)
