"""A plan of tiers, as data: what makes value grow, the way up, the way to stay, the grace, the rights. Pure.

A plan is never changed: a new version takes its place, and whoever would come down by that has their grace first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from siyu.storage import BadInput

GROWTH_MAX = 1_000_000_000
DAYS_MAX = 3_650
TIERS_MAX = 10

NONE = ""
"""The key of no tier."""


class Right(msgspec.Struct, frozen=True):
    """What a right is. ``unit``: what its number means ("": it has none); ``used``: where it is asked for."""

    zh: str
    en: str
    unit_zh: str = ""
    unit_en: str = ""
    most: int = 1
    used_zh: str = ""
    used_en: str = ""


RIGHTS: Mapping[str, Right] = {
    "discount": Right(
        "会员折扣",
        "Discount",
        "% 优惠",
        "% off",
        90,
        "商城结账时按接口 /api/people/{person}/tier 读取；会员页展示；试算成本",
        "The shop reads it at checkout from /api/people/{person}/tier; on the member page; in trials",
    ),
    "own_agent": Right(
        "专属顾问", "Own agent", used_zh="线索、员工任务、客户页", used_en="Leads, staff tasks, the person's page"
    ),
    "early_access": Right(
        "优先参加",
        "Early access",
        "小时",
        "hours",
        720,
        "活动开始之前的这么多小时就能参加",
        "Campaigns: they may take part so many hours before it begins",
    ),
    "events": Right(
        "会员活动", "Members' events", used_zh="“谁能发起”选了它的活动", used_en="Campaigns that are for members"
    ),
    "votes": Right("参与投票", "Votes", used_zh="“谁能发起”选了它的活动", used_en="Campaigns that ask for a vote"),
    "trials": Right(
        "新品试用", "New-product trials", used_zh="“谁能发起”选了它的活动", used_en="Campaigns that are trials"
    ),
}
DOORS = ("events", "votes", "trials")
"""Rights that a campaign may be limited to."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Growth = Annotated[int, msgspec.Meta(ge=1, le=GROWTH_MAX)]


class Tier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``up``: this much value leads here; ``stay``: from less than that on they come down, after ``grace_days``.
    ``rights``: name → number (1, where it has none); what the tiers below have, this one has too."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
    name: Name
    name_en: Annotated[str, msgspec.Meta(max_length=40)] = ""
    up: Growth
    stay: Annotated[int, msgspec.Meta(ge=0, le=GROWTH_MAX)]
    grace_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 30
    rights: dict[str, Annotated[int, msgspec.Meta(ge=1, le=1_000)]] = {}


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """So much value whenever somebody does this, at most so often a day."""

    event: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    growth: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    times_a_day: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """``rate``: hundredths of value a yuan paid and kept; what happened counts for ``window_days``, its own day the
    first. ``tiers``: the lowest first."""

    window_days: Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)] = 365
    rate: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 100
    deeds: Annotated[tuple[Deed, ...], msgspec.Meta(max_length=20)] = ()
    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(min_length=1, max_length=TIERS_MAX)]

    def rank(self, key: str) -> int:
        """Which tier that is, from 1 at the lowest; 0: none, or one that this plan does not have."""
        return next((place for place, tier in enumerate(self.tiers, 1) if tier.key == key), 0)

    def tier(self, rank: int) -> Tier | None:
        """The tier of a rank; None for 0."""
        return self.tiers[rank - 1] if rank else None

    def key(self, rank: int) -> str:
        """The key of a rank."""
        return self.tiers[rank - 1].key if rank else NONE

    def stay(self, rank: int) -> int:
        """What one has to have to stay there."""
        return self.tiers[rank - 1].stay if rank else 0

    def rights(self, rank: int) -> dict[str, int]:
        """All rights of a rank: its own, and those of the tiers below it; of two numbers the greater."""
        found: dict[str, int] = {}
        for tier in self.tiers[:rank]:
            for right, much in tier.rights.items():
                found[right] = max(much, found.get(right, 0))
        return found

    def with_right(self, right: str) -> list[Tier]:
        """The tiers that have a right, the lowest first."""
        return [tier for rank, tier in enumerate(self.tiers, 1) if right in self.rights(rank)]


DEFAULT = Plan(
    tiers=(
        Tier(key="silver", name="银卡", name_en="Silver", up=200, stay=100, rights={"discount": 5}),
        Tier(
            key="gold",
            name="金卡",
            name_en="Gold",
            up=2_000,
            stay=1_500,
            rights={"discount": 8, "own_agent": 1, "early_access": 24, "events": 1},
        ),
        Tier(
            key="diamond",
            name="钻石卡",
            name_en="Diamond",
            up=10_000,
            stay=8_000,
            rights={"discount": 12, "early_access": 48, "votes": 1, "trials": 1},
        ),
    )
)
"""Silver: a basic discount; gold: an own agent; diamond: new products before all others."""


def require_fit(plan: Plan) -> None:
    """Raises :class:`BadInput` for what the types can't say."""
    before = 0
    for place, tier in enumerate(plan.tiers):
        at = f"tiers.{place}"
        if plan.rank(tier.key) != place + 1:
            raise _bad("tier_twice", f"{at}.key", f"等级编号 {tier.key} 重复。", f"Two tiers are called {tier.key}.")
        if tier.up <= before:
            raise _bad(
                "tier_order",
                f"{at}.up",
                "升级所需的成长值要高于下面的等级。",
                "The way up has to be longer than that of the tier below.",
            )
        if tier.stay > tier.up:
            raise _bad(
                "tier_stay",
                f"{at}.stay",
                "保级所需的成长值不能高于升级所需。",
                "To stay may not take more than to come there.",
            )
        before = tier.up
        for right, much in tier.rights.items():
            known = RIGHTS.get(right)
            if known is None or much > known.most:
                raise _bad(
                    "tier_right",
                    f"{at}.rights.{right}",
                    f"没有权益“{right}”，或数字过大。",
                    f"There is no right {right}, or its number is too large.",
                )
    if not plan.rate and not plan.deeds:
        raise _bad("tier_growth", "rate", "消费和行为都不加成长值，没有人能升级。", "Nothing makes value grow.")
    if len({deed.event for deed in plan.deeds}) < len(plan.deeds):
        raise _bad("tier_deed_twice", "deeds", "同一个行为只能写一次。", "Each deed can be named once.")


def _bad(code: str, field: str, zh: str, en: str) -> BadInput:
    return BadInput(code, zh, en, field=field)
