"""The shapes of what ``siyu coupons …`` answers."""

from __future__ import annotations

from siyu.cli.answers.shaping import Answers, Schemas, shaped
from siyu.loyalty.coupons import command

SCHEMAS: Schemas = {
    "coupon-kind": shaped("coupons kind", command.KindAnswer),
    "coupon-kinds": shaped("coupons kinds", command.KindsAnswer),
    "coupon": shaped("coupons take-back", command.CouponAnswer),
    "coupons": shaped("coupons list", command.CouponsAnswer),
    "coupon-taken": shaped("coupons give", command.TakenAnswer),
    "coupon-quote": shaped("coupons redeem", command.QuoteAnswer),
    "coupons-given-back": shaped("coupons cancel", command.GivenBackAnswer),
}

ANSWERS: Answers = {
    **{("coupons", word): "coupon-kind" for word in ("ready", "add", "stop", "resume")},
    ("coupons", "kinds"): "coupon-kinds",
    ("coupons", "list"): "coupons",
    ("coupons", "give"): "coupon-taken",
    ("coupons", "redeem"): "coupon-quote",
    ("coupons", "cancel"): "coupons-given-back",
    ("coupons", "take-back"): "coupon",
}
