"""``/c/<slug>``: who scans gets their page, and every dead end is a page with a way on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from siyu.channels import channels_of, media
from siyu.growth.codes import choices
from siyu.growth.codes.figures import figures_of
from siyu.growth.codes.keeping import CodeDraft, TargetDraft, add_code, end, pause, put_targets, put_to_use
from siyu.growth.codes.model import Kind, Target
from siyu.growth.period import today
from siyu.growth.visitors import devices, links
from siyu.people import tags
from siyu.people.tables import people, person_tags
from siyu.staff import actions
from siyu.staff.model import SYSTEM
from siyu.storage import ManualClock, Stores
from siyu.web.app import create_app
from siyu.web.mobile import app as mobile
from siyu.web.mobile import who
from siyu.web.outside import Outside
from tests.growth.visitors.test_visitors import somebody
from tests.reach.test_answers import one_delivered, token_in

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
WECHAT = {"user-agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0"}


@pytest.fixture
def site(stores: Stores) -> Iterator[Any]:
    channels = channels_of(stores)
    yield create_app(stores, outside=Outside(channels=channels))
    channels.close()


@pytest.fixture
def phone(site: Any) -> Iterator[TestClient[Any]]:
    with TestClient(site, base_url="http://siyu.test", raise_server_exceptions=False) as http:
        yield http


def to(name: str, **more: Any) -> TargetDraft:
    return TargetDraft(name=name, link=f"https://example.com/{name}", **more)


def a_code(stores: Stores, *targets: TargetDraft, kind: Kind = "staff", **more: Any) -> tuple[int, list[Target]]:
    owner = actions.create_member(stores, SYSTEM, login="li", name="李", password="correct horse battery", role="owner")
    code = add_code(stores, "test", CodeDraft("门店", kind, slug="shop", owner=owner, welcome="欢迎光临", **more)).id
    made = put_targets(stores, code, targets)
    put_to_use(stores, code)
    return code, made


def other(site: Any) -> TestClient[Any]:
    return TestClient(site, base_url="http://siyu.test", raise_server_exceptions=False)


def key_in(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found, page
    return found[1]


def test_a_phone_gets_its_target_and_keeps_it(stores: Stores, site: Any, phone: TestClient[Any]) -> None:
    a_code(stores, to("anna"), to("ben"))
    first, again = phone.get("/c/shop"), phone.get("/c/shop")
    assert first.status_code == 200
    assert "欢迎光临" in first.text
    assert [name for name in ("anna", "ben") if f"https://example.com/{name}" in first.text] == ["anna"]
    assert "https://example.com/anna" in again.text
    assert "https://example.com/ben" in other(site).get("/c/shop").text


def test_a_cookie_that_somebody_wrote_themselves_is_not_taken(stores: Stores, phone: TestClient[Any]) -> None:
    a_code(stores, to("anna"))
    phone.get("/c/shop")
    mine = phone.cookies[who.COOKIE]
    device = who.device_in(stores.home, mine)
    assert device
    for forged in (device, f"{device}.", f"x{mine}", "ü.ü"):
        assert who.device_in(stores.home, forged) == ""


def test_a_picture_of_the_code_is_shown_and_no_other(stores: Stores, phone: TestClient[Any]) -> None:
    shown = media.add_medium(stores, "test", "group.png", PNG)
    hidden = media.add_medium(stores, "test", "other.png", PNG + b"x")
    a_code(stores, TargetDraft(name="群", picture=shown), kind="group")
    page = phone.get("/c/shop", headers=WECHAT).text
    source = re.search(r'<img class="qr" src="([^"]+)"', page)
    assert source is not None
    picture = phone.get(source[1])
    assert (picture.status_code, picture.content, picture.headers["content-type"]) == (200, PNG, "image/png")
    assert "长按图片" in page
    assert phone.get(f"/c/shop/{hidden[:20]}").status_code == 404


def test_who_chooses_a_group_has_chosen(stores: Stores, phone: TestClient[Any]) -> None:
    code, (first, second) = a_code(stores, to("red"), to("blue"), kind="choice")
    page = phone.get("/c/shop").text
    assert "red" in page
    assert "blue" in page
    key = key_in(page)
    sent = phone.post("/c/shop", data={"once": key, "choice": second.id}, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/c/shop")
    again = phone.post("/c/shop", data={"once": key, "choice": first.id})
    assert "https://example.com/blue" in again.text
    shown = figures_of(stores, code, today(stores), today(stores))
    assert (shown.choosing, shown.placed, shown.scans) == (1, 1, 1)


def test_a_group_that_fills_up_while_somebody_chooses_is_not_theirs(
    stores: Stores, site: Any, phone: TestClient[Any]
) -> None:
    _, (red, _) = a_code(stores, to("red", seats=1), to("blue"), kind="choice")
    mine, key = phone, key_in(phone.get("/c/shop").text)
    quicker = other(site)
    quicker.post("/c/shop", data={"once": key_in(quicker.get("/c/shop").text), "choice": red.id})
    shown = mine.post("/c/shop", data={"once": key, "choice": red.id})
    assert "请另选一个" in shown.text
    assert "red" not in shown.text


def test_a_form_of_another_phone_is_refused_with_a_way_on(stores: Stores, site: Any, phone: TestClient[Any]) -> None:
    _, (red, _) = a_code(stores, to("red"), to("blue"), kind="choice")
    key = key_in(other(site).get("/c/shop").text)
    phone.get("/c/shop")
    for data in ({"once": key, "choice": str(red.id)}, {"choice": str(red.id)}):
        refused = phone.post("/c/shop", data=data)
        assert refused.status_code == 400
        assert 'href="/c/shop"' in refused.text


def test_the_choice_is_a_tag_as_soon_as_somebody_is_known(stores: Stores, phone: TestClient[Any]) -> None:
    devices.when_bound(choices.tag_bound)
    tag = tags.make_tag(stores, tags.make_group(stores, "兴趣"), "瑜伽")
    anna = somebody(stores)
    _, (yoga,) = a_code(stores, to("yoga", tag=tag), kind="choice")
    phone.post("/c/shop", data={"once": key_in(phone.get("/c/shop").text), "choice": yoga.id})
    token = links.token_for(stores.home, anna, stores.clock.now())
    led = phone.get(f"/c/shop?lang=en&me={token}", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/c/shop?lang=en")
    with stores.ledger.read() as conn:
        assert [tuple(row) for row in conn.execute(sa.select(person_tags.c.person, person_tags.c.tag))] == [(anna, tag)]


def test_somebody_known_gets_the_same_target_on_their_next_phone(
    stores: Stores, site: Any, phone: TestClient[Any]
) -> None:
    a_code(stores, to("anna"), to("ben"))
    eve, now = somebody(stores), stores.clock.now()
    phone.get(f"/c/shop?me={links.token_for(stores.home, eve, now)}")
    page = other(site).get(f"/c/shop?me={links.token_for(stores.home, eve, now)}").text
    assert "https://example.com/anna" in page


def test_a_link_in_a_message_says_whom_it_was_for_on_the_first_phone_alone(
    stores: Stores, site: Any, phone: TestClient[Any]
) -> None:
    a_code(stores, to("anna"))
    world, _, _ = one_delivered(stores, "看 http://siyu.test/c/shop?x=1 吧")
    followed = f"/l/{token_in(world.fake.received[0].content['text'], 'l')}"
    assert "/c/shop?x=1&me=" in phone.get(followed, follow_redirects=False).headers["location"]
    friend = other(site)
    for each in (phone, friend):
        assert "https://example.com/anna" in each.get(followed).text
    marks = [who.device_in(stores.home, each.cookies[who.COOKIE]) for each in (phone, friend)]
    assert [devices.person_of(stores, mark) for mark in marks] == [1, None]


def test_a_link_changed_on_its_way_is_told_so(stores: Stores, phone: TestClient[Any]) -> None:
    a_code(stores, to("anna"))
    changed = phone.get("/c/shop?me=AAAA")
    assert changed.status_code == 400
    assert 'href="/c/shop"' in changed.text


@pytest.mark.parametrize("path", ["/c/nothing", "/c/shop/x", "/c/", "/c/a/b/c", "/m/", "/c/%00"])
def test_an_unknown_address_is_a_page(stores: Stores, phone: TestClient[Any], path: str) -> None:
    found = phone.get(path)
    assert found.status_code == 404
    assert "没有这个页面" in found.text


def test_a_code_before_its_time_paused_and_ended_says_so(stores: Stores, phone: TestClient[Any]) -> None:
    code, _ = a_code(stores, to("anna"), starts=stores.clock.now() + timedelta(hours=1))
    assert "还没有开始" in phone.get("/c/shop").text
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(hours=2))
    assert "https://example.com/anna" in phone.get("/c/shop").text
    pause(stores, code)
    assert "暂停中" in phone.get("/c/shop").text
    end(stores, code)
    assert "已经结束" in phone.get("/c/shop").text


def test_when_all_are_shut_the_page_says_when_one_opens(stores: Stores, phone: TestClient[Any]) -> None:
    code, _ = a_code(stores, to("anna", starts=stores.clock.now() + timedelta(hours=3)))
    page = phone.get("/c/shop").text
    assert "没有名额" in page
    assert "<time" in page
    assert figures_of(stores, code, today(stores), today(stores)).lost == 1


def test_a_preview_takes_nobodys_place(stores: Stores, phone: TestClient[Any]) -> None:
    code, _ = a_code(stores, to("anna", seats=1))
    for headers in ({"user-agent": "Somebot/1.0"}, {"user-agent": "facebookexternalhit/1.1"}):
        assert "欢迎光临" in phone.get("/c/shop", headers=headers).text
    assert phone.head("/c/shop").status_code == 200
    assert figures_of(stores, code, today(stores), today(stores)).lines == []


def test_the_page_speaks_english_where_it_is_wished(stores: Stores, phone: TestClient[Any]) -> None:
    a_code(stores, to("anna"))
    assert ">Add<" in phone.get("/c/shop", headers={"accept-language": "en-GB"}).text
    assert ">Add<" in phone.get("/c/shop?lang=en").text
    assert ">Add<" in phone.get("/c/shop").text


def test_one_address_has_a_limit(stores: Stores, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mobile, "DEVICES_PER_MINUTE", 2)
    a_code(stores, to("anna"))
    site = create_app(stores, outside=Outside(channels=channels_of(stores)))
    found = [other(site).get("/c/shop") for _ in range(3)]
    assert [each.status_code for each in found] == [200, 200, 429]
    assert int(found[2].headers["retry-after"]) > 0


def test_what_nobody_expected_is_a_page_without_its_cause(
    stores: Stores, phone: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_code(stores, to("anna"))
    monkeypatch.setattr("siyu.web.mobile.pages.codes.reading.code_at", lambda *_: 1 // 0)
    failed = phone.get("/c/shop")
    assert failed.status_code == 503
    assert "division" not in failed.text


def test_it_may_be_held_by_no_frame_and_kept_by_no_cache(stores: Stores, phone: TestClient[Any]) -> None:
    a_code(stores, to("anna"))
    headers = phone.get("/c/shop").headers
    assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "HttpOnly" in headers["set-cookie"]


def test_who_is_gone_is_not_found_by_their_phone(stores: Stores, phone: TestClient[Any]) -> None:
    a_code(stores, to("anna"))
    eve = somebody(stores)
    phone.get(f"/c/shop?me={links.token_for(stores.home, eve, stores.clock.now())}")
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(people).where(people.c.person == eve))
    assert phone.get("/c/shop").status_code == 200
