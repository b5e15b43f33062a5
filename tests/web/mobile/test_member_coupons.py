"""A member's coupons: shown with their code to the member alone, bought for points once, given by care."""

from __future__ import annotations

from typing import Any

from siyu.loyalty.care import keeping
from siyu.loyalty.care.giving import care_today
from siyu.loyalty.care.model import Care
from siyu.loyalty.coupons import kinds
from siyu.loyalty.coupons.kinds import Wanted
from siyu.loyalty.coupons.stacking import Amount, Terms
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.loyalty.points.queries import balances
from siyu.people.tables import people
from siyu.storage import Stores
from tests.loyalty.tiers.telling import bought
from tests.web.mobile.phones import Phone
from tests.web.mobile.test_member import site, theirs

assert site


def fifty(stores: Stores) -> int:
    """Fifty yuan off, for 500 points."""
    terms = Terms(gives=Amount(5_000), threshold=20_000)
    most = {"stock": 10, "per_person": 5, "budget_cents": 100_000}
    wanted = Wanted(name="五十元券", terms=terms, days=30, price_points=500, **most)
    return kinds.make(stores, "staff:1", wanted).id


def test_points_buy_a_coupon_once_and_its_code_is_shown_to_the_member_alone(stores: Stores, site: Any) -> None:
    bought(stores, "u1", 180, "a1")
    kind = fifty(stores)
    with stores.ledger.write() as conn:
        post(conn, stores.clock.now(), [Earn(key="x", why="欢迎礼", person=1, points=800)])
    phone = theirs(stores, site, 1)
    assert "500 分兑换" in phone.text.replace("</span>", "")
    phone.press(kind=str(kind))
    assert phone.at == "/m/member/coupons/1"
    assert "在柜台出示" in phone.text
    assert phone.http.get("/m/member/coupons/1/code.png").headers["content-type"] == "image/png"
    with stores.ledger.read() as conn:
        assert balances(conn, stores.clock.now(), [1])[1].available == 300
    assert "五十元券" in phone.open("/m/member")
    phone.press(kind=str(kind))
    assert "积分不足" in phone.text
    stranger = Phone(site)
    assert "没有这个页面" in stranger.open("/m/member/coupons/1")
    assert stranger.http.get("/m/member/coupons/1/code.png").status_code == 404


def test_care_gives_coupons_within_both_budgets(stores: Stores) -> None:
    kind = fifty(stores)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        rows = [
            {"person": n, "kept": n, "created": now, "changed": now, "attributes": {}, "birthday": "1990-01-01"}
            for n in range(1, 21)
        ]
        conn.execute(people.insert(), rows)
    care = Care(name="生日券", kind="birthday", gift="coupon", much=kind, budget=15, hold_out=0)
    number = keeping.add(stores, "staff:1", care)
    keeping.set_stage(stores, number, "live")
    care_today(stores)
    with stores.ledger.read() as conn:
        assert keeping.get(conn, number).given == 10, "there were ten of the kind"
