"""Journeys for the tests of this room."""

from __future__ import annotations

from typing import Any

from siyu.reach.journeys.model import Journey, parse

WELCOME: dict[str, Any] = {
    "name": "新客关怀",
    "trigger": {"type": "event", "on": {"event": "friend_added"}},
    "start": "tag",
    "nodes": [
        {"type": "tag", "id": "tag", "add": [1], "next": "day"},
        {"type": "wait", "id": "day", "minutes": 1440, "next": "bought"},
        {
            "type": "branch",
            "id": "bought",
            "cases": [{"rule": {"type": "did", "event": "order_paid"}, "to": None}],
            "otherwise": "hello",
        },
        {
            "type": "message",
            "id": "hello",
            "title": "三天后的问候",
            "channels": [1],
            "content": {"fake": {"text": "{{ person.name }}好"}},
            "next": "answer",
        },
        {"type": "wait_event", "id": "answer", "match": {"event": "order_paid"}, "minutes": 4320},
    ],
}


def journey(*nodes: dict[str, Any], **changes: Any) -> Journey:
    """A journey of these nodes, beginning at the first (or of WELCOME's, where none is given)."""
    own = {"nodes": list(nodes), "start": nodes[0]["id"]} if nodes else {}
    return parse({**WELCOME, **own, **changes})


def wait(id: str, to: str | None = None, minutes: int = 60) -> dict[str, Any]:
    return {"type": "wait", "id": id, "minutes": minutes, "next": to}


def message(id: str, to: str | None = None, **more: Any) -> dict[str, Any]:
    given = {"channels": [1], "content": {"fake": {"text": "你好"}}}
    return {"type": "message", "id": id, "next": to, **given, **more}
