"""Small populations for property tests: few people, few names, times that tie, merges."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from tests.insight.world import Happened

NAMES = ("page_viewed", "cart_added", "order_paid", "order_amended", "order_returned", "message_accepted", "tag_added")
PEOPLE = 4
ZONES = ("Asia/Shanghai", "Europe/London", "America/New_York", "Pacific/Apia")

happenings = st.builds(
    Happened,
    person=st.integers(1, PEOPLE),
    name=st.sampled_from(NAMES),
    hours=st.integers(0, 40).map(lambda steps: steps * 11.5),
    amount=st.integers(0, 50_000).map(lambda cents: Decimal(cents) / 100),
    source=st.sampled_from(("shop", "web", "")),
    batch=st.integers(1, 3),
    properties=st.sampled_from(({}, {"channel": "sms"}, {"channel": "email", "delivery_id": "d1"}, {"cost": 3.5})),
)
populations = st.lists(happenings, min_size=1, max_size=24)
merges = st.sampled_from(([], [(2, 1)], [(3, 1), (4, 1)]))


def kept(pairs: list[tuple[int, int]]) -> dict[int, int]:
    return dict(pairs)
