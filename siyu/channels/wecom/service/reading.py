"""What the platform's messages say, in the words of the tables. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ORIGINS: Mapping[int, str] = {3: "customer", 4: "platform", 5: "staff"}
TEXT_CHARACTERS_MAX = 4_000
STATE_OF_CHANGE: Mapping[int, int] = {1: 3, 2: 3, 3: 4, 4: 3}
"""session_status_change: 1 taken from the pool, 2 handed over, 3 ended, 4 taken up again → the session's state."""
FAIL_REASONS: Mapping[int, tuple[str, str]] = {
    1: ("客服账号已删除", "The service account was deleted"),
    2: ("应用已关闭", "The app is closed"),
    4: ("超过 48 小时", "More than 48 hours"),
    5: ("会话已关闭", "The conversation is closed"),
    6: ("超过 5 条", "More than 5 messages"),
    7: ("未绑定视频号", "No video channel is bound"),
    8: ("主体未验证", "The company is not verified"),
    10: ("客户拒收", "The customer refuses messages"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing of the list. ``event`` is the platform's own type, "" for a message. ``state``/``servicer`` where it
    says so; ``failed`` is the message of ours that did not arrive, with the platform's number for why."""

    open_kfid: str
    external_userid: str
    msgid: str
    at: datetime
    origin: str
    kind: str
    text: str
    event: str = ""
    servicer: str = ""
    scene: str = ""
    state: int | None = None
    failed: tuple[str, int] | None = None


def read(item: Mapping[str, Any]) -> Told | None:
    """None for what is about no customer."""
    kind = str(item.get("msgtype") or "")
    inside = item.get(kind)
    inside = inside if isinstance(inside, Mapping) else {}
    event = str(inside.get("event_type") or "") if kind == "event" else ""
    of = {**item, **inside} if event else item
    customer, account = str(of.get("external_userid") or ""), str(of.get("open_kfid") or "")
    if not customer or not account:
        return None
    failed = (str(inside.get("fail_msgid")), int(inside.get("fail_type") or 0)) if event == "msg_send_fail" else None
    return Told(
        account,
        customer,
        str(item.get("msgid") or _own_name(item)),
        _moment(item.get("send_time")),
        ORIGINS.get(int(item.get("origin") or 4), "platform"),
        event or kind or "unknown",
        _text(kind, inside)[:TEXT_CHARACTERS_MAX],
        event,
        str(of.get("new_servicer_userid") or of.get("servicer_userid") or ""),
        str(of.get("scene_param") or of.get("scene") or ""),
        STATE_OF_CHANGE.get(int(of.get("change_type") or 0)) if event == "session_status_change" else None,
        failed,
    )


def _text(kind: str, inside: Mapping[str, Any]) -> str:
    """What can be read of it."""
    if kind == "text":
        return str(inside.get("content") or "")
    parts = [str(inside[name]) for name in ("title", "desc", "name", "address", "head_content") if inside.get(name)]
    return " · ".join(parts)


def _own_name(item: Mapping[str, Any]) -> str:
    """Without a name of the platform's it is known by its content."""
    return hashlib.sha256(json.dumps(item, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


def _moment(seconds: Any) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
