"""The parts every compiled query is put together from: bound parameters, moments, JSON paths.

Values a user wrote reach the engine only as bound parameters; the one exception is a property path, which must be an
identifier and is checked and quoted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from siyu.storage import BadInput
from siyu.storage.ledger import to_millis

PATH_LENGTH_MAX = 200
_PATH = re.compile(r"[^\x00-\x1f`\\\"'\x7f]+")


@dataclass(frozen=True)
class Moment:
    """When a rule is asked, and in which time zone its dates are meant."""

    now: datetime
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    @property
    def millis(self) -> int:
        return to_millis(self.now)


@dataclass
class Query:
    """Collects the bound parameters of one query."""

    moment: Moment
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])

    def _bind(self, value: Any, kind: str) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"{{{name}:{kind}}}"

    def text(self, value: str) -> str:
        return self._bind(value, "String")

    def texts(self, values: Iterable[str]) -> str:
        return self._bind(list(values), "Array(String)")

    def numbers(self, values: Iterable[int]) -> str:
        return "[" + ", ".join(f"toUInt32({int(value)})" for value in values) + "]"


def instant(millis: int) -> str:
    """SQL: a moment, as the type of ``events.time``."""
    return f"fromUnixTimestamp64Milli(toInt64({int(millis)}), 'UTC')"


def check_path(path: str, at: str) -> None:
    """Refuse what can't be the path of a property."""
    if len(path) > PATH_LENGTH_MAX or not _PATH.fullmatch(path) or path.startswith(".") or path.endswith("."):
        raise BadInput(
            "rule_path",
            f"属性路径「{path[:50]}」不可用：不能为空、不能含引号、反斜杠或控制字符，最长 {PATH_LENGTH_MAX} 个字符。",
            f"“{path[:50]}” can't be a property path: no quotes, backslashes or control characters, not empty, "
            f"at most {PATH_LENGTH_MAX} characters.",
            field=at,
        )


def json_value(column: str, path: str, kind: str) -> str:
    """SQL: the value at ``path`` if it has this type there, else NULL."""
    return f"{column}.`{path}`.:{kind}"
