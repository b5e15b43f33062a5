"""Commission: two shares of what was paid and kept, whatever comes back, and however often it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.growth.campaigns.model import Campaign
from siyu.growth.mechanics.commission import model as commission
from siyu.growth.mechanics.commission.following import follow
from siyu.growth.mechanics.commission.mine import earned_by
from siyu.growth.purses import granting
from siyu.growth.purses.tables import purses, rewards
from siyu.growth.referral import bringing
from siyu.growth.referral.bringing import Bringing
from siyu.people import actions
from siyu.storage import ManualClock, Stores
from tests.examples import examples
from tests.growth.campaigns.playing import play, started
from tests.people.calls import drained, track
from tests.web.intake_door import Door, refused

RULES = commission.Rules()
lines = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 50_000), min_size=1)


def after(stands: set[commission.Due], change: commission.Change) -> set[commission.Due]:
    assert set(change.back) <= stands
    return (stands - set(change.back)) | set(change.fresh)


@examples(60)
@given(told=st.lists(lines, min_size=1, max_size=4), alone=st.booleans())
def test_what_stands_is_two_shares_of_what_was_kept(told: list[dict[str, int]], alone: bool) -> None:
    stands, gone = set[commission.Due](), set[commission.Due]()
    ever = set[tuple[Any, ...]]()
    second = None if alone else 12
    for left in told:
        change = commission.settle(RULES, 11, second, left, stands, gone)
        for due in change.fresh:
            key = (due.line, due.level, due.version)
            assert key not in ever, "a reward's key is for ever"
            ever.add(key)
        gone |= set(change.back)
        stands = after(stands, change)
        assert commission.settle(RULES, 11, second, left, stands, gone) == ([], [])
        sums = Counter[int]()
        for due in stands:
            sums[due.person] += due.cents
        assert sums[11] == sum(cents * 10 // 100 for cents in left.values())
        assert sums[12] == (0 if alone else sum(cents * 5 // 100 for cents in left.values()))
        assert set(sums) <= {11, 12}, "there is no third"


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (commission.Rules(kind="goods"), "kind"),
        (commission.Rules(first_percent=3, second_percent=4), "second_percent"),
    ],
)
def test_commission_against_the_law_stops(rules: commission.Rules, field: str) -> None:
    assert [found.field for found in commission.check(rules) if found.severity == "stop"] == [field]
    assert all(found.severity == "warn" for found in commission.check(RULES))


def family(stores: Stores) -> Campaign:
    """1 brought 2, 2 brought 3, 3 brought 4; the first three are promoters."""
    for number in range(1, 5):
        drained(stores, track(f"u{number}", "page_viewed", at=stores.clock.now()))
    campaign = started(stores, "commission", rules={})
    with stores.ledger.write() as conn:
        now = stores.clock.now()
        bringing.bring(conn, "test", "campaign", [Bringing(each, each - 1, now, "") for each in (2, 3, 4)])
    for person in (1, 2, 3):
        assert play(stores, campaign, person).state == "opened"
    follow(stores)
    return campaign


def _what_promoters_see(stores: Stores, campaign: Campaign) -> None:
    actions.set_profile(stores, "test", 4, {"name": "王小明"})
    (mine,) = earned_by(stores, campaign, [3]).sales
    assert (mine.level, mine.friend, mine.held, mine.got, mine.back) == (1, "王**", 540, 0, 360)
    assert mine.until == mine.at + timedelta(days=15)
    (above,) = earned_by(stores, campaign, [2]).sales
    assert (above.level, above.friend, above.held) == (2, "", 270), "whom friends brought is nobody's to know"
    assert earned_by(stores, campaign, [3]).sums == {"held": 540, "got": 0, "back": 360}
    assert earned_by(stores, campaign, [1, 4]).sales == []


def test_an_order_that_somebody_tells_by_a_pages_key_earns_nothing(each_stores: Stores) -> None:
    stores = each_stores
    family(stores)
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(hours=1))
    order = track("u4", "Order Completed", properties={"order_id": "a1", "total": 90, "products": [{"sku": "cream"}]})
    door = Door(stores, "page", "website")
    assert refused(door.post("/v1/track", order)) == (400, "needs_server_key", "event")
    assert door.post("/v1/batch?partial=1", {"batch": [order, track("u4", "x")]})[1]["accepted"] == 1
    drained(stores, track("u4", "z"))
    while follow(stores):
        pass
    assert owed(stores) == {}
    assert Door(stores, "server", "shop").post("/v1/track", order)[0] == 200
    drained(stores, track("u4", "y"))
    while follow(stores):
        pass
    assert owed(stores, "held") == {3: 900, 2: 450}


def told(stores: Stores, name: str, buyer: int, total: float, items: Iterable[tuple[str, float]], **more: str) -> None:
    products = [{"sku": sku, "price": price, "quantity": 1} for sku, price in items]
    what: dict[str, Any] = {"order_id": "a1", "total": total, "products": products, **more}
    drained(stores, track(f"u{buyer}", name, at=stores.clock.now(), properties=what))
    while follow(stores):
        pass


def owed(stores: Stores, *stages: str) -> Counter[int]:
    with stores.ledger.read() as conn:
        found: Counter[int] = Counter()
        for person, amount in conn.execute(
            sa.select(rewards.c.person, rewards.c.amount).where(rewards.c.stage.in_(stages or ("held", "granted")))
        ):
            found[person] += amount
        return found


def test_an_order_pays_two_levels_waits_and_is_taken_back_by_the_line(each_stores: Stores) -> None:
    stores = each_stores
    campaign = family(stores)
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(hours=1))
    told(stores, "Order Completed", 4, 90, [("cream", 60), ("soap", 40)])  # ten yuan off
    assert owed(stores, "held") == {3: 900, 2: 450}, "nobody above the second level"
    told(stores, "Order Completed", 1, 500, [("cream", 500)], order_id="a2")
    assert owed(stores) == {3: 900, 2: 450}, "who was brought by nobody pays nobody"
    told(stores, "Order Refunded", 4, 36, [("soap", 36)], refund_id="r1")
    assert owed(stores, "held") == {3: 540, 2: 270}
    told(stores, "Order Refunded", 4, 36, [("soap", 36)], refund_id="r1")
    assert owed(stores, "held") == {3: 540, 2: 270}, "told twice is once"
    _what_promoters_see(stores, campaign)
    stores.clock.advance(timedelta(days=15))
    granting.release_due(stores)
    assert owed(stores, "granted") == {3: 540, 2: 270}
    told(stores, "Order Refunded", 4, 54, [("cream", 54)], refund_id="r2")
    assert owed(stores) == {}
    with stores.ledger.read() as conn:
        purse = conn.execute(sa.select(purses).where(purses.c.id == campaign.purses["yuan"])).one()
    assert (purse.held, purse.spent) == (0, 0)
