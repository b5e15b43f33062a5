"""The simulated WeChat Pay does as its documents say: signed both ways, one bill a number, money in one place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from wechatpayv3.utils import build_authorization, load_public_key, rsa_verify

from rehearsal.platforms.core.running import Running
from rehearsal.platforms.wechatpay import wechatpay
from tests.growth.payouts.merchant import APP, PRIVATE, PUBLIC, SERIAL
from tests.platform_worlds import HTTP, running

MCH = "1900000001"
TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"
INFOS = [{"info_type": "活动名称", "info_content": "春"}, {"info_type": "奖励说明", "info_content": "红包"}]
WISH = {
    "appid": APP,
    "out_bill_no": "sy1",
    "transfer_scene_id": "1000",
    "openid": "o1",
    "transfer_amount": 500,
    "transfer_remark": "红包",
    "transfer_scene_report_infos": INFOS,
}
KEY: Any = load_pem_private_key(PRIVATE.encode(), None)


@pytest.fixture(scope="module")
def world() -> Iterator[Running]:
    with running(wechatpay()) as found:
        yield found


@pytest.fixture
def platform(world: Running) -> Running:
    """With 10 yuan."""
    for number in ("1900000001", "1900000002"):
        world.door.post("merchant", mch_id=number, public_key=PUBLIC, app_id=APP, serial=SERIAL, balance=1_000)
    return world


def call(platform: Running, path: str, wish: dict[str, Any] | None = None, mch_id: str = MCH) -> httpx.Response:
    method, given = ("GET", None) if wish is None else ("POST", wish)
    signed = build_authorization(path, method, mch_id, SERIAL, KEY, data=given)
    headers = {"authorization": signed, "content-type": "application/json"}
    return HTTP.request(method, platform.url + path, content=json.dumps(given) if given else b"", headers=headers)


def transfer(platform: Running, number: str, **other: Any) -> httpx.Response:
    return call(platform, TRANSFERS, {**WISH, "out_bill_no": number, **other})


def test_answers_are_signed_by_the_platforms_key(platform: Running) -> None:
    told = platform.door.post("merchant", mch_id=MCH, public_key=PUBLIC, app_id=APP, serial=SERIAL)
    key = load_public_key("".join(told["public_key"].splitlines()[1:-1]))
    answer = transfer(platform, "signed1")
    given = answer.headers
    proof = given["wechatpay-timestamp"], given["wechatpay-nonce"], answer.text, given["wechatpay-signature"], key
    assert rsa_verify(*proof)
    assert given["wechatpay-serial"] == told["public_key_id"]


def test_who_is_not_the_merchant_is_refused(platform: Running) -> None:
    assert HTTP.post(platform.url + TRANSFERS, json=WISH).json()["code"] == "SIGN_ERROR"
    assert call(platform, TRANSFERS, WISH, mch_id="1900000009").json()["code"] == "SIGN_ERROR"


def test_a_number_is_one_bill_whoever_asks_again(platform: Running) -> None:
    first, again = transfer(platform, "once1").json(), transfer(platform, "once1").json()
    assert first["transfer_bill_no"] == again["transfer_bill_no"]
    assert transfer(platform, "once1", transfer_amount=600).json()["code"] == "INVALID_REQUEST"
    found = call(platform, f"{TRANSFERS}/out-bill-no/once1").json()
    assert (found["state"], found["transfer_amount"], found["openid"]) == ("SUCCESS", 500, "o1")
    other = call(platform, f"{TRANSFERS}/out-bill-no/once1", mch_id="1900000002")
    assert (other.status_code, other.json()["code"]) == (404, "NOT_FOUND"), "bills are their merchant's"


def test_no_more_is_paid_than_the_merchant_has(platform: Running) -> None:
    assert [transfer(platform, f"last{each}").status_code for each in range(3)] == [200, 200, 403]
    assert transfer(platform, "last2").json()["code"] == "NOT_ENOUGH"


REFUSED: dict[str, dict[str, Any]] = {
    "a number with a blank": {"out_bill_no": "s y"},
    "less than ten cents": {"transfer_amount": 9},
    "what needs a name": {"transfer_amount": 200_000},
    "no remark": {"transfer_remark": ""},
    "a scene that is told nothing": {"transfer_scene_report_infos": []},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_documents_forbid_is_a_wrong_parameter(platform: Running, name: str) -> None:
    assert transfer(platform, **{"number": "no1", **REFUSED[name]}).json()["code"] == "PARAM_ERROR"


def test_what_is_not_confirmed_comes_back_to_the_merchant(platform: Running) -> None:
    platform.door.post("change", mch_id=MCH, confirms=True)
    made = transfer(platform, "waits1").json()
    assert (made["state"], made["package_info"][:4]) == ("WAIT_USER_CONFIRM", "pkg-")
    assert "package_info" not in call(platform, f"{TRANSFERS}/out-bill-no/waits1").json()
    platform.door.post("decide", mch_id=MCH, number="waits1", state="FAIL", reason="OVERDUE_CLOSE")
    found = call(platform, f"{TRANSFERS}/out-bill-no/waits1").json()
    assert (found["state"], found["fail_reason"]) == ("FAIL", "OVERDUE_CLOSE")
    platform.door.post("change", mch_id=MCH, confirms=False)
    assert transfer(platform, "whole1", transfer_amount=1_000).status_code == 200
