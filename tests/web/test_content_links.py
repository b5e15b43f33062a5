"""Content links on phones, in the console and over the API."""

from __future__ import annotations

import re
from typing import Any

import siyu.rooms
from siyu.content.links import keeping, reading
from siyu.content.links.model import Draft
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import Stores
from tests.people.calls import drained, track
from tests.web.conftest import SignedIn
from tests.web.test_order_links import phones

__all__ = ["phones"]


def a_link(stores: Stores) -> int:
    siyu.rooms.load_rooms()
    drained(stores, track("u1", "page_viewed"), track("u2", "page_viewed"))
    return keeping.add_link(stores, "staff:1", Draft("换季护肤", "先清洁", tags=["敏感肌"], alert=True)).id


def events(stores: Stores) -> list[str]:
    run_until_empty(Drain(stores).step)
    return [
        str(row[0]) for row in stores.events.rows("SELECT name FROM events WHERE name LIKE 'content%' ORDER BY name")
    ]


def opened(phone: Any, path: str) -> tuple[str, str]:
    """The page, and the address it has then: what is passed on from there."""
    answer = phone.get(path)
    assert answer.status_code == 200
    own = re.search(r'data-address="([^"]+)"', answer.text)
    return answer.text, own[1] if own else answer.url.path


def test_a_chain_of_phones_is_a_chain_of_readers(stores: Stores, phones: Any) -> None:
    link = a_link(stores)
    path = keeping.own_paths(stores, link, [1])[1]
    first, second, third = phones(), phones(), phones()
    text, address = opened(first, path)
    assert "换季护肤" in text
    _, address = opened(second, address)
    opened(third, address)
    opened(first, path)
    found = reading.tree_of(reading.readers_of(stores, link))
    assert [depth for depth, _ in found] == [0, 1, 2]
    assert (found[0][1].person, found[0][1].opens) == (1, 1)


def test_a_browser_that_keeps_nothing_goes_round_in_no_circles(stores: Stores, phones: Any) -> None:
    link = a_link(stores)
    path = keeping.own_paths(stores, link, [1])[1]
    for _ in range(3):
        phone = phones()
        assert phone.get(path, follow_redirects=False).status_code == 200


def test_who_objects_is_recorded_no_more_and_reads_on(stores: Stores, phones: Any) -> None:
    link = a_link(stores)
    phone = phones()
    text, address = opened(phone, keeping.own_paths(stores, link, [1])[1])
    before = events(stores)
    key = re.search(r'name="once" value="([^"]+)"', text)
    assert key is not None
    after = phone.post(f"{address}/object", data={"once": key[1]})
    assert "换季护肤" in after.text
    assert "已停止记录" in after.text
    phone.get(address)
    assert events(stores) == before


def test_what_readers_do_is_told_with_the_page_key(stores: Stores, phones: Any) -> None:
    link = a_link(stores)
    phone = phones()
    text, address = opened(phone, keeping.own_paths(stores, link, [1])[1])
    keys = re.findall(r'name="once" value="([^"]+)"', text)
    assert phone.post(f"{address}/seen", data={"once": keys[0], "seconds": "4", "far": "60"}).status_code == 204
    assert phone.post(f"{address}/liked", data={"once": keys[1]}).status_code == 200
    assert phone.post(f"{address}/commented", data={"once": keys[3], "text": "很有用"}).status_code == 200
    assert phone.post(f"{address}/liked", data={"once": "x"}).status_code == 400
    assert set(events(stores)) == {"content_opened", "content_read", "content_liked", "content_commented"}
    assert phones().get(address[:-2]).status_code == 404


def test_a_link_is_made_shown_and_turned_off_on_its_pages(stores: Stores, signed_in: SignedIn, phones: Any) -> None:
    console = signed_in("operator")
    assert "还没有内容链接" in console.get("/content-links").text
    form = {"title": "换季护肤", "text": "先清洁", "tags": "敏感肌，换季", "alert": "1"}
    made = console.post("/content-links/new", form)
    page = made.headers["location"]
    (link,) = keeping.list_links(stores)
    assert (made.status_code, link.tags, link.alert) == (303, ["敏感肌", "换季"], True)
    drained(stores, track("u1", "page_viewed"))
    opened(phones(), keeping.own_paths(stores, link.id, [1])[1])
    shown = console.get(page).text
    assert "/people/1" in shown
    assert console.post(f"{page}/people", {"persons": "1"}).text.count("/m/t/") >= 2
    assert console.post(f"{page}/people", {"persons": "77"}).status_code == 422
    assert console.post(f"{page}/edit", form | {"title": "新"}).status_code == 303
    assert console.post("/content-links/new", {"title": "x"}).status_code == 422
    console.post(f"{page}/off")
    assert "已停用" in console.get(page).text
    console.post(f"{page}/on")
    key = console.key("operator")
    readers = console.http.get(f"/api/content-links/{link.id}/readers", headers=key).json()["readers"]
    assert [(each["person"], each["depth"]) for each in readers] == [(1, 0)]
