"""A booking made on a phone of 320 pixels, in Chinese and in English, with scripts and without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from siyu.channels import channels_of
from siyu.growth.codes import hours
from siyu.growth.leads import keeping, reading
from siyu.growth.leads.reading import Asked
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.browser.conftest import serving
from tests.browser.test_campaigns import fits, phone
from tests.growth.leads.forms import a_form


@pytest.fixture
def address(stores: Stores) -> Iterator[str]:
    channels = channels_of(stores)
    with serving(create_app(stores, outside=Outside(channels=channels))) as found:
        yield found
    channels.close()


def test_a_time_is_booked_and_taken_back_on_a_phone(stores: Stores, address: str, browser: Any) -> None:
    form = a_form(stores, live=False, kind="booking", text_zh="到店试听一节课。", text_en="One lesson at the shop.")
    first = stores.clock.now().date() + timedelta(days=1)
    keeping.add_slots(stores, form.id, first, first + timedelta(days=2), hours.read("1-7 10:00-18:00"), 60, 2)
    keeping.put_to_use(stores, form.id)
    with (
        phone(browser, address) as guest,
        phone(browser, address, locale="en", java_script_enabled=False) as other,
    ):
        page = guest.open(f"/m/f/{form.slug}")
        fits(guest)
        page.fill("[name=f_phone]", "123")
        page.click(".time >> nth=2")
        page.check("[name=agreed]")
        page.click("button:has-text('预约')")
        page.wait_for_selector("#e-f_phone")
        guest.quiet()
        fits(guest)
        page.fill("[name=f_phone]", "138 0013 8000")
        page.click("button:has-text('预约')")
        page.wait_for_selector("text=预约成功")
        guest.quiet()
        fits(guest)
        (lead,) = reading.leads_page(stores, Asked())
        page.goto(f"{address}/m/f/{form.slug}/{lead.mark}")
        page.click("summary")
        page.click("button:has-text('取消这次预约')")
        page.wait_for_selector("text=预约已取消")
        plain = other.page
        plain.goto(f"{address}/m/f/{form.slug}")
        plain.click(".time >> nth=0")
        plain.fill("[name=f_phone]", "13900139000")
        plain.check("[name=agreed]")
        plain.click("button:has-text('Book')")
        plain.wait_for_selector("text=You are booked")
    assert [each.state for each in reading.leads_page(stores, Asked())] == ["new", "cancelled"]
