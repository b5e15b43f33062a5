"""What WeChat Pay tells is believed where its key and the merchant's prove it, and where it is fresh."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from rehearsal.platforms.core.poster import Parcel, Sealed
from rehearsal.platforms.wechatpay.world import PUBLIC_KEY_ID, Bill, Merchant, Pay
from siyu.channels.platform.callbacks import Delivery
from siyu.channels.protocol import Account
from siyu.channels.wechatpay.callbacks import BILL_ENDED, WechatPayReceiver
from siyu.storage import BadInput, SiyuError

MCH, APIV3, OPENID = "1900000001", "0123456789abcdef0123456789abcdef", "oWeChat00000001"
RECEIVER = WechatPayReceiver()


@pytest.fixture(scope="module")
def world() -> Pay:
    made = Pay()
    made.merchants.put(MCH, Merchant("", "wx1", "S", apiv3_key=APIV3))
    made.bills.put(f"{MCH}/sy1", Bill(MCH, "sy1", "133", "wx1", "1000", OPENID, 500, "r", "SUCCESS", 0.0, tell="u"))
    return made


@pytest.fixture(scope="module")
def account(world: Pay) -> Account:
    settings = {"mch_id": MCH, "public_key": world.public_key(), "public_key_id": PUBLIC_KEY_ID}
    return Account(1, "wechatpay", "", settings, {"apiv3_key": APIV3})


def told(world: Pay, mch_id: str = MCH) -> Sealed:
    said = {"out_bill_no": "sy1", "state": "SUCCESS", "mch_id": mch_id, "openid": OPENID, "transfer_amount": 500}
    sealed = world.seal(Parcel(f"{MCH}/sy1", json.dumps(said), 0.0, name="n1"), "")
    assert sealed is not None
    return sealed


def delivered(sealed: Sealed, **headers: str) -> Delivery:
    given = {name.lower(): value for name, value in sealed.headers.items()}
    return Delivery("POST", {}, {**given, **headers}, sealed.body)


def test_a_genuine_one_keeps_which_bill_and_nobodys_open_id(world: Pay, account: Account) -> None:
    received = RECEIVER.receive(account, delivered(told(world)))
    (kept,) = received.bodies
    assert OPENID.encode() not in kept
    read = RECEIVER.read(kept)
    assert (read.name, read.fields["out_bill_no"]) == (BILL_ENDED, "sy1")
    assert RECEIVER.receive(account, delivered(told(world))).bodies == (kept,), "told again it is the same thing"


def tampered(change: Callable[[dict[str, Any]], object]) -> Callable[[Pay], Delivery]:
    def made(world: Pay) -> Delivery:
        sealed = told(world)
        document = json.loads(sealed.body)
        change(document["resource"])
        return replace(delivered(sealed), body=json.dumps(document).encode())

    return made


REFUSED: dict[str, tuple[Callable[[Pay], Delivery], str]] = {
    "another text": (tampered(lambda each: each.update(ciphertext=base64.b64encode(b"x" * 40).decode())), "signature"),
    "another nonce": (lambda world: delivered(told(world), **{"wechatpay-nonce": "other"}), "signature"),
    "another time": (lambda world: delivered(told(world), **{"wechatpay-timestamp": str(int(time.time()) + 9)}), "sig"),
    "no time": (lambda world: delivered(told(world), **{"wechatpay-timestamp": "soon"}), "signature"),
    "no signature": (lambda world: delivered(told(world), **{"wechatpay-signature": ""}), "signature"),
    "no base64": (lambda world: delivered(told(world), **{"wechatpay-signature": "!"}), "signature"),
    "another key's": (lambda world: delivered(told(world), **{"wechatpay-serial": "5157F09E"}), "signature"),
    "another way to sign": (lambda world: delivered(told(world), **{"wechatpay-signature-type": "NONE"}), "signature"),
    "another merchant": (lambda world: delivered(told(world, "1900000002")), "merchant"),
    "no text": (lambda world: replace(delivered(told(world)), body=b"\xff"), "read"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_was_changed_on_the_way_is_refused(world: Pay, account: Account, name: str) -> None:
    make, why = REFUSED[name]
    with pytest.raises(SiyuError, match=why):
        RECEIVER.receive(account, make(world))


def test_what_was_signed_long_ago_is_a_replay_and_refused(world: Pay, account: Account) -> None:
    sealed = delivered(told(world))
    later = WechatPayReceiver(clock=lambda: time.time() + 302)
    with pytest.raises(SiyuError) as refused:
        later.receive(account, sealed)
    assert refused.value.code == "callback_old"
    assert WechatPayReceiver(clock=lambda: time.time() + 200).receive(account, sealed).bodies


def resealed(world: Pay, **change: object) -> Delivery:
    """Signed by WeChat Pay, but not as it seals."""
    document = json.loads(told(world).body)
    document["resource"] |= change
    reply = world.signed(document)
    return Delivery("POST", {}, {name.lower(): value for name, value in reply.headers}, reply.body)


@pytest.mark.parametrize("change", [{"algorithm": "NONE"}, {"nonce": "n"}, {"ciphertext": "?"}, {"ciphertext": 5}])
def test_what_cannot_be_opened_is_refused(world: Pay, account: Account, change: dict[str, object]) -> None:
    with pytest.raises(BadInput) as refused:
        RECEIVER.receive(account, resealed(world, **change))
    assert refused.value.code == "pay_sealed"


def test_another_apiv3_key_opens_nothing(world: Pay, account: Account) -> None:
    other = replace(account, secrets={"apiv3_key": APIV3[::-1]})
    with pytest.raises(BadInput) as refused:
        RECEIVER.receive(other, delivered(told(world)))
    assert refused.value.code == "pay_sealed"


def test_it_is_told_by_post_and_names_a_bill(account: Account) -> None:
    with pytest.raises(BadInput):
        RECEIVER.receive(account, Delivery("GET", {}, {}, b""))
    with pytest.raises(BadInput):
        RECEIVER.read(json.dumps({"event_type": BILL_ENDED}).encode())
    assert RECEIVER.read(b'{"event_type": "OTHER"}').name == "OTHER"
