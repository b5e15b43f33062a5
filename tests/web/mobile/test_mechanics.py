"""What only one mechanic does, from a phone: draws that can be checked, days, refunds, the last seat."""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels import channels_of
from siyu.growth.campaigns import clock, following, keeping, sealing
from siyu.growth.campaigns.model import Only
from siyu.growth.mechanics.commission import following as commissions
from siyu.growth.mechanics.group_buy.model import REFUND_WAITS
from siyu.growth.purses import granting
from siyu.growth.purses import keeping as purse_keeping
from siyu.growth.purses.tables import rewards
from siyu.growth.referral import bringing
from siyu.growth.referral.bringing import Bringing
from siyu.growth.visitors import links
from siyu.people import actions
from siyu.storage import BadInput, ManualClock, Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.growth.campaigns.playing import granted, started
from tests.growth.mechanics.samples import RULES
from tests.people.calls import drained, track
from tests.web.mobile.phones import Phone


@pytest.fixture
def site(stores: Stores) -> Iterator[Any]:
    channels = channels_of(stores)
    yield create_app(stores, outside=Outside(channels=channels))
    channels.close()


def wait(stores: Stores, **time: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(**time))


def test_draws_are_settled_before_stop_at_the_stock_and_can_be_computed_by_anybody(stores: Stores, site: Any) -> None:
    rules = {
        "prizes": [
            {"name": "玫瑰面膜", "odds": 500_000, "stock": 3, "value_cents": 9_900},
            {"name": "红包", "odds": 300_000, "stock": 50, "value_cents": 88, "kind": "money", "amount": 88},
        ],
        "draws": 2,
    }
    campaign = started(stores, "lottery", rules=rules, adults=True)
    for number in range(9):
        one = Phone(site)
        one.begins(campaign, adult="1")
        assert "data-random" in one.text
        for luck in ("", f"好运 {number}"):
            one.press(kind="draw", adult="1", luck=luck)
        assert "次数已用完" in one.text
        assert "次数用完了" in one.press(kind="draw", adult="1"), "the form of before, once more"
    one.open(f"/m/{campaign.slug}/draws")
    assert campaign.secret_hash in one.text
    secret = sealing.opened(stores.home, campaign.secret)
    assert secret.hex() not in one.text, "nobody can compute the next draw"
    assert one.http.get(f"/m/{campaign.slug}/draws.csv").status_code == 404
    keeping.end(stores, campaign.id)
    assert secret.hex() in one.open(f"/m/{campaign.slug}/draws")
    assert "已重算 18 次抽奖，全部相符" in one.text
    draws = list(csv.DictReader(StringIO(one.http.get(f"/m/{campaign.slug}/draws.csv").text)))
    put_in = hashlib.sha256(f"好运 {number}".encode()).hexdigest()[:32]
    assert [draw["luck"] for draw in draws[-2:]] == ["", put_in], "what they wrote is theirs; its hash is published"
    left, won = [3, 50], Counter[str]()
    assert hashlib.sha256(secret).hexdigest() == campaign.secret_hash
    for draw in draws:
        seed = hmac.new(secret, draw["ticket"].encode(), hashlib.sha256).digest()
        said = f"draw:{draw['nth']}:{draw['luck']}" if draw["luck"] else f"draw:{draw['nth']}"
        stop = int(hmac.new(seed, said.encode(), hashlib.sha256).hexdigest(), 16) % 1_000_000
        prize = 1 if stop < 500_000 else 2 if stop < 800_000 else 0
        if prize and not left[prize - 1]:
            prize = 0
        elif prize:
            left[prize - 1] -= 1
        assert int(draw["prize"]) == prize
        won[rules["prizes"][prize - 1]["name"] if prize else ""] += 1
    assert won - Counter({"": won[""]}) == Counter(title for _, title, _ in granted(stores))


def test_a_day_counts_once_and_a_missed_one_is_made_good(stores: Stores, site: Any) -> None:
    campaign = started(stores, "check_in", rules={**RULES["check_in"], "friend_make_ups": 0})
    one, two = Phone(site), Phone(site)
    one.begins(campaign)
    assert "我也要参加" in two.open(one.at)
    assert "补一天" not in two.text, "nobody's help is asked for"
    wait(stores, days=2)
    one.open(one.at)
    before = one.text
    assert "今天打好了" in one.press(kind="check_in")
    assert "补好了" in one.press(kind="make_up")
    assert granted(stores) == [(1, "贴纸", "granted")]
    one.text = before  # a tab that stood open
    assert "今天打好了" in one.press(kind="check_in"), "the same form is the same act"
    one.open(one.at)
    assert 'name="once"' not in one.text, "nothing is left to do today"


def test_who_paid_for_a_group_that_did_not_fill_is_paid_back(stores: Stores, site: Any) -> None:
    drained(stores, track("u1", "page_viewed", at=stores.clock.now()))
    rules = {**RULES["group_buy"], "price_cents": 1_290, "seats": 3, "pay_first": True}
    with pytest.raises(BadInput) as wrong:
        started(stores, "group_buy", rules=rules)
    assert wrong.value.field == "ask"
    with pytest.raises(BadInput) as wrong:
        started(stores, "group_buy", rules=rules, ask="order", door="https://shop.example.com/")
    assert wrong.value.field == "only.goods", "or any order would take a seat, and be refunded"
    only = Only(goods=["moon"])
    campaign = started(stores, "group_buy", rules=rules, ask="order", door="https://shop.example.com/", only=only)
    following.follow(stores)
    one, two = Phone(site), Phone(site)
    one.open(f"/m/{campaign.slug}?me={links.token_for(stores.home, 1, stores.clock.now())}")
    path = one.begins(campaign)
    assert "我先付款入座" in one.text
    assert "去下单" in one.press(kind="pay", order="forged", paid_cents="1")
    two.open(path)
    two.press(order="forged", paid_cents="999999")
    assert granted(stores) == []
    wait(stores, minutes=1)
    goods = [{"sku": "moon", "name": "中秋礼盒", "quantity": 1, "price": 12.9}, {"sku": "phone", "quantity": 1}]
    bought = {"order_id": "a1", "total": 5_012.9, "products": goods}
    drained(stores, track("u1", "Order Completed", at=stores.clock.now(), properties=bought))
    while following.follow(stores):
        pass
    assert "1 / 3" in one.open(path)
    assert [stage for *_, stage in granted(stores)] == ["held"]
    wait(stores, hours=24)
    clock.expire(stores)
    clock.expire(stores)
    assert [(title, stage) for _, title, stage in granted(stores)] == [
        ("中秋礼盒（拼团价 ¥12.90）", "dropped"),
        ("退款 ¥12.90（订单 a1）", "held"),
    ], "the price of the seat, not the whole order; staff see first that the shop did not give it back"
    wait(stores, days=60)
    assert granting.release_due(stores) == 0
    with stores.ledger.read() as conn:
        number, cents = conn.execute(sa.select(rewards.c.id, rewards.c.amount).where(rewards.c.kind == "money")).one()
    assert (cents, purse_keeping.steps_of(stores, number)[0]["why"]) == (1_290, REFUND_WAITS)
    assert purse_keeping.settle(stores, "staff:1", number, "granted").stage == "granted"


def test_the_last_seat_is_given_once_and_who_comes_later_is_told(stores: Stores, site: Any) -> None:
    campaign = started(stores, "group_buy", pieces=3, rules=RULES["group_buy"])
    one, two, three, four = (Phone(site) for _ in range(4))
    paths = [each.begins(campaign) for each in (one, two)]
    three.open(paths[0])
    assert "成团了" in three.press()
    four.open(paths[1])
    assert "已拼完" in four.press()
    assert "1 / 2" in two.open(paths[1])
    assert sorted(stage for *_, stage in granted(stores)) == ["granted", "granted", "held"]


def test_a_packet_for_friends_is_its_total_and_nobody_takes_twice(stores: Stores, site: Any) -> None:
    campaign = started(stores, "red_packet", rules={"total_cents": 1_000, "parts": 4})
    one = Phone(site)
    path = one.begins(campaign)
    for _ in range(3):
        friend = Phone(site)
        page = friend.open(path)
        assert "¥" in friend.press()
        friend.text = page
        friend.press()
    late = Phone(site)
    assert 'name="once"' not in late.open(path)
    with stores.ledger.read() as conn:
        amounts = conn.execute(sa.select(rewards.c.amount)).scalars().all()
    assert (len(amounts), sum(amounts)) == (4, 1_000)


def test_promoters_see_what_they_earned_without_their_friends_names(stores: Stores, site: Any) -> None:
    for user in ("u1", "u2"):
        drained(stores, track(user, "page_viewed", at=stores.clock.now(), context={"traits": {"name": "王小明"}}))
    campaign = started(stores, "commission", rules={})
    one, stranger = Phone(site), Phone(site)
    one.open(f"/m/{campaign.slug}?me={links.token_for(stores.home, 1, stores.clock.now())}")
    one.begins(campaign)
    assert f"/m/{campaign.slug}/mine" in one.text
    with stores.ledger.write() as conn:
        bringing.bring(conn, "test", "campaign", [Bringing(2, 1, stores.clock.now())])
    commissions.follow(stores)
    actions.set_profile(stores, "test", 2, {"name": "王小明"})
    wait(stores, hours=1)
    bought = {"order_id": "secret-7", "total": 90, "products": [{"sku": "s", "name": "保密商品", "price": 90}]}
    drained(stores, track("u2", "Order Completed", at=stores.clock.now(), properties=bought))
    while commissions.follow(stores):
        pass
    page = one.open(f"/m/{campaign.slug}/mine")
    assert "王**" in page
    assert "¥9.00" in page
    assert "暂扣到" in page
    assert not [told for told in ("王小明", "secret-7", "保密商品") if told in page]
    assert "还不知道您是谁" in stranger.open(f"/m/{campaign.slug}/mine")
    assert one.http.get(f"/m/{started(stores).slug}/mine").status_code == 404


def test_a_packet_that_an_order_opens_says_so_until_there_is_one(stores: Stores, site: Any) -> None:
    rules = {"total_cents": 300, "parts": 3, "after_order": True, "order_cents": 5_000}
    drained(stores, track("u1", "page_viewed", at=stores.clock.now()))
    campaign = started(stores, "red_packet", rules=rules, each=5, door="https://shop.example.com/")
    following.follow(stores)
    one = Phone(site)
    page = one.open(f"/m/{campaign.slug}?me={links.token_for(stores.home, 1, stores.clock.now())}")
    assert "下单付款后" in page
    assert "https://shop.example.com/" in page
    assert 'name="once"' not in page
    wait(stores, minutes=1)
    bought = {"order_id": "a1", "total": 50}
    drained(stores, track("u1", "Order Completed", at=stores.clock.now(), properties=bought))
    while following.follow(stores):
        pass
    assert one.begins(campaign)
    assert "您的这一份" in one.text


@pytest.mark.parametrize("name", RULES)
def test_its_page_speaks_english_and_is_small(stores: Stores, site: Any, name: str) -> None:
    campaign = started(stores, name, rules=RULES[name], adults=name == "lottery", text_en="Take part.")
    path = Phone(site).begins(campaign, adult="1")
    page = Phone(site).http.get(f"{path}?lang=en")
    assert campaign.plays.verb[1] in page.text
    assert "您" not in page.text
    assert len(page.content) < 20_000
