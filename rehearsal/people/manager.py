"""The shop's manager in the product, once there are friends: one audience, one broadcast to it.

One message a customer and adviser a day is the platform's own limit, so there is one; the next are the reader's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rehearsal.people.founding import Product

FRIENDS_MIN = 10
SECONDS_MIN = 45.0
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

    def step(self, friends: int, now: datetime) -> None:
        """Sends the first message once a few friends are there. ``now`` in the shop's time zone."""
        if self.done or friends < FRIENDS_MIN or now.timestamp() - self.began < SECONDS_MIN:
            return
        self.done = True
        found = self.product.get("/api/broadcasts")
        if any(each["draft"]["name"] == BROADCAST for each in found["items"]):
            return
        self._send(marketing=OPENS <= now.hour < CLOSES)

    def _send(self, *, marketing: bool) -> None:
        draft = {
            "name": BROADCAST,
            "audience": self._audience(),
            "channels": [self.account],
            "content": {"wecom": {"text": MARKETING if marketing else SERVICE}},
            "kind": "marketing" if marketing else "service",
            "tone": "promotional" if marketing else "useful",
        }
        made = self.product.post("/api/broadcasts", **draft)
        self.product.post(f"/api/broadcasts/{made['id']}/start")

    def _audience(self) -> int:
        for known in self.product.get("/api/audiences"):
            if known["name"] == AUDIENCE:
                return int(known["id"])
        return int(self.product.post("/api/audiences", name=AUDIENCE, rule=RULE)["id"])
