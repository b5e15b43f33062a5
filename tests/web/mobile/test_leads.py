"""``/m/f/…``: a form filled in on a phone, a time booked, and every dead end a page with a way on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from siyu.channels import channels_of
from siyu.growth.codes import hours
from siyu.growth.leads import keeping, reading
from siyu.growth.leads.model import FIRST_FIELDS, Field
from siyu.growth.leads.reading import Asked, LeadForm
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.growth.leads.forms import a_form
from tests.web.mobile.test_campaigns import key_in, phone

FILLED = {"f_name": "王小明", "f_phone": "138 0013 8000", "f_wish": "周末", "agreed": "1"}


@pytest.fixture
def site(stores: Stores) -> Iterator[Any]:
    channels = channels_of(stores)
    yield create_app(stores, outside=Outside(channels=channels))
    channels.close()


def filled(http: TestClient[Any], form: LeadForm, **more: str) -> dict[str, str]:
    page = http.get(f"/m/f/{form.slug}").text
    text = re.search(r'name="text" value="(\d+)"', page)
    assert text, page
    return {"once": key_in(page), "text": text[1], **FILLED, **more}


def test_a_form_is_sent_once_however_often_it_is_tapped(stores: Stores, site: Any) -> None:
    form, http = a_form(stores, thanks_zh="半小时内回电。"), phone(site)
    given = filled(http, form)
    first = http.post(f"/m/f/{form.slug}", data=given, follow_redirects=False)
    assert first.status_code == 303, first.text
    assert (
        http.post(f"/m/f/{form.slug}", data=given, follow_redirects=False).headers["location"]
        == (first.headers["location"])
    )
    thanks = http.get(first.headers["location"]).text
    assert "半小时内回电。" in thanks
    assert "13800138000" not in thanks
    assert "王小明" not in thanks, "who is sent the address on learns nothing of them"
    (lead,) = reading.leads_page(stores, Asked())
    assert (lead.name, lead.consent) == ("王小明", False)
    assert phone(site).post(f"/m/f/{form.slug}", data=given).status_code == 400, "of another phone's page"


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(stores: Stores, site: Any) -> None:
    asked = (*FIRST_FIELDS, Field("size", "choice", "面积", "Size", required=True, choices=("小", "大")))
    form, http = a_form(stores, fields=asked), phone(site)
    given = filled(http, form, f_phone="123") | {"agreed": ""}
    answer = http.post(f"/m/f/{form.slug}", data=given)
    assert answer.status_code == 422
    assert "请填写能联系到您的手机号" in answer.text
    assert 'value="王小明"' in answer.text
    assert 'id="e-f_size"' in answer.text
    assert reading.leads_page(stores, Asked()) == []
    fine = given | {"f_phone": "13800138000", "f_size": "大"}
    assert "请先阅读并同意" in http.post(f"/m/f/{form.slug}", data=fine).text
    assert http.post(f"/m/f/{form.slug}", data=fine | {"agreed": "1"}, follow_redirects=False).status_code == 303


def test_a_time_is_booked_and_given_back(stores: Stores, site: Any) -> None:
    form = a_form(stores, live=False, kind="booking")
    day = stores.clock.now().date() + timedelta(days=1)
    keeping.add_slots(stores, form.id, day, day, hours.read("1-7 10:00-11:00"), 60, 1)
    keeping.put_to_use(stores, form.id)
    (slot,) = reading.slots_of(stores, form.id, stores.clock.now())
    one, two = phone(site), phone(site)
    page = one.get(f"/m/f/{form.slug}").text
    assert "10:00" in page
    assert "Asia/Shanghai" in page
    late = filled(two, form, slot=str(slot.id), f_phone="13900139000")
    booked = one.post(f"/m/f/{form.slug}", data=filled(one, form, slot=str(slot.id)))
    assert "预约成功" in booked.text
    refused = two.post(f"/m/f/{form.slug}", data=late)
    assert "现在没有名额了" in refused.text, "nothing is left to choose"
    assert "现在没有名额了" in phone(site).get(f"/m/f/{form.slug}").text
    path = str(booked.url.path)
    stranger = two.get(path).text
    assert 'name="once"' not in stranger, "who knows a number and a time takes nothing back"
    elsewhere = {"once": key_in(two.get(f"/m/f/{a_form(stores).slug}").text)}
    assert "预约成功" in two.post(path, data=elsewhere).text
    assert "预约已取消" in one.post(path, data={"once": key_in(booked.text)}).text
    assert 'name="once"' not in one.get(path).text
    again = filled(two, form, slot=str(slot.id), f_phone="13900139000")
    assert "预约成功" in two.post(f"/m/f/{form.slug}", data=again).text


@pytest.mark.parametrize("path", ["/m/f/nothing", "/m/f/nothing/mark", "/m/f/", "/m/f/a/b/c"])
def test_an_unknown_address_is_a_page_with_a_way_on(site: Any, path: str) -> None:
    answer = phone(site).get(path)
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text


def test_what_is_shut_says_so_and_takes_nothing(stores: Stores, site: Any) -> None:
    form, http = a_form(stores), phone(site)
    given = filled(http, form)
    keeping.pause(stores, form.id)
    assert "暂停中" in http.post(f"/m/f/{form.slug}", data=given).text
    assert "暂停中" in http.get(f"/m/f/{form.slug}").text
    keeping.end(stores, form.id)
    assert "已经结束" in http.get(f"/m/f/{form.slug}").text
    assert reading.leads_page(stores, Asked()) == []
    draft = a_form(stores, live=False)
    assert http.get(f"/m/f/{draft.slug}").status_code == 404


def test_the_page_speaks_english_and_a_preview_counts_nobody(stores: Stores, site: Any) -> None:
    form = a_form(stores)
    english = phone(site).get(f"/m/f/{form.slug}?lang=en").text
    assert "Mobile number" in english
    assert "We use your number to answer." in english
    robot = phone(site).get(f"/m/f/{form.slug}", headers={"user-agent": "preview bot"})
    assert robot.status_code == 200


def test_what_people_write_is_text_wherever_it_is_shown(stores: Stores, site: Any) -> None:
    script = "<script>alert(1)</script>{{ 7*7 }}=cmd()"
    asked = (*FIRST_FIELDS, Field("more", "lines", "说明"))
    form, http = a_form(stores, name="<b>试听</b>", fields=asked), phone(site)
    given = filled(http, form, f_name=script, f_wish=script, f_more=script, f_phone="1")
    again = http.post(f"/m/f/{form.slug}", data=given)
    assert again.status_code == 422
    assert "<script>alert" not in again.text
    assert "<b>试听" not in again.text
    assert http.post(f"/m/f/{form.slug}", data=given | {"f_phone": "13800138000"}).status_code == 200
    (lead,) = reading.leads_page(stores, Asked())
    assert (lead.name, lead.more["more"]) == (script, script)


@pytest.mark.parametrize(
    "forged",
    [
        {"f_size": "特大"},
        {"text": "999999"},
        {"text": "x" * 40},
        {"slot": "1"},
        {"slot": "-1"},
        {"f_name": "王" * 5_000},
        {"f_wish": "\u202e\u0000"},
        {"f_phone": "1" * 300},
    ],
)
def test_what_the_page_never_offered_is_refused(stores: Stores, site: Any, forged: dict[str, str]) -> None:
    asked = (*FIRST_FIELDS, Field("size", "choice", "面积", "Size", choices=("小", "大")))
    form, http = a_form(stores, fields=asked), phone(site)
    answer = http.post(f"/m/f/{form.slug}", data=filled(http, form) | forged)
    stays = forged in ({"text": "x" * 40}, {"slot": "-1"})
    assert answer.status_code == (200 if stays else 422), "what can be read as nothing was said is"
    assert len(reading.leads_page(stores, Asked())) == stays


def test_a_flood_is_told_to_wait_and_a_huge_body_is_not_read(stores: Stores, site: Any) -> None:
    form, http = a_form(stores), phone(site)
    given = filled(http, form)
    huge = http.post(f"/m/f/{form.slug}", data=given | {"f_wish": "x" * 2_000_000})
    assert huge.status_code in (400, 413)
    answers = [http.post(f"/m/f/{form.slug}", data=given | {"f_phone": "1"}).status_code for _ in range(61)]
    assert set(answers[:60]) == {422}
    assert answers[60] == 429
    assert reading.leads_page(stores, Asked()) == []
