"""Orders of shops: proved, kept, and told once as paid, amended or returned, to the last digit."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import pytest

from siyu.channels import signing
from siyu.channels.accounts import check_account
from siyu.channels.orders.dialect import md5
from siyu.channels.orders.mirror import forget_buyers
from siyu.channels.orders.shape import fen, yuan
from siyu.channels.platform.applier import Applier, strange_callbacks
from siyu.channels.registry import channels_of, receivers_of
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.people.erasure import also_forget, erase
from siyu.storage import BadInput, Stores
from tests.channels.orders import told
from tests.channels.orders.told import MakeShop, Request, douyin, events, news, shop, signed, taobao, youzan

PAID_DOUYIN = {
    "tag": "110",
    "msgId": "04288::100:1767225600:6837",
    "data": {
        "p_id": "4747",
        "s_ids": ["4747"],
        "shop_id": 12345,
        "order_status": 2,
        "order_type": 0,
        "pay_type": 1,
        "biz": 2,
        "pay_time": 1767225600,
        "pay_amount": 2990,
    },
}
PAID_TAOBAO = {
    "tid": 88,
    "oid": 88,
    "buyer_nick": "t**o",
    "seller_nick": "店主",
    "payment": "199.05",
    "post_fee": "0.00",
    "type": "guarantee_trade",
    "status": "WAIT_SELLER_SEND_GOODS",
}
LINES = [{"sku": "S1", "name": "面霜", "category": "护肤", "quantity": 2, "price": "49.95"}]

PAID: dict[str, Request] = {
    "youzan": youzan("trade_TradePaid", told.youzan_order()),
    "douyin_shop": douyin(PAID_DOUYIN),
    "taobao": signed(taobao("taobao_trade_TradeBuyerPay", PAID_TAOBAO)),
    "shop": signed(shop("order_paid", total="99.90", lines=LINES)),
}
AMOUNTS = {"youzan": "100.1", "douyin_shop": "29.9", "taobao": "199.05", "shop": "99.9"}


# --- signatures


def test_the_vector_of_youzan() -> None:
    msg = "%7B%22tid%22%3A%22E20240101000000000000001%22%7D"
    assert md5("cid123", msg, "csec456") == "1f2f445483d925d6f6b10bedb5a5d521"


def test_the_vector_of_douyin_shop(open_shop: MakeShop) -> None:
    body = b'[{"tag":"110","msgId":"1","data":{"p_id":1}}]'
    found = open_shop("douyin_shop")
    headers = {"event-sign": "a0cc08f3a5bb5164380a88400f188ac7"}
    assert found.post((body, headers)).json() == {"code": 0, "msg": "success"}


@pytest.mark.parametrize("platform", PAID)
def test_an_order_becomes_an_event_with_its_exact_amount(open_shop: MakeShop, stores: Stores, platform: str) -> None:
    open_shop(platform).tell(PAID[platform])
    run_until_empty(Drain(stores).step)
    ((name, _, amount, _, _),) = events(stores)
    assert (name, amount) == ("order_paid", Decimal(AMOUNTS[platform]))


@pytest.mark.parametrize("platform", PAID)
def test_a_forged_order_is_forbidden_and_not_kept(open_shop: MakeShop, stores: Stores, platform: str) -> None:
    found, (body, headers) = open_shop(platform), PAID[platform]
    forged = body.replace(b"2990", b"1").replace(b"199.05", b"1").replace(b"99.90", b"1").replace(b"%22E1", b"%22E2")
    assert forged != body
    assert found.post((forged, headers)).status_code == 403
    assert found.post((body, {})).status_code == (200 if platform == "youzan" else 403)  # its signature is inside
    assert stores.callbacks.last() == (1 if platform == "youzan" else 0)


@pytest.mark.parametrize("platform", PAID)
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"[1]", b"null", b"\xff\xfe", b'{"msg": 1}', b'{"a":' * 50_000, b'{"n": NaN}', b"[" * 100_000],
    ids=range(10),
)
def test_bad_bodies_are_refused_and_never_a_fault(
    open_shop: MakeShop, stores: Stores, platform: str, body: bytes
) -> None:
    found = open_shop(platform)
    assert 400 <= found.post((body, {})).status_code < 500
    assert stores.callbacks.last() == 0
    sign = hashlib.md5(told.APP_KEY.encode() + body + told.APP_SECRET.encode()).hexdigest()
    headers = {"event-sign": sign, **signing.headers([told.SECRET], "m", 1_767_225_600, body)}
    found.post((body, headers))
    assert found.post((body, headers)).status_code < 500


@pytest.mark.parametrize("platform", PAID)
def test_five_megabytes_are_too_much(open_shop: MakeShop, platform: str) -> None:
    assert open_shop(platform).post((b"[" + b" " * 5_000_000 + b"]", {})).status_code == 413


def test_orders_are_posted_not_got(open_shop: MakeShop) -> None:
    found = open_shop("youzan")
    assert found.http.get(found.url).status_code == 400


# --- who, what, how much


def test_a_buyer_of_youzan_is_known_by_their_own_phone_not_the_receivers(open_shop: MakeShop, stores: Stores) -> None:
    open_shop("youzan").tell(PAID["youzan"])
    run_until_empty(Drain(stores).step)
    with stores.ledger.read() as conn:
        found = conn.exec_driver_sql("SELECT kind, value FROM identifiers ORDER BY kind").all()
    assert [tuple(row) for row in found] == [
        ("customer:youzan", "yz-9"),
        ("customer:youzan.160", "9"),
        ("phone", "+8613800138000"),
    ]


def test_lines_carry_what_was_paid_for_one_piece(open_shop: MakeShop, stores: Stores) -> None:
    open_shop("youzan").tell(PAID["youzan"])
    (call,) = news(stores)
    assert call["properties"]["products"] == [{"sku": "S1", "name": "面霜", "quantity": "3", "price": "33.3333"}]


@pytest.mark.parametrize(
    ("platform", "request_", "shown"),
    [
        (
            "youzan",
            youzan("trade_TradePaid", told.youzan_order(buyer_phone="138****8000", yz_open_id="", buyer_id=0)),
            {"phone": "138****8000"},
        ),
        ("taobao", PAID["taobao"], {"nick": "t**o"}),
        (
            "douyin_shop",
            douyin({**PAID_DOUYIN, "data": {**PAID_DOUYIN["data"], "receiver_msg": {"tel": "$$MTM4==$1$$"}}}),  # pyright: ignore
            {"tel": "$$MTM4==$1$$"},
        ),
    ],
)
def test_what_is_masked_or_encrypted_is_kept_and_proves_nobody(
    open_shop: MakeShop, stores: Stores, platform: str, request_: Request, shown: dict[str, str]
) -> None:
    open_shop(platform).tell(request_)
    (call,) = news(stores)
    assert call["properties"]["buyer_as_shown"] == shown
    assert [each["type"] for each in call["context"]["externalIds"]] == ["anonymous_id"]


def test_a_taobao_buyer_is_known_by_the_field_that_the_account_names(open_shop: MakeShop, stores: Stores) -> None:
    content = {**PAID_TAOBAO, "buyer_open_uid": "AAGL-9"}
    open_shop("taobao").tell(signed([taobao("taobao_trade_TradeBuyerPay", content)]))
    (call,) = news(stores)
    assert call["context"]["externalIds"] == [{"type": "customer:taobao", "id": "AAGL-9"}]


@pytest.mark.parametrize(
    ("read", "value", "exact"),
    [
        (fen, 2990, "29.9000"),
        (fen, "1", "0.0100"),
        (yuan, "0.10", "0.1000"),
        (yuan, "99999999999.9999", "99999999999.9999"),
        (yuan, 0, "0.0000"),
    ],
)
def test_money_is_exact(read: Any, value: Any, exact: str) -> None:
    assert str(read(value)) == exact


@pytest.mark.parametrize("value", [None, "", "NaN", "-1", "1e13", True, "Infinity", {}, "1.2.3"])
def test_what_is_no_amount_is_refused(value: Any) -> None:
    with pytest.raises(BadInput):
        yuan(value)


# --- returns and additions


def test_a_return_before_its_payment_waits_for_it_and_is_the_same_persons(open_shop: MakeShop, stores: Stores) -> None:
    refund = {"tid": "E1", "refund_id": "R1", "refunded_fee": "30.05", "update_time": "2026-01-02 08:00:00"}
    found = open_shop("youzan")
    found.tell(youzan("trade_refund_RefundSuccess", refund))
    assert news(stores) == []
    assert check_account(stores, channels_of(stores), found.account).detail["waiting"] == 1
    found.tell(PAID["youzan"])
    run_until_empty(Drain(stores).step)
    assert [(row[0], row[1], row[2]) for row in events(stores)] == [
        ("order_paid", "E1", Decimal("100.1")),
        ("order_returned", "E1", Decimal("30.05")),
    ]
    assert stores.events.row("SELECT uniqExact(person) FROM events") == (1,)
    assert check_account(stores, channels_of(stores), found.account).detail["waiting"] == 0


def test_a_refund_that_is_only_asked_for_is_no_return(open_shop: MakeShop, stores: Stores) -> None:
    open_shop("youzan").tell(
        PAID["youzan"],
        youzan("trade_refund_BuyerCreated", {"tid": "E1", "refund_id": "R1", "update_time": "2026-01-02 08:00:00"}),
    )
    assert [call["event"] for call in news(stores)] == ["order_paid"]


def test_two_parts_of_a_return_are_two_events(open_shop: MakeShop, stores: Stores) -> None:
    def back(number: int, amount: int) -> dict[str, Any]:
        data = {"p_id": "4747", "s_id": "1", "aftersale_id": number, "refund_amount": amount, "shop_id": 12345}
        return {"tag": 206, "msgId": f"{number}", "data": {**data, "success_time": 1767312000}}

    open_shop("douyin_shop").tell(douyin(back(2, 500), PAID_DOUYIN, back(1, 990)), douyin(back(1, 990)))
    run_until_empty(Drain(stores).step)
    told_of = sorted((row[0], row[2]) for row in events(stores))
    returned = [("order_returned", Decimal("5")), ("order_returned", Decimal("9.9"))]
    assert told_of == [("order_paid", Decimal("29.9")), *returned]


def test_lines_added_later_are_sales_of_the_same_order(open_shop: MakeShop, stores: Stores) -> None:
    added = shop("order_amended", amendment="M1", lines=[{"sku": "S2", "quantity": 1, "price": "5.5"}])
    open_shop("shop").tell(PAID["shop"], signed({**added, "time": "2026-01-01T09:00:00+08:00"}))
    run_until_empty(Drain(stores).step)
    assert [(row[0], row[1], row[2], row[3]) for row in events(stores)] == [
        ("order_paid", "A1", Decimal("99.9"), ["S1"]),
        ("order_amended", "A1", Decimal("5.5"), ["S2"]),
    ]


# --- repeats, strangers, tests


@pytest.mark.parametrize("platform", PAID)
def test_the_same_message_three_times_is_one_order(open_shop: MakeShop, stores: Stores, platform: str) -> None:
    found = open_shop(platform)
    found.tell(PAID[platform], PAID[platform])
    found.tell(PAID[platform])
    assert len(news(stores)) == 1


def test_a_repeat_that_counts_itself_is_the_same_order(open_shop: MakeShop, stores: Stores) -> None:
    order = told.youzan_order()
    open_shop("youzan").tell(*(youzan("trade_TradePaid", order, sendCount=count) for count in range(3)))
    assert len(news(stores)) == 1


def test_a_payment_nobody_told_of_shows_in_the_messages_after_it(open_shop: MakeShop, stores: Stores) -> None:
    open_shop("youzan").tell(youzan("trade_TradeSellerShip", told.youzan_order()))
    (call,) = news(stores)
    assert (call["event"], call["timestamp"]) == ("order_paid", "2026-01-01T00:00:00+00:00")


def test_an_order_that_is_not_paid_is_no_sale(open_shop: MakeShop, stores: Stores) -> None:
    open_shop("youzan").tell(youzan("trade_TradeCreate", told.youzan_order(paid=None)))
    open_shop("douyin_shop").tell(
        douyin({**PAID_DOUYIN, "data": {**PAID_DOUYIN["data"], "pay_type": 0}})  # pyright: ignore
    )
    assert news(stores) == []


STRANGE: dict[str, tuple[Request, str]] = {
    "youzan": (youzan("item_ItemUpdated", {"item_id": 1}), "item_ItemUpdated"),
    "douyin_shop": (douyin({"tag": "999", "msgId": "1", "data": {}}), "999"),
    "taobao": (signed(taobao("taobao_item_ItemAdd", {})), "taobao_item_ItemAdd"),
    "shop": (signed(shop("order_dreamt_of")), "order_dreamt_of"),
}


@pytest.mark.parametrize("platform", STRANGE)
def test_what_nobody_knows_is_kept_and_counted(open_shop: MakeShop, stores: Stores, platform: str) -> None:
    request, name = STRANGE[platform]
    open_shop(platform).tell(request, PAID[platform])
    assert [each["name"] for each in strange_callbacks(stores)] == [name]
    assert stores.callbacks.last() == 2
    assert len(news(stores)) == 1


def test_a_known_message_that_can_not_be_read_is_kept_too(open_shop: MakeShop, stores: Stores) -> None:
    nothing_paid = {**PAID_DOUYIN, "data": {**PAID_DOUYIN["data"], "pay_amount": "a lot"}}  # pyright: ignore
    open_shop("douyin_shop").tell(douyin(nothing_paid, {**PAID_DOUYIN, "msgId": "2"}))
    assert [each["name"] for each in strange_callbacks(stores)] == ["?"]
    assert len(news(stores)) == 1


@pytest.mark.parametrize(
    "order", [{"total": "x"}, {"total": None}, {"number": ""}, {"lines": [{"price": -1}]}], ids=range(4)
)
def test_who_writes_the_generic_shape_is_told_what_is_wrong(open_shop: MakeShop, order: dict[str, Any]) -> None:
    message = shop("order_paid", total="1")
    answer = open_shop("shop").post(signed({**message, "order": {**message["order"], **order}}))
    assert (answer.status_code, answer.text[:6]) == (400, "order_")


TESTS: dict[str, Request] = {
    "youzan": youzan("trade_TradePaid", {"tid": "E1"}, test=True),
    "douyin_shop": douyin({"tag": "0", "msgId": "0", "data": "2021"}),
    "taobao": signed({"id": 1, "topic": "test"}),
    "shop": signed({"type": "test"}),
}


@pytest.mark.parametrize("platform", TESTS)
def test_a_test_from_the_console_shows_that_it_works_and_sells_nothing(
    open_shop: MakeShop, stores: Stores, platform: str
) -> None:
    found, channels = open_shop(platform), channels_of(stores)
    assert not check_account(stores, channels, found.account).works
    found.tell(TESTS[platform])
    assert check_account(stores, channels, found.account).works
    assert (news(stores), strange_callbacks(stores)) == ([], [])


def test_who_is_erased_is_forgotten_here_too(open_shop: MakeShop, stores: Stores) -> None:
    also_forget(forget_buyers)
    open_shop("youzan").tell(PAID["youzan"])
    run_until_empty(Drain(stores).step)
    ((person,),) = stores.events.rows("SELECT DISTINCT person FROM events")
    erase(stores, "staff:1", person)
    with stores.ledger.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM shop_order_buyers").scalar_one() == 0


def test_it_works_on_both_ledgers(each_stores: Stores) -> None:
    account = told.an_account(each_stores, "shop")
    for message in (
        shop("order_returned", refund="R1", total="1.50"),
        shop("order_paid", total="99.90", lines=LINES),
        shop("order_finished", at="2026-01-03T08:00:00+08:00"),
    ):
        body = json.dumps({"account": account, "sent": 1_767_225_600, "message": message}).encode()
        each_stores.callbacks.append(each_stores.clock.now(), "shop", str(account), 1, body).result(10)
        run_until_empty(Applier(each_stores, receivers_of()).step)
    assert [call["event"] for call in news(each_stores)] == ["order_paid", "order_returned"]
    with each_stores.ledger.read() as conn:
        (row,) = conn.exec_driver_sql("SELECT state, amount FROM shop_orders").all()
    assert tuple(row) == ("finished", "99.9000")
