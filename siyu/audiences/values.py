"""How a value of unknown type is read: as text, as number, as date, as truth, as list. Once in SQL, once in Python.

- A *text* is a JSON string. An empty one counts as missing where a person's field or "is set" is asked.
- A *number* is a JSON number, or a text that looks like one (``-12.5``). Numbers are compared and added in whole
  ten-thousandths, so that sums do not depend on their order; beyond ±10^14 they count as no number.
- A *date* is a text that begins as ``2026-11-22``; only that part counts, as written.
- A *truth* is ``true`` or ``false``; nothing else is.
- A *list* is a list of texts.
- ``null`` is missing.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

TEN_THOUSANDTHS = 10_000
NUMBER_MAX = 10**14

_NUMBER = r"^[+-]?[0-9]{1,14}(\.[0-9]{1,10})?$"
_DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])($|[T ])"
CANONICAL = re.compile(r"-?(0|[1-9][0-9]{0,13})(\.[0-9]{0,3}[1-9])?")
"""A text that a number is written as; "is 42" then also finds the number 42."""


def number_of(value: Any, *, texts: bool = True) -> int | None:
    """The value in whole ten-thousandths, or None where it is no number."""
    if isinstance(value, Decimal):
        return int(value.scaleb(4))
    if isinstance(value, str):
        if not texts or not re.fullmatch(_NUMBER.strip("^$"), value):
            return None
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= NUMBER_MAX:
        return None
    return round(float(value) * TEN_THOUSANDTHS)


def date_of(value: Any) -> str | None:
    """The date as ``2026-11-22``, or None where the value does not begin with one."""
    return value[:10] if isinstance(value, str) and re.match(_DATE.replace("$", r"\Z"), value) else None


def number_sql(texts: str, whole: str, real: str) -> str:
    """SQL of :func:`number_of` over the typed readings of one JSON path (``texts`` may be empty: no texts)."""
    options = f"isNotNull({real}), {real}, isNotNull({whole}), toFloat64({whole})"
    if texts:
        # whether a text is there is asked first: the pattern is then tried on texts only (measured: 1.3 times faster)
        looks = f"isNotNull({texts}) AND match(ifNull({texts}, ''), '{_escaped(_NUMBER)}')"
        options += f", {looks}, toFloat64OrNull({texts})"
    value = f"multiIf({options}, NULL)"
    return f"if(abs({value}) <= {NUMBER_MAX}, toInt64(round({value} * {TEN_THOUSANDTHS})), NULL)"


def date_sql(text: str) -> str:
    """SQL of :func:`date_of` over a text."""
    return f"if(match(ifNull({text}, ''), '{_escaped(_DATE)}'), substring({text}, 1, 10), NULL)"


def _escaped(pattern: str) -> str:
    return pattern.replace("\\", "\\\\")


def flat(document: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A JSON document as dotted paths, the way the event log keeps it: ``null`` and empty objects vanish."""
    paths: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            paths |= flat(value, f"{prefix}{key}.")
        elif value is not None:
            paths[f"{prefix}{key}"] = value
    return paths
