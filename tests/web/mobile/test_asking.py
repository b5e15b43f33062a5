"""Phone pages ask WeChat and WeCom who comes: once, for this device alone, and nothing hangs on the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from rehearsal.platforms.core.running import Running
from rehearsal.platforms.official_account.doors import official_account
from siyu.channels import channels_of
from siyu.channels.accounts import change_account, open_account
from siyu.channels.registry import Channels, wechat_exchange
from siyu.growth.campaigns import reading
from siyu.growth.visitors import devices
from siyu.growth.visitors.recognising import recognise
from siyu.people.identity import normalise
from siyu.people.resolving import resolve
from siyu.people.tables import identifiers
from siyu.storage import ManualClock, Stores
from siyu.web.app import create_app
from siyu.web.mobile import asking, shared, who
from siyu.web.outside import Outside
from tests.growth.campaigns.playing import started
from tests.growth.way_shop import WayShop, a_way_shop
from tests.platform_worlds import HTTP, running

APP, SECRET = "wx0a1b2c3d", "secret"
WECHAT = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50"
WECOM = "Mozilla/5.0 (iPhone) wxwork/4.1 MicroMessenger/7.0.1"
SITE = "http://siyu.test"


@dataclass
class World:
    """An official account that is asked who comes, and the site."""

    stores: Stores
    channels: Channels
    platform: Running
    site: Any
    account: int

    def phone(self, agent: str = WECHAT) -> Phone:
        http: TestClient[Any] = TestClient(self.site, base_url=SITE, raise_server_exceptions=False)
        http.headers["user-agent"] = agent
        return Phone(self, http)

    def known(self) -> dict[str, int]:
        with self.stores.ledger.read() as conn:
            return {row.value: row.person for row in conn.execute(sa.select(identifiers))}


@dataclass
class Phone:
    """A browser that keeps cookies."""

    world: World
    http: TestClient[Any]

    def get(self, path: str) -> Any:
        return self.http.get(path, follow_redirects=False)

    def sent_to(self, path: str) -> str:
        """Where the page leads: to the platform."""
        answer = self.get(path)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].startswith(f"{self.world.platform.url}/connect/oauth2/authorize?")
        return answer.headers["location"].partition("#")[0]

    def led_back(self, path: str, openid: str = "o1", **told: str) -> str:
        """The path to which the platform leads back, once it knows who it is."""
        return back(f"{self.sent_to(path)}&openid={openid}" + "".join(f"&{k}={v}" for k, v in told.items()))

    def enters(self, path: str, openid: str = "o1", **told: str) -> str:
        """The whole way; where it ended."""
        answer = self.get(self.led_back(path, openid, **told))
        assert answer.status_code == 303
        return answer.headers["location"]

    @property
    def device(self) -> str:
        return who.device_in(self.world.stores.home, self.http.cookies.get(who.COOKIE) or "")

    @property
    def person(self) -> int | None:
        return devices.person_of(self.world.stores, self.device)


def back(address: str) -> str:
    location = HTTP.get(address).headers["location"]
    parts = urlsplit(location)
    assert f"{parts.scheme}://{parts.netloc}" == SITE
    return f"{parts.path}?{parts.query}"


@pytest.fixture(scope="module")
def wechat() -> Iterator[Running]:
    with running(official_account()) as platform:
        platform.door.post("app", app_id=APP, secret=SECRET)
        yield platform


@pytest.fixture
def world(stores: Stores, wechat: Running) -> Iterator[World]:
    wechat.door.post("clock", now=stores.clock.now().timestamp())
    channels = channels_of(stores)
    wechat_exchange(channels).pause = lambda seconds: None
    settings = {"app_id": APP, "secret": SECRET, "base_url": wechat.url, "phone_pages": "userinfo"}
    account, _ = open_account(stores, channels, channel="official_account", name="服务号", settings=settings)
    yield World(stores, channels, wechat, create_app(stores, outside=Outside(channels=channels)), account)
    channels.close()


@pytest.fixture
def page(world: World) -> str:
    return f"/m/{started(world.stores, each=9).slug}"


def test_who_comes_in_wechat_is_asked_once_and_known_from_then_on(world: World, page: str) -> None:
    phone = world.phone()
    asked = dict(parse_qsl(urlsplit(phone.sent_to(f"{page}?lang=en")).query))
    assert (asked["appid"], asked["scope"], asked["response_type"]) == (APP, "snsapi_userinfo", "code")
    assert (asked["state"].isalnum(), len(asked["state"]) <= 128) == (True, True)
    assert asked["redirect_uri"].startswith(f"{SITE}/m/known/{world.account}?")
    phone = world.phone()
    assert phone.enters(f"{page}?lang=en", "o1", unionid="u1") == f"{page}?lang=en"
    assert phone.get(page).status_code == 200, "nobody is asked twice"
    known = world.known()
    assert known["o1"] == known["u1"] == phone.person
    second = world.phone()
    second.enters(page, "o1", unionid="u1")
    assert second.person == phone.person


def test_who_comes_for_their_money_or_their_poster_is_asked_too(world: World) -> None:
    for path in ("/m/my/money", "/m/e/x/poster"):
        world.phone().sent_to(path)


def test_elsewhere_nobody_is_asked(world: World, page: str) -> None:
    for agent in ("Mozilla/5.0 (iPhone) Safari", WECOM, "MicroMessenger/8 Bot/1.0"):
        assert world.phone(agent).get(page).status_code == 200


def test_nobody_is_asked_unless_the_account_says_so(world: World, page: str) -> None:
    change_account(world.stores, world.channels, world.account, settings={"phone_pages": "off"})
    assert world.phone().get(page).status_code == 200


def test_pictures_and_unknown_pages_ask_nobody(world: World) -> None:
    for path in ("/m/e/x/code.png", "/c/x/file", "/nothing/else"):
        assert world.phone().get(path).status_code == 404


@pytest.mark.parametrize("fault", ["refused", "no code", "wrong code", "account gone", "platform away"])
def test_who_refuses_and_what_fails_goes_on_without(world: World, page: str, fault: str) -> None:
    phone = world.phone()
    path = back(f"{phone.sent_to(page)}&refuse=1") if fault == "refused" else phone.led_back(page)
    if fault == "no code":
        path = path.replace("code=071code", "kode=")
    elif fault == "wrong code":
        path = path.replace("code=071code", "code=x")
    elif fault == "account gone":
        path = path.replace(f"/m/known/{world.account}", "/m/known/99")
    elif fault == "platform away":
        world.platform.door.post(
            "faults", rules=[{"path": "/sns/oauth2/access_token", "kind": "http", "code": 500, "times": 1}]
        )
    answer = phone.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert phone.get(page).status_code == 200
    assert phone.person is None


def test_a_state_that_was_changed_is_of_another_page_or_came_too_late_says_nothing(world: World, page: str) -> None:
    other = f"/m/{started(world.stores).slug}"
    for number, change in enumerate(
        (
            lambda path: re.sub(r"state=(.)", lambda found: f"state={'1' if found[1] == '0' else '0'}", path),
            lambda path: path.replace("state=", "state=zz"),
            lambda path: path.replace("state=", "steak="),
            lambda path: path.replace(page.replace("/", "%2F"), other.replace("/", "%2F")),
        )
    ):
        phone = world.phone()
        path = phone.led_back(page, f"o{number}")
        assert change(path) != path
        assert phone.get(change(path)).headers["location"] in (page, other)
        assert phone.person is None
    phone = world.phone()
    path = phone.led_back(page)
    assert isinstance(world.stores.clock, ManualClock)
    world.stores.clock.advance(timedelta(seconds=asking.GOOD_SECONDS + 1))
    assert phone.get(path).headers["location"] == page
    assert phone.person is None


def test_a_way_back_is_good_once_and_on_the_device_it_was_made_for(world: World, page: str) -> None:
    victim, thief = world.phone(), world.phone()
    path = thief.led_back(page)
    victim.sent_to(page)
    assert victim.get(path).headers["location"] == page
    assert victim.person is None, "nobody becomes somebody else by a link that was handed to them"
    assert thief.get(path).status_code == 303
    mine = thief.person
    assert mine is not None
    calls = world.platform.door.get("calls")["by_path"]["/sns/oauth2/access_token"]
    assert thief.get(path).headers["location"] == page, "the back button leads on"
    assert world.platform.door.get("calls")["by_path"]["/sns/oauth2/access_token"] == calls
    assert thief.person == mine


@pytest.mark.parametrize(("limit", "most"), [("ASKINGS_PER_MINUTE", 1), ("ASKINGS_AT_ONCE", 0)])
def test_who_finds_too_many_asked_about_goes_on_unasked(
    world: World, page: str, limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, limit, most)
    world.site = create_app(world.stores, outside=Outside(channels=world.channels))
    for number in range(most):
        assert world.phone().enters(page, f"o{number}") == page
    calls = _calls(world)
    phone = world.phone()
    assert phone.enters(page, "late") == page
    assert (phone.person, _calls(world)) == (None, calls)


def _calls(world: World) -> int:
    return world.platform.door.get("calls")["by_path"].get("/sns/oauth2/access_token", 0)


def test_a_browser_that_keeps_nothing_gets_the_page_all_the_same(world: World, page: str) -> None:
    def bare(path: str) -> Any:
        return world.phone().get(path)

    answer = bare(back(bare(page).headers["location"].partition("#")[0] + "&openid=o1"))
    assert bare(answer.headers["location"]).status_code == 200
    forged = answer.headers["location"].replace("asked=", "asked=1")
    assert bare(forged).status_code == 303
    keeps = world.phone()
    keeps.get(page)
    assert keeps.get(answer.headers["location"]).status_code == 200


def test_it_leads_to_pages_of_ours_alone(world: World) -> None:
    for to in (
        *("https://evil.example/", "//evil.example/m/x", "/\\evil.example", "m/x", "", "javascript:alert(1)"),
        *("/m/known/1?to=/m/known/1", "/login", "/m/../login", "/m/x\r\nx: y", "http://[", "/m/e/x/code.png"),
        *("///m%2Fx@evil.example", "////m/x", "//m/x", "/ /m/x", "/%2Fm/x", "/\t/m/x", "/m/x\\@evil.example"),
    ):
        answer = world.phone().http.get("/m/known/1", params={"to": to}, follow_redirects=False)
        assert answer.status_code == 404, to
        assert "location" not in answer.headers


def test_what_was_done_before_anybody_was_known_becomes_theirs(world: World, page: str) -> None:
    phone = world.phone("Mozilla/5.0 Safari")
    key = re.search(r'name="once" value="([^"]+)"', phone.get(page).text)
    assert key is not None
    assert phone.http.post(page, data={"once": key[1]}, follow_redirects=False).status_code == 303
    nobody = phone.person
    phone.http.headers["user-agent"] = WECHAT
    phone.enters(page, "o1", unionid="u1")
    assert phone.person == nobody == world.known()["o1"]
    (mine,) = reading.efforts_of(world.stores, 1, [nobody or 0])
    assert phone.get(f"/m/e/{mine.slug}").text.count("code.png") == 1, "it is theirs"


def test_somebody_else_on_the_same_phone_gets_a_mark_of_their_own(world: World, page: str) -> None:
    phone = world.phone()
    phone.enters(page, "o1", unionid="u1")
    first, anna = phone.device, phone.person
    del phone.http.cookies[asking.COOKIE]
    phone.enters(page, "o2", unionid="u2")
    assert phone.device != first
    assert phone.person not in (anna, None)
    assert devices.person_of(world.stores, first) == anna


def test_two_people_who_are_known_are_not_joined_by_a_phone(each_stores: Stores) -> None:
    now = each_stores.clock.now()
    with each_stores.ledger.write() as conn:
        anna, ben = resolve(
            conn, now, "test", [(normalise("unionid", "u1"), normalise("anonymous_id", "siyu-phone")),
                                (normalise("unionid", "u2"),)]
        )  # fmt: skip
        devices.bind(conn, {"phone": anna}, now)
    assert recognise(each_stores, "phone", (("unionid", "u2"),))
    assert devices.person_of(each_stores, "phone") == ben
    assert not recognise(each_stores, "phone", (("unionid", "u1"),)), "the first that is sure stays"
    assert recognise(each_stores, "phone", (("unionid", "u2"), ("openid:wx1", "o2")))


@pytest.fixture
def shop(stores: Stores) -> Iterator[WayShop]:
    yield from a_way_shop(stores)


def test_a_customer_in_wecom_is_known_and_a_member_is_nobody(shop: WayShop) -> None:
    change_account(shop.stores, shop.channels, shop.account, settings={"phone_pages": "base"})
    site = create_app(shop.stores, outside=Outside(channels=shop.channels))
    world = World(shop.stores, shop.channels, shop.platform, site, shop.account)
    path = f"/m/{started(shop.stores).slug}"
    customer = shop.shop.befriend("zhangsan")
    phone = world.phone(WECOM)
    asked = parse_qs(urlsplit(address := phone.sent_to(path)).query)
    assert asked["agentid"] == ["1000002"]
    assert phone.get(back(f"{address}&external_userid={customer}")).headers["location"] == path
    assert phone.person == world.known()[customer]
    member = world.phone(WECOM)
    assert member.get(back(f"{member.sent_to(path)}&member=zhangsan")).headers["location"] == path
    assert member.person is None
    assert world.phone().get(path).status_code == 200, "in WeChat's own browser WeCom is not asked"
