"""The task board in a real browser: ticked ones are handed on, and on a phone a task is done with one thumb."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from siyu.channels import channels_of
from siyu.reach.staff_tasks import giving, queries
from siyu.reach.staff_tasks.model import EVERYTHING, Wish
from siyu.staff import actions, passwords
from siyu.staff.model import SYSTEM
from siyu.staff.tables import sign_ins
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.edge import COOKIE
from siyu.web.outside import Outside
from tests.browser.conftest import SIZES, Visitor, serving
from tests.passwords import cheap_passwords
from tests.reach.world import World

__all__ = ["cheap_passwords"]


def token_of(stores: Stores, login: str) -> str:
    """A sign-in of a new operator's."""
    number = actions.create_member(
        stores, SYSTEM, login=login, name=login, password="correct horse battery", role="operator"
    )
    token, now = passwords.new_secret(), stores.clock.now()
    row = {"staff": number, "at": now, "seen": now, "expires": now + actions.SIGNED_IN, "agent": ""}
    with stores.ledger.write() as conn:
        conn.execute(sa.insert(sign_ins).values(token=passwords.digest(token), **row))
    return token


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_tasks_are_handed_on_and_done_with_one_thumb(stores: Stores, browser: Any, size: str) -> None:
    world = World(stores, [])
    token = token_of(stores, "anna")
    first, second = giving.give(stores, "t", world.add(2, name="安娜"), Wish("回访", "{{ person.name }}你好"))
    channels = channels_of(stores)
    with serving(create_app(stores, outside=Outside(channels=channels))) as address:
        viewport = dict(zip(("width", "height"), SIZES[size], strict=True))
        context = browser.new_context(viewport=viewport, locale="zh-CN")
        context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        visitor = Visitor(context.new_page(), address)
        page = visitor.open("/tasks?who=all")
        expect(page.locator("#bulk")).to_be_hidden()
        page.check(f".task-pick[value='{first}']")
        page.select_option("#f-bulk-to", label="anna（anna）")
        assert (visitor.overflow <= 0, visitor.serious()) == (True, [])
        page.click("#bulk button")
        page.wait_for_selector("text=已转交 1 个任务")

        page = visitor.open("/tasks")
        assert (page.is_visible(f"a[href='/tasks/{first}']"), page.is_visible(f"a[href='/tasks/{second}']")) == (
            True, False,
        )  # fmt: skip
        visitor.open(f"/tasks/{first}")
        assert page.inner_text(".task-script") == "安娜你好"
        page.check("[name=rung][value=voice]")
        page.check("[name=outcome][value=reached]")
        done = page.locator("button:has-text('完成任务')")
        expect(done).to_be_visible()
        assert done.bounding_box()["height"] >= 44
        assert (visitor.overflow <= 0, visitor.serious()) == (True, [])
        done.click()
        page.wait_for_selector(".toast-line:has-text('已完成')")
        found = queries.one_task(stores, EVERYTHING, first)
        assert (found.state, found.rung, found.outcome) == ("done", "voice", "reached")
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.click(".toast-line button")
        page.wait_for_selector(f"a[href='/tasks/{first}']")
        assert (queries.one_task(stores, EVERYTHING, first).state, visitor.faults) == ("open", [])
        context.close()
    channels.close()
