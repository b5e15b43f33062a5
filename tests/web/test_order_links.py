"""Order links in the console, over the API, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

import siyu.rooms
from siyu.channels import channels_of
from siyu.commerce.goods import keeping as catalogue
from siyu.commerce.links import attributing, keeping
from siyu.commerce.links.model import Draft, OrderLink
from siyu.commerce.offers import keeping as offers
from siyu.commerce.offers.model import Draft as Offering
from siyu.jobs.turns import run_until_empty
from siyu.loyalty.coupons import kinds
from siyu.loyalty.coupons.stacking import Amount, Terms
from siyu.people.drain import Drain
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.people.calls import drained, track
from tests.web.conftest import SignedIn


@pytest.fixture
def phones(stores: Stores) -> Iterator[Any]:
    """Makes phones: browsers that keep their own cookies."""
    channels = channels_of(stores)
    app = create_app(stores, outside=Outside(channels=channels))

    def another(agent: str = "Mozilla/5.0") -> TestClient[Any]:
        made = TestClient(app, base_url="http://siyu.test", raise_server_exceptions=False)
        made.headers["user-agent"] = agent
        return made

    yield another
    channels.close()


def a_shop(stores: Stores) -> OrderLink:
    drained(
        stores,
        {**track("u1", "page_viewed"), "context": {"traits": {}}},
        {"type": "identify", "userId": "u1", "traits": {"name": "王小雨"}},
        track("u2", "page_viewed"),
    )
    good = catalogue.add_good(
        stores, "staff:1", "S1", {"name": "面霜", "cents": 10_000, "url": "https://shop.test/p?id=1"}
    )
    offers.add_offer(stores, "staff:1", Offering("老友价", "price", "person", "1", good.id, 7_000))
    return keeping.add_link(stores, "staff:1", Draft("群发", good.id, channel="wecom"))


def told(stores: Stores) -> list[tuple[str, int]]:
    run_until_empty(Drain(stores).step)
    rows = stores.events.rows("SELECT name, person FROM events WHERE name LIKE 'offer%' ORDER BY time, name")
    return [(str(row[0]), int(row[1])) for row in rows]


def test_the_first_phone_sees_its_own_price_and_the_next_one_the_publics(stores: Stores, phones: Any) -> None:
    link = a_shop(stores)
    path = keeping.hand_out(stores, link.id, [1])[1]
    mine, friends = phones(), phones()
    shown = mine.get(path).text
    assert "¥70.00" in shown
    assert "老友价" in shown
    theirs = friends.get(path).text
    assert "¥70" not in theirs
    assert "老友价" not in theirs
    assert "¥100.00" in theirs
    assert "王小雨" not in theirs
    assert "朋友转给您" in theirs
    assert "¥70.00" in mine.get(path).text, "it stays theirs"
    names = [name for name, _ in told(stores)]
    assert names.count("offer_forwarded") == 1
    assert {person for name, person in told(stores) if name == "offer_opened"} == {1, 3}


def test_going_to_the_shop_takes_a_code_along_that_does_not_name_anybody(stores: Stores, phones: Any) -> None:
    link = a_shop(stores)
    path = keeping.hand_out(stores, link.id, [1])[1]
    phone = phones()
    phone.get(path)
    gone = phone.get(f"{path}/go", follow_redirects=False)
    assert gone.status_code == 303
    assert re.fullmatch(
        r"https://shop\.test/p\?id=1&siyu_claim=[2-9A-Z]{12}&utm_source=siyu&utm_medium=wecom&utm_campaign=.*",
        gone.headers["location"],
    )
    assert phone.get(f"{path}/go", follow_redirects=False).headers["location"] == gone.headers["location"]
    assert ("offer_went", 1) in told(stores)


def test_the_page_tells_when_it_was_seen_and_only_with_its_own_key(stores: Stores, phones: Any) -> None:
    link = a_shop(stores)
    path = keeping.hand_out(stores, link.id, [1])[1]
    phone = phones()
    found = re.search(r'name="once" value="([^"]+)"', phone.get(path).text)
    assert found is not None
    assert phone.post(f"{path}/seen", data={"once": found[1], "seconds": "3"}).status_code == 204
    assert phone.post(f"{path}/seen", data={"once": "x" * 32}).status_code == 400
    assert [name for name, _ in told(stores)].count("offer_seen") == 1


def test_what_was_changed_leads_nowhere_and_leaves_nothing(stores: Stores, phones: Any) -> None:
    link = a_shop(stores)
    path = keeping.hand_out(stores, link.id, [1])[1]
    before = told(stores)
    for strange in (path[:-1] + ("A" if path[-1] != "A" else "B"), path + "A", "/m/g/x", path[:-4]):
        assert phones().get(strange).status_code == 404
        assert phones().get(strange + "/go").status_code == 404
    assert told(stores) == before


def test_a_preview_causes_nothing(stores: Stores, phones: Any) -> None:
    link = a_shop(stores)
    path = keeping.hand_out(stores, link.id, [1])[1]
    before = told(stores)
    robot = phones("WeChatPreviewBot/1.0")
    assert "¥100.00" in robot.get(path).text
    robot.get(f"{path}/go", follow_redirects=False)
    assert told(stores) == before
    assert "¥70.00" in phones().get(path).text, "the first phone is still to come"


def test_a_link_is_made_given_out_and_turned_off_on_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有下单链接" in console.get("/order-links").text
    link = a_shop(stores)
    form = {"name": "直播", "good": str(link.good), "place_kind": "live", "place": "周五"}
    made = console.post("/order-links/new", form)
    assert made.status_code == 303
    page = made.headers["location"]
    assert "/m/g/" in console.get(page).text
    given = console.post(f"{page}/people", {"persons": "1, 2"}).text
    assert given.count("/m/g/") >= 3
    assert console.post(f"{page}/people", {"persons": "99"}).status_code == 422
    assert console.post(f"{page}/edit", form | {"name": "直播二"}).status_code == 303
    console.post(f"{page}/off")
    assert "已停用" in console.get(page).text
    console.post(f"{page}/on")
    attributing.follow(stores)
    run_until_empty(Drain(stores).step)
    assert "消息" in console.get("/order-links/paths?by=staff&days=7").text
    assert console.get("/order-links").status_code == 200
    assert signed_in("analyst").post(f"{page}/people", {"persons": "1"}).status_code == 403


def test_a_mini_program_asks_for_who_is_signed_in_there(stores: Stores, signed_in: SignedIn) -> None:
    link = a_shop(stores)
    console = signed_in("operator")
    key = console.key("operator")
    given = console.http.post(f"/api/order-links/{link.id}/people", json={"persons": [1]}, headers=key).json()
    mark = given["links"][0]["path"].removeprefix("/m/g/")
    mine = console.http.post("/api/order-links/opened", json={"mark": mark, "person": 1}, headers=key).json()
    theirs = console.http.post("/api/order-links/opened", json={"mark": mark, "person": 2}, headers=key).json()
    assert (mine["price"]["cents"], mine["own"], mine["forwarded"]) == (7_000, True, False)
    assert (theirs["price"]["cents"], theirs["own"], theirs["forwarded"]) == (10_000, False, True)
    assert theirs["price"]["others"] == [], "nobody learns of offers for others"
    went = console.http.post("/api/order-links/went", json={"mark": mark, "person": 1}, headers=key).json()
    said = console.http.post(f"/api/claims/{went['code']}/ordered", json={"order": "A1"}, headers=key).json()
    assert said == {"fresh": True}
    strange = {"mark": mark[:-1] + "!", "person": 1}
    assert console.http.post("/api/order-links/opened", json=strange, headers=key).status_code == 404
    paths = console.http.get("/api/order-links/paths?by=link", headers=key).json()
    assert isinstance(paths["counts"], list)


def test_a_coupon_is_worth_what_it_takes_off_and_is_taken_along_once(stores: Stores, phones: Any) -> None:
    siyu.rooms.load_rooms()
    link = a_shop(stores)
    terms = Terms(gives=Amount(4_000), threshold=10_000)
    kind = kinds.make(stores, "staff:1", kinds.Wanted(name="满100减40", terms=terms, days=7, stock=1))
    offers.add_offer(stores, "staff:1", Offering("老友券", "coupon", "everybody", good=link.good, coupon=kind.id))
    path = keeping.hand_out(stores, link.id, [1])[1]
    phone = phones()
    assert "¥60.00" in phone.get(path).text
    gone = [phone.get(f"{path}/go", follow_redirects=False).headers["location"] for _ in range(2)]
    assert re.search(r"&siyu_coupon=\w+", gone[0])
    assert gone[0] == gone[1]
    friends = phones()
    assert "¥100.00" in friends.get(path).text, "the only one is taken"
    assert kinds.get(stores, kind.id).taken == 1
