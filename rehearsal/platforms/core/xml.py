"""Callbacks as the platforms write them: text in CDATA, numbers bare, lists as repeated elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Fields = Mapping[str, Any]


def document(fields: Fields, root: str = "xml") -> str:
    """``{"Id": "et1", "Count": 2, "List": {"Item": ["a", "b"]}}`` as XML. ``None`` values are left out."""
    return f"<{root}>{''.join(_element(name, value) for name, value in fields.items())}</{root}>"


def _element(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return document(value, name)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    text = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{text}]]></{name}>"
