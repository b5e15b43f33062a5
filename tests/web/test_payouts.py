"""Payouts in the console, over the API, on the command line, and on the phone of who takes the money."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from rehearsal.platforms.core.running import Running
from siyu.growth.visitors import devices, links
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.mobile import who
from siyu.web.outside import Outside
from tests.growth.payouts.merchant import Till, a_till, openid, pay_world
from tests.published import answered
from tests.web.conftest import SignedIn

__all__ = ["pay_world"]


@pytest.fixture
def till(stores: Stores, pay_world: Running) -> Iterator[Till]:
    yield from a_till(stores, pay_world)


def test_staff_see_what_was_paid_and_settle_what_was_refused(till: Till, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有自动发放" in console.get("/payouts").text
    till.people([1, 2])
    paid, refused = till.grant("a", 500, 1), till.grant("b", 5, 2)
    till.pays()
    shown = console.get("/payouts?state=refused").text
    assert "PARAM_ERROR" in shown
    assert "不足 0.1 元" in shown
    assert "用微信支付发放" in shown, "what to do about it"
    assert "5.00" in console.get("/payouts").text
    assert openid(2) not in shown
    assert "已到账" in console.get(f"/rewards/{paid}").text
    assert f"/rewards/{refused}/payout/start" in console.get(f"/rewards/{refused}").text
    whose = console.get(f"/rewards/{refused}").text
    assert f"{openid(2)[:4]}…" in whose, "who confirms it sees to whom"
    assert openid(2) not in whose
    assert console.post(f"/rewards/{refused}/payout/start").status_code == 303
    assert f"/rewards/{refused}/payout/stop" in console.get(f"/rewards/{refused}").text
    assert console.post(f"/rewards/{refused}/payout/stop").status_code == 303
    assert console.post(f"/rewards/{refused}/settle", {"to": "paid", "why": "当面"}).status_code == 303
    assert till.stage(refused) == "paid"
    assert console.post(f"/rewards/{paid}/payout/stop").status_code == 409


def test_the_api_and_the_command_line_do_the_same(till: Till, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    key = console.key("owner")
    till.people([1])
    reward = till.grant(cents=5)
    till.pays()
    told = console.http.get("/api/payouts?stage=refused", headers=key).json()
    (found,) = told["payouts"]
    assert (found["reward"], found["amount"], found["said"][:11]) == (reward, 5, "PARAM_ERROR")
    assert found["why_en"].startswith("The bill does not suit WeChat Pay")
    assert found["way_en"].startswith("Once mended, pay it again")
    assert {each["state"]: each["payouts"] for each in told["counts"]}["refused"] == 1
    assert console.http.post(f"/api/rewards/{reward}/payout/start", headers=key).json()["bill"] == found["bill"]
    assert answered(till.stores, f"payout stop {reward}", "payout")["state"] == "withdrawn"
    assert answered(till.stores, f"payout start {reward}", "payout")["state"] == "intended"
    assert answered(till.stores, "payout list", "payout-list")["payouts"][0]["bill"] == found["bill"]


def test_a_person_takes_their_money_on_their_own_phone_alone(till: Till) -> None:
    till.change(confirms=True)
    till.people([1, 2])
    till.grant("a", 888, 1)
    till.pays()
    site = create_app(till.stores, outside=Outside(channels=till.channels))
    mine, other = (TestClient(site, base_url="http://siyu.test") for _ in range(2))
    for phone, person in ((mine, 1), (other, 2)):
        me = links.token_for(till.stores.home, person, till.stores.clock.now())
        assert phone.get(f"/m/my/money?me={me}").status_code == 200
    shown = mine.get("/m/my/money?lang=en").text
    assert "8.88 yuan" in shown
    assert 'data-package="pkg-' in shown
    assert "Nothing waits" in other.get("/m/my/money?lang=en").text
    assert "pkg-" not in TestClient(site, base_url="http://siyu.test").get("/m/my/money").text


def test_who_passes_an_acquisition_link_on_is_not_shown_the_money_of_who_used_it(till: Till) -> None:
    """The link's state names the device it was shown on, whoever adds the adviser by it."""
    till.change(confirms=True)
    till.people([1])
    till.grant("a", 888, 1)
    till.pays()
    site = create_app(till.stores, outside=Outside(channels=till.channels))
    phone = TestClient(site, base_url="http://siyu.test")
    phone.get("/m/my/money")
    device = who.device_in(till.stores.home, phone.cookies.get(who.COOKIE) or "")
    with till.stores.ledger.write() as conn:
        devices.bind(conn, {device: 1}, till.stores.clock.now())
    shown = phone.get("/m/my/money").text
    assert "pkg-" not in shown
    assert "8.88" not in shown
    assert "在微信里打开" in shown
    me = links.token_for(till.stores.home, 1, till.stores.clock.now())
    assert "8.88" in phone.get(f"/m/my/money?me={me}").text
