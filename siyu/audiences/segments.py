"""The eleven segments of RFM, and the scores that lead to them: the same for the layers and for the report.

The grid is the one that the field uses since Putler's, made disjoint: every pair of scores lies in exactly one segment.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its name, what it means, and the first thing to do for its people."""

    code: str
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    advice_zh: str
    advice_en: str


SEGMENTS: tuple[Segment, ...] = (
    Segment(
        "champions",
        "冠军客户",
        "Champions",
        "刚买过、常买、买得多。",
        "Bought just now, buy often, spend most.",
        "请他们先试新品、带朋友来。",
        "Let them try new things first and bring friends.",
    ),
    Segment(
        "loyal",
        "忠诚客户",
        "Loyal",
        "经常买、花费高，最近也来过。",
        "Buy often, spend well, came not long ago.",
        "给权益而不只是折扣。",
        "Give rights, not only prices.",
    ),
    Segment(
        "potential_loyal",
        "潜力忠诚",
        "Potential loyalists",
        "最近买过，次数或金额中等。",
        "Bought lately, in middling number or amount.",
        "推荐关联商品，邀请入会。",
        "Suggest what goes with it; invite to membership.",
    ),
    Segment(
        "new",
        "新客户",
        "New customers",
        "刚刚第一次买。",
        "Just bought, for little so far.",
        "做好欢迎和使用指导。",
        "Welcome them and help them use it.",
    ),
    Segment(
        "promising",
        "有望客户",
        "Promising",
        "不久前买过一点。",
        "Bought a little not long ago.",
        "用有用的内容保持来往。",
        "Stay in touch with something useful.",
    ),
    Segment(
        "need_attention",
        "需要关注",
        "Need attention",
        "各项中等，渐渐来得少了。",
        "Middling in all, coming less.",
        "按其偏好给一次有时限的理由。",
        "Offer one timely reason that fits their taste.",
    ),
    Segment(
        "about_to_sleep",
        "即将沉睡",
        "About to sleep",
        "有一阵没来，买得也不多。",
        "Not seen for a while, never bought much.",
        "轻轻提醒，推荐热门。",
        "A gentle reminder with what others like.",
    ),
    Segment(
        "at_risk",
        "有流失风险",
        "At risk",
        "以前买得不错，很久没来了。",
        "Used to buy well, long not seen.",
        "由顾问一对一问候。",
        "A personal word from an adviser.",
    ),
    Segment(
        "cannot_lose",
        "不能失去",
        "Can't lose them",
        "曾经买得最多，很久没来了。",
        "Used to buy the most, long not seen.",
        "电话或见面，先听原因。",
        "Call or meet them; listen first.",
    ),
    Segment(
        "hibernating",
        "沉睡客户",
        "Hibernating",
        "很久没来，次数和金额都低。",
        "Long not seen, few and small purchases.",
        "偶尔触达，勿打扰。",
        "Reach them rarely, do not disturb.",
    ),
    Segment(
        "lost",
        "已流失",
        "Lost",
        "最久没来，买得最少。",
        "Longest not seen, bought least.",
        "把精力留给别人。",
        "Spend the effort elsewhere.",
    ),
)

BY_CODE: dict[str, Segment] = {segment.code: segment for segment in SEGMENTS}

SCORES = 5
"""Scores go from 1 to this."""

GRID: dict[int, tuple[str, str, str, str, str]] = {
    5: ("new", "potential_loyal", "potential_loyal", "champions", "champions"),
    4: ("promising", "potential_loyal", "potential_loyal", "loyal", "champions"),
    3: ("about_to_sleep", "need_attention", "need_attention", "loyal", "loyal"),
    2: ("hibernating", "about_to_sleep", "at_risk", "at_risk", "cannot_lose"),
    1: ("lost", "hibernating", "at_risk", "cannot_lose", "cannot_lose"),
}
"""The segment's code by recency (down; 5: just bought) and value (across; 5: the most)."""


def fifth_sql(column: str) -> str:
    """SQL: which fifth of all rows a row's value lies in, 1 for the least; equal values share a score."""
    return f"toUInt8(1 + intDiv({SCORES} * (rank() OVER (ORDER BY {column}) - 1), count() OVER ()))"


def value_sql(frequency: str, money: str) -> str:
    """SQL: frequency and money as one score, their mean, halves up."""
    return f"intDiv({frequency} + {money} + 1, 2)"


def segment_sql(recency: str, value: str) -> str:
    """SQL: the code of the segment of two scores."""
    rows = ["[" + ", ".join(f"'{code}'" for code in GRID[score]) + "]" for score in range(1, SCORES + 1)]
    return f"[{', '.join(rows)}][{recency}][{value}]"
