"""SMS: signed calls, each message once whatever breaks; reports and replies into people's lives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.platforms.core.running import Running
from siyu.channels.accounts import open_account
from siyu.channels.platform.applier import Applier, strange_callbacks
from siyu.channels.registry import receivers_of
from siyu.channels.sms import sends
from siyu.channels.sms.callbacks import is_refusal
from siyu.channels.sms.forms import phone_of
from siyu.channels.sms.platform import signature
from siyu.channels.sms.tables import sms_sends
from siyu.channels.sms.tasks import KEPT, forget
from siyu.jobs.turns import run_until_empty
from siyu.people import consents
from siyu.storage import BadInput, Stores
from tests.channels.sms.shop import PHONE, SECRET, SIGN, Shop, a_shop, sms_world
from tests.platform_worlds import HTTP

__all__ = ["sms_world"]


@pytest.fixture
def shop(stores: Stores, sms_world: Running) -> Iterator[Shop]:
    yield from a_shop(stores, sms_world)


@pytest.fixture
def each_shop(each_stores: Stores, sms_world: Running) -> Iterator[Shop]:
    yield from a_shop(each_stores, sms_world)


# --- the call


def test_the_example_of_the_service_is_signed_as_it_says() -> None:
    given_there = {
        "AccessKeyId": "testId",
        "Action": "SendSms",
        "Format": "XML",
        "OutId": "123",
        "PhoneNumbers": "15300000001",
        "RegionId": "cn-hangzhou",
        "SignName": "阿里云短信测试专用",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
        "SignatureVersion": "1.0",
        "TemplateCode": "SMS_71390007",
        "TemplateParam": '{"customer":"test"}',
        "Timestamp": "2017-07-12T02:42:19Z",
        "Version": "2017-05-25",
    }
    assert signature("testSecret", "GET", given_there) == "zJDF+Lrzhj/ThnlvIToysFRq6t4="


@pytest.mark.parametrize(
    ("address", "phone"),
    [("+8613800138000", PHONE), (PHONE, PHONE), ("+85261234567", "85261234567"), ("110", ""), ("林晓", ""), ("", "")],
)
def test_phones_are_written_as_the_service_reads_them(address: str, phone: str) -> None:
    assert phone_of(address) == phone


def test_a_message_arrives_with_its_variables_and_its_delivery_id(shop: Shop) -> None:
    assert shop.send(data="name: 林晓 & ~*+=/%\nshop：西湖店").kind == "accepted"
    variables = {"name": "林晓 & ~*+=/%", "shop": "西湖店"}
    assert shop.arrived() == [{"phone": PHONE, "template": "SMS_1", "variables": variables, "out_id": "d-1"}]


def test_a_template_without_variables_needs_none(shop: Shop) -> None:
    assert shop.send(template_code="SMS_2", data="").kind == "accepted"
    assert shop.arrived()[0]["variables"] == {}


def test_what_is_no_phone_is_never_called_for(shop: Shop) -> None:
    outcome = shop.send(phone="12345")
    assert (outcome.kind, outcome.reason, shop.asked("SendSms")) == ("refused", "address_invalid", 0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"template_code": "SMS_9"}, "template_unknown"),
        ({"data": ""}, "template_data"),
        ({"data": "name: " + "长" * 36}, "template_data"),
        ({"data": "name: https://shop.example/a"}, "template_data"),
    ],
)
def test_what_is_wrong_with_the_content_is_said(shop: Shop, content: dict[str, str], reason: str) -> None:
    outcome = shop.send(**content)
    assert (outcome.kind, outcome.reason, shop.arrived()) == ("refused", reason, [])


@pytest.mark.parametrize(
    ("code", "kind", "reason", "stopped"),
    [
        (1, "refused", "address_invalid", False),
        (14, "refused", "message_refused", False),
        (9, "passing", "account_refused", True),
        (10, "passing", "account_refused", True),
        (3, "passing", "account_refused", True),
        (13, "passing", "account_refused", True),
        (40, "passing", "account_refused", True),
        (44, "passing", "platform_busy", False),
        (11, "passing", "platform_busy", False),
        (12, "passing", "platform_busy", False),
        (99, "refused", "message_refused", False),
    ],
)
def test_what_the_service_says_is_understood(shop: Shop, code: int, kind: str, reason: str, stopped: bool) -> None:
    shop.fault(kind="code", code=code)
    outcome = shop.send()
    assert (outcome.kind, outcome.reason, outcome.account_stopped) == (kind, reason, stopped)
    shop.fault()
    shop.later(minutes=1)
    assert shop.send().kind == "accepted"  # nothing is left of what was surely not sent


def test_a_wrong_secret_stops_the_account_and_shows_no_phone(shop: Shop) -> None:
    shop.platform.door.post("change", key=shop.key, secret="another")
    outcome = shop.send()
    assert outcome.account_stopped
    assert outcome.answer["code"] == "SignatureDoesNotMatch"
    assert PHONE not in json.dumps(outcome.answer)


def test_one_a_minute_waits_and_the_hour_gives_up(shop: Shop) -> None:
    code = {"template_code": "SMS_3", "data": "code: 1234"}
    assert shop.send(1, **code).kind == "accepted"
    soon = shop.send(2, **code)
    assert (soon.kind, soon.reason, soon.retry_after_seconds) == ("passing", "phone_limit", 65.0)
    for number in range(2, 6):
        shop.later(seconds=66)
        assert shop.send(number, **code).kind == "accepted"
    shop.later(seconds=66)
    late = shop.send(6, **code)
    assert (late.kind, late.reason) == ("refused", "phone_limit")
    assert shop.send(7, phone="13900139000", **code).kind == "accepted"  # another phone has its own


# --- each once


def test_what_was_accepted_is_never_called_for_again(shop: Shop) -> None:
    first, again = shop.send(), shop.send()
    assert first.answer["biz_id"] == again.answer["biz_id"]
    assert (len(shop.arrived()), shop.asked("SendSms")) == (1, 1)


def test_a_lost_answer_is_settled_by_asking(each_shop: Shop) -> None:
    shop = each_shop
    shop.fault(kind="cut", applied=True, times=1)
    assert shop.send().kind == "unknown"
    assert shop.send().kind == "accepted"
    assert (len(shop.arrived()), shop.asked("SendSms")) == (1, 2)  # one call, noted as done and as cut


def test_a_call_that_never_arrived_goes_again_once_the_service_surely_does_not_know_it(shop: Shop) -> None:
    shop.fault(kind="cut", times=1)
    assert shop.send().kind == "unknown"
    early = shop.send()
    assert (early.kind, early.retry_after_seconds, shop.arrived()) == ("unknown", 60.0, [])
    shop.later(minutes=10)
    assert shop.send().kind == "accepted"
    assert len(shop.arrived()) == 1


def test_a_record_that_is_not_shown_whole_settles_nothing(shop: Shop) -> None:
    shop.fault(kind="cut", times=1)
    assert shop.send().kind == "unknown"
    shop.send(2)
    shop.later(minutes=11)
    shop.platform.door.post("change", key=shop.key, hides=True)  # seen at the real one: it counts what it does not list
    assert shop.send().kind == "unknown"
    shop.platform.door.post("change", key=shop.key, hides=False)
    assert shop.send().kind == "accepted"
    assert len(shop.arrived()) == 2


def test_a_report_settles_a_lost_answer_before_anybody_asks(shop: Shop) -> None:
    shop.fault(kind="cut", applied=True, times=1)
    assert shop.send().kind == "unknown"
    shop.later(seconds=5)
    shop.heard()
    assert shop.send().kind == "accepted"
    assert shop.asked("QuerySendDetails") == 0


def test_a_call_before_midnight_is_found_the_day_after(shop: Shop) -> None:
    shop.later(hours=15, minutes=59)  # 23:59 in China, where the service counts days
    shop.fault(kind="cut", applied=True, times=1)
    assert shop.send().kind == "unknown"
    shop.later(hours=9)
    assert shop.send().kind == "accepted"
    assert len(shop.arrived()) == 1


def test_two_workers_do_not_both_call_again(each_shop: Shop) -> None:
    shop = each_shop
    shop.fault(kind="cut", times=1)
    assert shop.send().kind == "unknown"
    shop.later(minutes=11)
    now, message = shop.stores.clock.now(), shop.message(1)
    with shop.stores.ledger.write() as conn:
        ((_, at),) = sends.begin(conn, shop.number, [message], now).unanswered
    with shop.stores.ledger.write() as conn:
        assert sends.call_again(conn, shop.number, [(message, at)], now) == [message]
    with shop.stores.ledger.write() as conn:
        assert sends.call_again(conn, shop.number, [(message, at)], now) == []


def test_a_stopped_account_burns_no_more_of_the_list(shop: Shop) -> None:
    shop.platform.door.post("change", key=shop.key, balance=1)
    outcomes = shop.channel.send(shop.account, [shop.message(number) for number in range(4)])
    assert [(each.kind, each.account_stopped) for each in outcomes] == [("accepted", False)] + [("passing", True)] * 3
    assert shop.asked("SendSms") == 2


def test_old_rows_are_forgotten(shop: Shop) -> None:
    shop.send()
    shop.later(days=KEPT.days + 1)

    class Quiet:
        def progress(self, done: int) -> None:
            return None

    job: Any = Quiet()
    assert forget(shop.stores, job) == {"gone": 1}
    with shop.stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(sms_sends)).scalar_one() == 0


# --- what is told


def test_reports_are_in_the_timeline_once(shop: Shop) -> None:
    shop.platform.door.post("phone", phone="13900139000", code="IS_CLOSED", words="关机")
    shop.platform.door.post("poster", repeats=1.0, late_seconds=0.0)
    shop.send(1)
    shop.send(2, phone="+8613900139000")
    shop.later(seconds=5)
    shop.heard()
    shop.platform.door.post("poster", repeats=0.0)
    assert sorted(shop.events()) == [("message_delivered", "d-1", None), ("message_failed", "d-2", "IS_CLOSED 关机")]
    assert strange_callbacks(shop.stores) == []


def test_who_replies_r_gets_no_more_marketing_by_sms(shop: Shop) -> None:
    shop.replies("您好")
    with shop.stores.ledger.read() as conn:
        person = int(conn.exec_driver_sql("SELECT person FROM identifiers WHERE kind = 'phone'").scalar_one())
    consents.state_consent(shop.stores, "staff:1", person, "marketing", "sms", given=True)
    consents.state_consent(shop.stores, "staff:1", person, "marketing", "email", given=True)
    shop.later(minutes=1)
    shop.replies(" ｒ。")
    with shop.stores.ledger.read() as conn:
        stated = consents.of_person(conn, person)
        allowed = [consents.allows(stated, "marketing", channel) for channel in ("sms", "email")]
        proof = consents.log_of(conn, person)[0]
    assert allowed == [False, True]
    assert proof["evidence"].startswith("sms reply:")
    names = [name for name, *_ in shop.events()]
    assert (names.count("unsubscribed"), names.count("customer_wrote")) == (1, 1)


@given(st.sampled_from(["R", "t", "TD", "td", "退订", "ＴＤ", "拒收"]), st.text(" \t。.!！【】", max_size=4))
def test_a_refusal_is_one_however_it_is_written(word: str, around: str) -> None:
    assert is_refusal(around + word + around)


@pytest.mark.parametrize("said", ["", "?", "好的", "R2", "怎么退订", "收到 T 恤", "N"])
def test_all_else_is_a_message(said: str) -> None:
    assert not is_refusal(said)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'["a"]', 400),
        (b"[]", 200),
        (b'[{"phone_number":"1381111****","success":true}]', 200),
        (b'[{"success":true}]', 200),
        (b'[{"phone_number":"13800138000","invented":1}]', 200),
    ],
)
def test_bad_bodies_are_never_a_fault(shop: Shop, body: bytes, status: int) -> None:
    assert HTTP.post(shop.url, content=body).status_code == status
    run_until_empty(Applier(shop.stores, receivers_of()).step)
    assert shop.events() == []


def test_who_does_not_know_the_address_tells_nothing(shop: Shop) -> None:
    report = b'[{"phone_number":"13800138000","content":"R"}]'
    assert HTTP.post(shop.url[:-1] + ("1" if shop.url.endswith("0") else "0"), content=report).status_code == 404
    answer = HTTP.post(shop.url, content=report)
    assert (answer.status_code, answer.json()["code"]) == (200, 0)


# --- the account


def test_the_live_check_looks_at_key_sign_and_callbacks(shop: Shop) -> None:
    assert (shop.check().works, shop.check().detail["callback"]) == (True, False)
    shop.replies("在吗")
    assert shop.check().detail == {"key": True, "sign": True, "callback": True}
    shop.platform.door.post("change", key=shop.key, sign_status=0)
    assert (shop.check().works, shop.check().detail["key"]) == (False, True)
    shop.platform.door.post("change", key=shop.key, secret="another")
    assert not shop.check().works
    assert shop.arrived() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"access_key_id": "not a key"}, "access_key_id"),
        ({"access_key_secret": ""}, "access_key_secret"),
        ({"base_url": "ftp://x"}, "base_url"),
        ({"sign_name": ""}, "sign_name"),
    ],
)
def test_what_an_account_lacks_is_named(shop: Shop, change: dict[str, str], field: str) -> None:
    good = {"access_key_id": "LTAI", "access_key_secret": SECRET, "sign_name": SIGN}
    with pytest.raises(BadInput) as refused:
        open_account(shop.stores, shop.channels, channel="sms", name="短信", settings={**good, **change})
    assert refused.value.field == field
