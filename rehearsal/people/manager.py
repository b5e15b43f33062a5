"""The shop's manager in the product, once there are friends: one audience, one broadcast to it.

One message a customer and adviser a day is the platform's own limit, so there is one; the next are the reader's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rehearsal.people.founding import Product

FRIENDS_MIN = 10
SECONDS_MIN = 45.0
LOOK_SECONDS = 2.0
OPENS, CLOSES = 9, 20
"""Local hours in which a marketing message may go out by every rule that the product has; outside of them the first
message is one of service, which may be sent at any hour."""

AUDIENCE, BROADCAST = "企业微信新朋友", "新朋友第一课"
RULE = {"type": "did", "event": "friend_added"}
MARKETING = (
    "换季护肤小课堂：精华先用水状、再用油状，面膜一周两次就够。本周新朋友限时福利：任选精华或面膜享 8 折，"
    "想知道哪款适合您，直接回复我就好。"
)
SERVICE = (
    "您的汀屿会员权益已开通：精华、面膜等正装可申领试用装，30 天内不合适可退换。使用中有任何问题，直接回复我就好。"
)


@dataclass
class Manager:
    """``began``: when this watch began (machine time, epoch seconds); ``account``: the product's WeCom account."""

    product: Product
    account: int
    began: float
    done: bool = False
    looked: float = 0.0

    def step(self, friends: int, now: datetime) -> None:
        """Sends the first message once the product itself would reach a few friends. ``now`` in the shop's zone."""
        at = now.timestamp()
        if self.done or friends < FRIENDS_MIN or at - self.began < SECONDS_MIN or at - self.looked < LOOK_SECONDS:
            return
        self.looked = at
        draft = self._draft(marketing=OPENS <= now.hour < CLOSES)
        if draft["state"] == "draft":
            counted = self.product.get(f"/api/broadcasts/{draft['id']}/count?exact=true")
            if counted["will_reach"] < FRIENDS_MIN / 2:
                return  # what the platform told is not in the product's log yet
            self.product.post(f"/api/broadcasts/{draft['id']}/start")
        self.done = True

    def _draft(self, *, marketing: bool) -> dict[str, Any]:
        """The one there is, or a new one."""
        for known in self.product.get("/api/broadcasts")["items"]:
            if known["draft"]["name"] == BROADCAST:
                return known
        draft = {
            "name": BROADCAST,
            "audience": self._audience(),
            "channels": [self.account],
            "content": {"wecom": {"text": MARKETING if marketing else SERVICE}},
            "kind": "marketing" if marketing else "service",
            "tone": "promotional" if marketing else "useful",
        }
        return self.product.post("/api/broadcasts", **draft)

    def _audience(self) -> int:
        for known in self.product.get("/api/audiences"):
            if known["name"] == AUDIENCE:
                return int(known["id"])
        return int(self.product.post("/api/audiences", name=AUDIENCE, rule=RULE)["id"])
