"""A mini program: who opened it, consents counted, one notice for each, codes and links."""

from __future__ import annotations

import pytest

from siyu.channels.accounts import check_account
from siyu.channels.miniprogram.session import sign_in
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wechat.codes import Wanted, get_code, list_codes, make_code, picture_of
from siyu.storage import BadInput
from tests.channels.wechat.shop import APP, TEMPLATE, Shop, message

SEND_PATH = "/cgi-bin/message/subscribe/send"
NOTICE = {"form": "subscribe", "template_id": TEMPLATE, "data": "thing1: 面膜\nname2: 王小雨", "page": "pages/order"}


def test_whoever_opened_it_is_a_person_with_both_ids(mini: Shop) -> None:
    code = mini.platform.door.post("opens", app_id=APP, openid="p1", unionid="u1")["code"]
    exchange = Exchange(mini.stores)
    assert sign_in(mini.stores, exchange, mini.account, code).openid == "p1"
    mini.work()
    assert {(f"mp_openid:{APP}", "p1"), ("unionid", "u1")} <= mini.known()
    with pytest.raises(PlatformError) as caught:
        sign_in(mini.stores, exchange, mini.account, code)
    assert caught.value.platform_code == 40029
    exchange.close()


@pytest.mark.parametrize("told_as", ["xml", "json"])
def test_one_message_for_each_consent(mini: Shop, told_as: str) -> None:
    mini.platform.door.post("app", app_id=APP, told_as=told_as)
    for seconds in (1, 2):
        mini.move(seconds=seconds)
        mini.happens("answers", openid="p1", templates={TEMPLATE: "accept"})
    outcomes = mini.send(*[message(number, "p1", **NOTICE) for number in range(3)])
    assert [outcome.kind for outcome in outcomes] == ["accepted", "accepted", "refused"]
    assert mini.calls(SEND_PATH) == 2
    sent = mini.arrived()[0]["body"]
    assert (sent["page"], sent["miniprogram_state"]) == ("pages/order", "formal")
    assert sent["data"] == {"thing1": {"value": "面膜"}, "name2": {"value": "王小雨"}}


def test_after_a_silence_it_is_unknown_and_the_consent_is_used(mini: Shop) -> None:
    mini.happens("answers", openid="p1", templates={TEMPLATE: "accept"})
    mini.platform.door.post("faults", rules=[{"kind": "cut", "path": SEND_PATH, "times": 1, "applied": True}])
    assert mini.send(message(1, "p1", **NOTICE))[0].kind == "unknown"
    assert mini.send(message(2, "p1", **NOTICE))[0].reason == "no_grant"
    assert len(mini.arrived()) == 1


def test_entering_the_chat_allows_two_answers(mini: Shop) -> None:
    mini.happens("enters", openid="p1", **{"from": "商品页"})
    outcomes = mini.send(*[message(number, "p1", form="service", text="您好") for number in range(3)])
    assert [outcome.kind for outcome in outcomes] == ["accepted", "accepted", "refused"]
    mini.work()
    assert mini.told() == ["service_entered"]


def test_what_people_write_is_on_the_timeline(mini: Shop) -> None:
    mini.happens("writes", openid="p1", text="什么时候发货")
    mini.work()
    assert mini.told() == ["customer_wrote"]


def test_codes_and_links_have_scenes_of_their_own(mini: Shop) -> None:
    exchange = Exchange(mini.stores)
    for kind in ("page", "link", "scheme"):
        make_code(mini.stores, exchange, "test", mini.account, Wanted("门店海报", kind, page="pages/index/index"))
    exchange.close()
    codes = {code.kind: code for code in list_codes(mini.stores, mini.account)}
    assert picture_of(mini.stores, mini.account, codes["page"].id).startswith(b"\x89PNG")
    assert codes["link"].url.startswith("https://wxaurl.cn/")
    assert codes["scheme"].url.startswith("weixin://dl/business/")
    assert len({code.scene for code in codes.values()}) == 3
    assert codes["page"].expires is None
    assert codes["link"].expires is not None


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted("", "page"), "name"),
        (Wanted("x", "temporary"), "kind"),
        (Wanted("x", "page", scene="春"), "scene"),
        (Wanted("x", "page", scene="s" * 33), "scene"),
        (Wanted("x", "page", page="a b"), "page"),
        (Wanted("x", "link", days=31), "days"),
    ],
)
def test_what_can_not_be_a_code_is_said_at_its_field(mini: Shop, wanted: Wanted, field: str) -> None:
    exchange = Exchange(mini.stores)
    with pytest.raises(BadInput) as caught:
        make_code(mini.stores, exchange, "test", mini.account, wanted)
    assert caught.value.field == field
    exchange.close()


def test_an_official_accounts_code_counts_who_came_by_it(shop: Shop) -> None:
    exchange = Exchange(shop.stores)
    made = make_code(shop.stores, exchange, "test", shop.account, Wanted("门店 7", "temporary", scene="shop-7", days=7))
    exchange.close()
    shop.happens("follows", openid="o1", scene="shop-7")
    shop.move(seconds=2)
    shop.happens("scans", openid="o1", scene="shop-7")
    code = get_code(shop.stores, shop.account, made)
    assert (code.scans, code.follows) == (2, 1)
    assert code.url.startswith("http://weixin.qq.com/q/")


def test_the_check_needs_no_follower_permission(mini: Shop) -> None:
    assert check_account(mini.stores, mini.channels, mini.account).works
