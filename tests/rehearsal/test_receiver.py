"""The receiver believes only what is signed, and reads each delivery once."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rehearsal.receiver import Mailbox, Outcome, Receiver, signature

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, yes").decode()
NOW = 1_800_000_000


class Reader:
    """Decides by the delivery id, and counts."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, message: dict[str, Any], tried: int) -> Outcome:
        delivery = message["delivery_id"]
        if delivery.startswith("dead"):
            return "refused", "address_dead"
        if delivery.startswith("busy") and tried == 1:
            return "passing", "busy"
        self.read.append(delivery)
        return "accepted", ""


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def mailbox(reader: Reader) -> Mailbox:
    return Mailbox(reader)


@pytest.fixture
def receiver(mailbox: Mailbox) -> Iterator[Receiver]:
    opened = Receiver(mailbox, SECRET, faults=lambda request: request == 3, now=lambda: NOW)
    yield opened
    opened.close()


def signed(body: bytes, *, secret: str = SECRET, at: int = NOW, message_id: str = "call-1") -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(secret, message_id, str(at), body),
    }


def body_of(*deliveries: str) -> bytes:
    return json.dumps({"messages": [{"delivery_id": delivery} for delivery in deliveries]}).encode()


def post(receiver: Receiver, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(receiver.url, content=body, headers=headers, trust_env=False)


def test_the_signature_is_that_of_the_published_example() -> None:
    """Vector of the Standard Webhooks reference libraries."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_signed_message_is_read(receiver: Receiver, reader: Reader) -> None:
    body = body_of("m-1", "m-2")
    answer = post(receiver, body, signed(body))
    assert answer.json()["results"] == [
        {"delivery_id": "m-1", "status": "accepted", "reason": ""},
        {"delivery_id": "m-2", "status": "accepted", "reason": ""},
    ]
    assert reader.read == ["m-1", "m-2"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(body_of("m-1"), secret="whsec_" + base64.b64encode(b"another").decode()),
        signed(body_of("m-2")),
        signed(body_of("m-1"), at=NOW - 301),
        signed(body_of("m-1"), at=NOW + 301),
        {**signed(body_of("m-1")), "webhook-id": "call-2"},
    ],
    ids=["unsigned", "other secret", "other body", "too old", "from the future", "other id"],
)
def test_what_is_not_signed_as_it_should_be_is_not_read(
    receiver: Receiver, reader: Reader, headers: dict[str, str]
) -> None:
    assert post(receiver, body_of("m-1"), headers).status_code == 401
    assert reader.read == []


def test_two_signatures_may_stand_in_the_header_while_a_secret_is_changed(receiver: Receiver) -> None:
    body = body_of("m-1")
    headers = signed(body)
    headers["webhook-signature"] = "v1,b2xkZXI= " + headers["webhook-signature"]
    assert post(receiver, body, headers).status_code == 200


def test_a_delivery_that_comes_again_gets_the_same_answer_and_no_reader(
    receiver: Receiver, mailbox: Mailbox, reader: Reader
) -> None:
    body = body_of("m-1", "dead-2")
    first = post(receiver, body, signed(body)).json()
    assert post(receiver, body, signed(body)).json() == first
    assert reader.read == ["m-1"]
    assert mailbox.repeats == 2


def test_a_passing_answer_settles_nothing(receiver: Receiver, reader: Reader) -> None:
    body = body_of("busy-1")
    assert post(receiver, body, signed(body)).json()["results"][0]["status"] == "passing"
    assert post(receiver, body, signed(body)).json()["results"][0]["status"] == "accepted"
    assert reader.read == ["busy-1"]


def test_a_fault_of_the_whole_request_reads_nothing(receiver: Receiver, reader: Reader) -> None:
    body = body_of("m-9")
    for _ in range(2):
        post(receiver, body_of(), signed(body_of()))
    assert post(receiver, body, signed(body)).status_code == 503
    assert reader.read == []


def test_a_body_that_is_no_message_is_answered_400(receiver: Receiver) -> None:
    body = b'{"messages": [17]}'
    assert post(receiver, body, signed(body)).status_code == 400
