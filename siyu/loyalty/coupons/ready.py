"""Ready-made coupon kinds: what shops begin with, to be taken as they are or changed."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.loyalty.coupons.kinds import Wanted
from siyu.loyalty.coupons.stacking import Amount, Percent, Shipping, Terms

READY: Mapping[str, tuple[str, Wanted]] = {
    "points_50": (
        "500 points = a coupon of 50 yuan",
        Wanted(
            name="500 积分兑 50 元券",
            terms=Terms(gives=Amount(5_000), threshold=5_001),
            days=30,
            per_person=12,
            price_points=500,
        ),
    ),
    "welcome_20": (
        "Welcome: 20 off from 99",
        Wanted(name="新客满 99 减 20", terms=Terms(gives=Amount(2_000), threshold=9_900), days=7),
    ),
    "birthday_88": (
        "Birthday: 12% off, at most 100 yuan",
        Wanted(name="生日 88 折", terms=Terms(gives=Percent(12, cents_max=10_000)), days=30),
    ),
    "every_200": (
        "30 off for each 200",
        Wanted(
            name="每满 200 减 30", terms=Terms(gives=Amount(3_000, every=True), threshold=20_000), days=7, per_person=3
        ),
    ),
    "shipping": (
        "Free shipping, up to 12 yuan",
        Wanted(
            name="包邮券",
            terms=Terms(gives=Shipping(cents_max=1_200), layer="shipping", adds=False),
            days=30,
            per_person=5,
        ),
    ),
}
"""Name → (in English, the kind)."""
