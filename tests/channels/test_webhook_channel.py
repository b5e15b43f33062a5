"""The webhook channel over the loopback: what is sent, and what each answer means."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from siyu.channels import ACCEPTED, Account, Caller, Message
from siyu.channels.addresses import NetworkPolicy
from siyu.channels.signing import new_secret, sign, verify
from siyu.channels.webhook import WebhookChannel
from siyu.storage import BadInput
from tests.channels.receiver import Answer, Received, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def channel() -> Iterator[WebhookChannel]:
    channel = WebhookChannel()
    yield channel
    channel.close()


def account(url: str, **settings: int) -> Account:
    return Account(
        1, "webhook", "hook", {"url": url, "batch": 50, "timeout_seconds": 5, **settings}, {"secret": SECRET}
    )


def message(number: int) -> Message:
    return Message(f"m-{number}", number, "", {"text": f"您好 {number} 😀"}, unsubscribe="http://127.0.0.1/u/x")


def test_the_signature_is_the_one_of_the_standard() -> None:
    # Example of the Standard Webhooks specification's reference libraries.
    body = b'{"test": 2432232314}'
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == signature


def test_a_receiver_can_verify_a_call(channel: WebhookChannel) -> None:
    with receiving() as receiver:
        channel.send(account(receiver.url), [message(1)])
    call = receiver.calls[0]
    signed = (call.headers["webhook-id"], call.headers["webhook-timestamp"], call.body)
    given = call.headers["webhook-signature"]
    assert verify(SECRET, *signed, given, int(time.time()))
    assert not verify(new_secret(), *signed, given, int(time.time()))


def test_an_old_call_does_not_verify_again() -> None:
    assert not verify(SECRET, "x", "1000", b"", sign(SECRET, "x", 1000, b""), now=1000 + 301)


def test_a_plain_2xx_accepts_all(channel: WebhookChannel) -> None:
    with receiving() as receiver:
        assert channel.send(account(receiver.url), [message(1), message(2)]) == [ACCEPTED, ACCEPTED]
    assert receiver.calls[0].document["messages"][1] == {
        "delivery_id": "m-2",
        "person": 2,
        "identifiers": {},
        "kind": "marketing",
        "broadcast": None,
        "sent_at": "",
        "unsubscribe": "http://127.0.0.1/u/x",
        "title": "",
        "text": "您好 2 😀",
        "link": "",
    }


def test_results_are_read_by_message(channel: WebhookChannel) -> None:
    def answer(_: Received) -> Answer:
        results = [
            {"delivery_id": "m-1", "status": "refused", "reason": "no such user"},
            {"delivery_id": "m-2", "status": "passing", "retry_after": 7},
        ]
        return 200, {}, json.dumps({"results": results}).encode()

    with receiving(answer) as receiver:
        outcomes = channel.send(account(receiver.url), [message(1), message(2), message(3)])
    assert [(o.kind, o.retry_after_seconds) for o in outcomes] == [
        ("refused", None),
        ("passing", 7),
        ("accepted", None),
    ]


@pytest.mark.parametrize(
    ("status", "kind", "stopped"),
    [
        (400, "refused", False),
        (401, "refused", True),
        (404, "refused", True),
        (410, "refused", True),
        (302, "refused", True),
        (408, "passing", False),
        (429, "passing", False),
        (500, "passing", False),
        (503, "passing", False),
    ],
)
def test_what_a_status_means(channel: WebhookChannel, status: int, kind: str, stopped: bool) -> None:
    with receiving(lambda _: (status, {"retry-after": "9", "location": "http://127.0.0.1:1/"}, b"")) as receiver:
        (outcome,) = channel.send(account(receiver.url), [message(1)])
    assert (outcome.kind, outcome.account_stopped) == (kind, stopped)
    assert outcome.retry_after_seconds == (9 if kind == "passing" else None)


def test_one_bad_message_does_not_refuse_its_list(channel: WebhookChannel) -> None:
    with receiving(lambda call: (422 if "m-3" in call.delivery_ids else 204, {}, b"")) as receiver:
        outcomes = channel.send(account(receiver.url), [message(i) for i in range(8)])
    assert [o.kind for o in outcomes] == ["accepted"] * 3 + ["refused"] + ["accepted"] * 4


def test_no_answer_in_time_is_unknown(channel: WebhookChannel) -> None:
    def slowly(_: Received) -> Answer:
        time.sleep(1.5)
        return 204, {}, b""

    with receiving(slowly) as receiver:
        (outcome,) = channel.send(account(receiver.url, timeout_seconds=1), [message(1)])
    assert (outcome.kind, outcome.reason) == ("unknown", "no_answer")


def test_nobody_listening_is_passing(channel: WebhookChannel) -> None:
    with receiving() as receiver:
        pass
    (outcome,) = channel.send(account(receiver.url), [message(1)])
    assert (outcome.kind, outcome.reason) == ("passing", "no_connection")


def test_the_same_messages_make_the_same_call_id(channel: WebhookChannel) -> None:
    with receiving() as receiver:
        for _ in range(2):
            channel.send(account(receiver.url), [message(1), message(2)])
    assert receiver.calls[0].headers["webhook-id"] == receiver.calls[1].headers["webhook-id"]


def test_a_live_check_carries_no_message(channel: WebhookChannel) -> None:
    with receiving() as receiver:
        found = channel.check(account(receiver.url))
    assert found.works
    assert receiver.calls[0].document == {"type": "check", "messages": []}


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://[fe80::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
    ],
)
def test_the_servers_own_network_is_not_called(channel: WebhookChannel, url: str) -> None:
    with pytest.raises(BadInput) as caught:
        channel.validate({"url": url}, {})
    assert caught.value.code == "address_not_allowed"
    (outcome,) = channel.send(account(url), [message(1)])
    assert (outcome.reason, outcome.account_stopped) == ("address_not_allowed", True)


def test_private_networks_are_called_where_the_owner_allows_it() -> None:
    WebhookChannel(Caller(lambda: NetworkPolicy(private=True))).validate({"url": "http://10.0.0.1/"}, {})


def test_metadata_services_are_never_called() -> None:
    with pytest.raises(BadInput):
        WebhookChannel(Caller(lambda: NetworkPolicy(private=True))).validate({"url": "http://169.254.169.254/"}, {})


@pytest.mark.parametrize("url", ["", "ftp://a/", "https://", "javascript:alert(1)", "http://u:p@127.0.0.1/", "a b"])
def test_what_is_not_an_address_is_refused(channel: WebhookChannel, url: str) -> None:
    with pytest.raises(BadInput) as caught:
        channel.validate({"url": url}, {})
    assert caught.value.code == "url_invalid"
