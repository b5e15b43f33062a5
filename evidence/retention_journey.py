"""The journey of ``journeys.retention``: two ways to receive a new friend, by lot, in one document."""

from __future__ import annotations

from typing import Any

from evidence.living_shop import LivingShop

SPLIT, PLAIN, GOLDEN = "lot", 0, 1
CONTENT = (
    "精华和水乳谁先谁后：质地稀的在前，厚的在后；早上用完记得防晒。",
    "面膜一周两次就够，敷完洗掉再上水乳，脸上不会闷。",
    "口红颜色怎么挑：手腕血管偏蓝选冷调，偏绿选暖调，拿不准就发照片来。",
)
"""Useful ones; the same words in both arms."""

PLAIN_WAITS, BETWEEN = 3 * 24 * 60, 16 * 60
CAPS = {"cap": 12, "cap_channel": 8}
"""Marketing messages in seven days, set by the shop for both arms: the golden hours alone take most of what the guard
allows as it ships, and the arms would not get the same content."""

QUIET = {"begin": "23:00", "end": "08:30", "sms_begin": "20:00", "sms_end": "09:00", "service_too": False}
"""Half an hour later than as it ships: at this pace a message for 22:00 leaves some minutes later."""


def document(shop: LivingShop, wecom: int, webhook: int, waits: int = PLAIN_WAITS) -> dict[str, Any]:
    """First arm: the bare welcome (which the welcome rules say to everybody), after ``waits`` minutes the content at
    10:00. Second: the ready golden 72 hours as they are, then the content at each person's best hour."""
    golden = shop.post("/api/journeys/ready", {"key": "golden_72", "accounts": [wecom]})["draft"]
    nodes = [node for node in map(_filled_in, golden["nodes"]) if node["type"] != "exit"]
    lot = {
        "type": "split",
        "id": SPLIT,
        "title": "怎样接待新朋友",
        "arms": [
            {"share": 50, "to": "later", "title": "只有欢迎语，10:00 发"},
            {"share": 50, "to": golden["start"], "title": "黄金 72 小时，最佳时段发"},
        ],
    }
    plain = [{"type": "wait", "id": "later", "minutes": waits, "next": "at_0"}]
    best: list[dict[str, Any]] = []
    for turn, text in enumerate(CONTENT):
        last = turn + 1 == len(CONTENT)
        plain += [
            {"type": "wait_until", "id": f"at_{turn}", "clock": "10:00", "next": f"plain_{turn}"},
            _content(f"plain_{turn}", text, webhook, "out" if last else f"at_{turn + 1}"),
        ]
        hour = {"type": "best_hour", "id": f"hour_{turn}", "hours": 24, "next": f"best_{turn}"}
        best += [hour, _content(f"best_{turn}", text, webhook, "out" if last else f"gap_{turn}")]
        if not last:
            best.append({"type": "wait", "id": f"gap_{turn}", "minutes": BETWEEN, "next": f"hour_{turn + 1}"})
    return {
        **golden,
        "name": "新朋友：两种接待方式",
        "start": SPLIT,
        "nodes": [lot, *plain, *nodes, *best, {"type": "exit", "id": "out"}],
    }


def _content(id: str, text: str, account: int, next: str) -> dict[str, Any]:
    said = {"channels": [account], "content": {"webhook": {"text": text}}, "kind": "marketing", "tone": "useful"}
    return {"type": "message", "id": id, "title": id, **said, "next": next}


def _filled_in(node: dict[str, Any]) -> dict[str, Any]:
    """A node of the ready journey with the shop's own words for what it leaves open, going on to the content."""
    return _replaced(node)


def _replaced(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: "hour_0" if key != "id" and each == "end" else _replaced(each) for key, each in part.items()}
    if isinstance(part, list):
        return [_replaced(each) for each in part]
    if isinstance(part, str) and "〔" in part:
        for gap, own in GAPS.items():
            part = part.replace(gap, own)
        head, *rest = part.split("〔")
        return head + "".join(f"https://tingyu.example/shop{each.partition('〕')[2]}" for each in rest)
    return part


GAPS = {"〔名字〕": "小满", "〔来源〕": "小红书", "〔专属优惠码〕": "TINGYU-20", "〔新人优惠码〕": "TINGYU-10"}
