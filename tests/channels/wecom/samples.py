"""Callbacks of every family, as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tests.channels.wecom.told import CORP

Value = str | int | Sequence[str]


def event(name: str, at: datetime, **more: Value) -> bytes:
    """``name`` is ``event`` or ``event.change``; a list becomes ``<Item>`` elements."""
    kind, _, change = name.partition(".")
    fields: dict[str, Value] = {
        "ToUserName": CORP,
        "FromUserName": "sys",
        "CreateTime": int(at.timestamp()),
        "MsgType": "event",
        "Event": kind,
        **({"ChangeType": change} if change else {}),
        **more,
    }
    return f"<xml>{_inside(fields)}</xml>".encode()


def _inside(fields: Mapping[str, Value]) -> str:
    return "".join(f"<{name}>{_text(value)}</{name}>" for name, value in fields.items())


def _text(value: Value) -> str:
    if isinstance(value, str):
        return f"<![CDATA[{value}]]>"
    if isinstance(value, int):
        return str(value)
    return "".join(f"<Item><![CDATA[{each}]]></Item>" for each in value)
