"""What a rule reads like."""

from __future__ import annotations

from typing import Any

import pytest

from siyu.audiences.model import parse, sentence
from siyu.audiences.words import Names, Words

NAMES = Names(
    tags={3: "高意向"},
    audiences={7: "老客"},
    events={"order_paid": ("下单付款", "paid an order"), "cart_added": ("加入购物车", "added to cart")},
    schemes={"lifecycle": ("生命周期", "lifecycle")},
    layers={("lifecycle", "lost"): ("流失", "lost")},
)
PAID = {"type": "did", "event": "order_paid"}


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        (PAID, "做过下单付款", "did: paid an order"),
        (
            PAID | {"measure": {"of": "count", "op": "at_least", "value": 3}, "window": {"type": "last", "n": 30}},
            "最近 30 天内，下单付款至少 3 次",
            "did: paid an order at least 3 times in the last 30 days",
        ),
        (
            PAID | {"where": [{"field": "line.category", "op": "is", "value": "口红"}]},
            "做过下单付款（商品类目是「口红」）",
            "did: paid an order (where product category is “口红”)",
        ),
        (
            PAID | {"measure": {"of": "sum", "field": "amount", "op": "at_least", "value": 500}},
            "下单付款的金额合计至少 500",
            "did: paid an order, total amount at least 500",
        ),
        (
            PAID | {"measure": {"of": "last", "op": "longer_ago", "n": 90}},
            "下单付款的最近一次在 90 天以前",
            "did: paid an order, the last time longer than 90 days ago",
        ),
        (
            {"type": "did_not", "event": "order_paid", "window": {"type": "last", "n": 90}},
            "最近 90 天内没有下单付款",
            "did not: paid an order in the last 90 days",
        ),
        (
            {
                "type": "sequence",
                "steps": [{"event": "cart_added"}],
                "then_not": {"event": "order_paid", "within": {"n": 24, "unit": "hour"}},
            },
            "先加入购物车，之后 24 小时内没有下单付款",
            "did: added to cart, and then not: paid an order within 24 hours",
        ),
        (
            {
                "type": "all",
                "rules": [
                    {"type": "tag", "tags": [3]},
                    {"type": "layer", "scheme": "lifecycle", "layers": ["lost"]},
                    {"type": "none", "rules": [{"type": "audience", "audience": 7}]},
                ],
            },
            "有标签「高意向」，且生命周期是「流失」，且（排除：在人群「老客」中）",
            "tagged “高意向” and lifecycle is “lost” and (except: in audience “老客”)",
        ),
        ({"type": "all", "rules": []}, "全部客户", "everybody"),
    ],
)
def test_a_rule_reads_as_a_sentence(rule: dict[str, Any], zh: str, en: str) -> None:
    parsed = parse(rule)

    assert sentence(parsed, Words("zh", NAMES)) == zh
    assert sentence(parsed, Words("en", NAMES)) == en
