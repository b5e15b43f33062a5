"""The shop's manager in the product, once there are friends: one audience, and a broadcast to it every week.

One message a customer and adviser a day is the platform's own limit, and the product's guard has its own; a week apart
they keep out of the way of what the reader sends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rehearsal.people.founding import Product

FRIENDS_MIN = 10
FIRST_SECONDS = 6 * 3_600.0
"""Of the people's time, until the first broadcast: whoever watches sees friends come before."""

LOOK_SECONDS = 960.0
"""Of the people's time, between two looks at whether the product would reach enough."""

EVERY = timedelta(days=7)
OPENS, CLOSES = 9, 20
"""Local hours in which a marketing message may go out by every rule that the product has; outside of them the first
message is one of service, which may be sent at any hour, and a later one waits."""

AUDIENCE, BROADCAST = "企业微信新朋友", "新朋友小课堂"
RULE = {"type": "did", "event": "friend_added"}
MARKETING = (
    "换季护肤小课堂：精华先用水状、再用油状，面膜一周两次就够。本周新朋友限时福利：任选精华或面膜享 8 折，"
    "想知道哪款适合您，直接回复我就好。",
    "底妆不卡粉的小办法：上妆前十分钟敷一片补水面膜，粉底少量多次按压。不知道自己的色号？拍张自然光照片发给我。",
    "防晒季提醒：通勤用 SPF30 就够，户外请选 SPF50 并两小时补涂。本周防晒任选两件立减 30 元，想要的直接回复我。",
    "口红显白的秘诀在冷暖调：手腕血管偏蓝选冷调，偏绿选暖调。告诉我您的肤色，我来帮您挑。",
)
SERVICE = (
    "您的汀屿会员权益已开通：精华、面膜等正装可申领试用装，30 天内不合适可退换。使用中有任何问题，直接回复我就好。"
)


@dataclass
class Manager:
    """``began``: the people's time when this watch began (epoch seconds); ``account``: the product's WeCom account."""

    product: Product
    account: int
    began: float
    looked: float = 0.0
    last: datetime | None = None
    """When the last broadcast was begun, as far as is known; the product is not asked again for a week."""

    def step(self, friends: int, lived: float, now: datetime) -> None:
        """Sends a message once the product itself would reach a few friends. ``lived``: the people's time; ``now``: the
        product's, in the shop's zone."""
        early = friends < FRIENDS_MIN or lived - self.began < FIRST_SECONDS or lived - self.looked < LOOK_SECONDS
        if early or self._just_sent(now):
            return
        self.looked = lived
        series = self._series()
        self.last = max((datetime.fromisoformat(each["started"]) for each in series if each["started"]), default=None)
        may_promote = OPENS <= now.hour < CLOSES
        if self._just_sent(now) or (self.last is not None and not may_promote):
            return
        drafts = [each for each in series if each["state"] == "draft"]
        draft = drafts[0] if drafts else self._draft(len(series), marketing=may_promote)
        counted = self.product.get(f"/api/broadcasts/{draft['id']}/count?exact=true")
        if counted["will_reach"] < FRIENDS_MIN / 2:
            return  # what the platform told is not in the product's log yet
        self.product.post(f"/api/broadcasts/{draft['id']}/start")
        self.last = now

    def _just_sent(self, now: datetime) -> bool:
        return self.last is not None and now - self.last < EVERY

    def _series(self) -> list[dict[str, Any]]:
        """The broadcasts of this manager so far."""
        found = self.product.get(f"/api/broadcasts?q={BROADCAST}&limit=200")["items"]
        return [each for each in found if each["draft"]["name"].startswith(BROADCAST)]

    def _draft(self, before: int, *, marketing: bool) -> dict[str, Any]:
        draft = {
            "name": f"{BROADCAST}（{before + 1}）",
            "audience": self._audience(),
            "channels": [self.account],
            "content": {"wecom": {"text": MARKETING[before % len(MARKETING)] if marketing else SERVICE}},
            "kind": "marketing" if marketing else "service",
            "tone": "promotional" if marketing else "useful",
        }
        return self.product.post("/api/broadcasts", **draft)

    def _audience(self) -> int:
        for known in self.product.get("/api/audiences"):
            if known["name"] == AUDIENCE:
                return int(known["id"])
        return int(self.product.post("/api/audiences", name=AUDIENCE, rule=RULE)["id"])
