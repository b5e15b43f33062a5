"""The simulated SMS service does what the real one is documented to do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.sms import sms
from tests.platform_worlds import HTTP, Listener, listening, running

KEY, SECRET, PHONE = "testId", "testSecret", "15300000001"
TEMPLATES = {"SMS_1": {"kind": "notice"}, "SMS_2": {"kind": "code"}}


@pytest.fixture
def service() -> Iterator[Running]:
    with running(sms(clock=DomainClock(1_767_225_600.0, 0.0))) as platform:
        platform.door.post("account", key=KEY, secret=SECRET, sign="店", templates=TEMPLATES)
        yield platform


def ask(service: Running, action: str, secret: str = SECRET, **given: str) -> tuple[int, dict[str, Any]]:
    """(HTTP status, answer)."""
    form = {
        "AccessKeyId": KEY,
        "Action": action,
        "SignatureNonce": base64.b16encode(action.encode()).decode() + str(len(service.door.get("calls")["last"])),
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Version": "2017-05-25",
        **given,
    }
    listed = "&".join(f"{quote(name, safe='')}={quote(form[name], safe='')}" for name in sorted(form))
    text = f"POST&%2F&{quote(listed, safe='')}"
    form["Signature"] = base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()
    answer = HTTP.post(service.url, data=form)
    return answer.status_code, answer.json()


def text(service: Running, phone: str = PHONE, **given: str) -> str:
    wish = {"PhoneNumbers": phone, "SignName": "店", "TemplateCode": "SMS_1", **given}
    return str(ask(service, "SendSms", **wish)[1]["Code"])


def test_only_fresh_and_true_signatures_pass(service: Running) -> None:
    old = (datetime.now(UTC) - timedelta(minutes=16)).strftime("%Y-%m-%dT%H:%M:%SZ")
    sign = {"SignName": "店"}
    assert ask(service, "GetSmsSign", **sign)[1]["SignStatus"] == 1
    refused = [
        ask(service, "GetSmsSign", "wrong", **sign),
        ask(service, "GetSmsSign", **sign, AccessKeyId="nobody"),
        ask(service, "GetSmsSign", **sign, Timestamp=old),
        ask(service, "GetSmsSign", **sign, SignatureNonce="one"),
        ask(service, "GetSmsSign", **sign, SignatureNonce="one"),
    ]
    assert [(status, answer["Code"]) for status, answer in refused] == [
        (400, "SignatureDoesNotMatch"),
        (404, "InvalidAccessKeyId.NotFound"),
        (400, "InvalidTimeStamp.Expired"),
        (200, "OK"),
        (400, "SignatureNonceUsed"),
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "OK"),
        ({"phone": "110"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"SignName": "别家"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "SMS_9"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": "{"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '{"a": 1}'}, "isv.INVALID_JSON_PARAM"),
    ],
)
def test_what_is_asked_is_looked_at(service: Running, given: dict[str, str], code: str) -> None:
    assert text(service, **given) == code


def test_a_day_has_fifty_of_a_template_for_a_phone(service: Running) -> None:
    assert {text(service) for _ in range(50)} == {"OK"}
    assert text(service) == "isv.BUSINESS_LIMIT_CONTROL"
    assert text(service, "15300000002") == "OK"
    service.door.post("clock", move_seconds=86_401)
    assert text(service) == "OK"


def test_records_come_in_pages_of_a_day(service: Running) -> None:
    for number in range(3):
        text(service, OutId=f"d-{number}")
    wish = {"PhoneNumber": PHONE, "SendDate": "20260101", "PageSize": "2", "CurrentPage": "2"}
    answer = ask(service, "QuerySendDetails", **wish)[1]
    (record,) = answer["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (answer["TotalCount"], record["OutId"], record["SendStatus"]) == (3, "d-2", 1)
    assert ask(service, "QuerySendDetails", **{**wish, "SendDate": "20260102"})[1]["TotalCount"] == 0


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


def test_reports_come_later_and_again_until_they_are_received(service: Running, listener: Listener) -> None:
    service.door.post("change", key=KEY, url=f"{listener.url}/told", report_seconds=5)
    service.door.post("poster", again_seconds=0.01)
    service.door.post("phone", phone="15300000002")
    answers = iter((b"", b'{"code":"0"}'))
    listener.answer = lambda path, query, body: (200, next(answers, b'{"code":0}'))
    text(service, OutId="d-1")
    assert listener.heard == []
    service.door.post("clock", move_seconds=5)
    assert service.door.post("settle")["settled"]
    told = [json.loads(body) for _, _, body in listener.heard]
    assert [(each[0]["out_id"], each[0]["success"]) for each in told] == [("d-1", True)] * 3
    text(service, "15300000002")
    service.door.post("clock", move_seconds=5)
    assert service.door.post("settle")["settled"]
    (last,) = json.loads(listener.heard[-1][2])
    assert (last["success"], last["err_code"]) == (False, "IS_CLOSED")
