"""Rules of each mechanic under which two people can play it to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RULES: Mapping[str, Mapping[str, Any]] = {
    "red_packet": {"total_cents": 888, "parts": 2},
    "lottery": {
        "prizes": [
            {"name": "玫瑰面膜", "odds": 400_000, "stock": 5, "value_cents": 9_900},
            {"name": "旅行小样", "odds": 600_000, "stock": 5, "value_cents": 990},
        ],
        "friend_draws": 1,
    },
    "bargain": {"product": "保温杯", "price_cents": 9_900, "floor_cents": 990, "cuts": 2},
    "group_buy": {"product": "中秋礼盒", "alone_cents": 19_900, "price_cents": 12_900, "seats": 2},
    "check_in": {
        "rungs": [{"days": 2, "title": "贴纸"}, {"days": 7, "title": "保温杯"}],
        "days": 14,
        "friend_make_ups": 1,
    },
    "free": {"product": "面膜试用装", "friends": 1, "friend_gift": "小样"},
    "crowd": {"rungs": [{"people": 2, "title": "满减券"}, {"people": 4, "title": "正装礼盒"}]},
    "commission": {},
    "group_packet": {"people": 2, "already": 1, "total_cents": 2_000, "parts": 2},
}
