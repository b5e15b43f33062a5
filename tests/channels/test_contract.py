"""What platforms may do to us, as their documents say: the product beside simulated ones, over HTTP both ways."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import siyu.channels.wecom.tasks  # noqa: F401  registers the jobs
from rehearsal.platforms.core.envelope import signature
from rehearsal.platforms.core.running import Running
from siyu.channels.accounts import open_account, usable_account
from siyu.channels.orders.tables import shop_orders
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.callbacks import address
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.limiter import Lane
from siyu.channels.platform.tables import platform_lanes
from siyu.channels.platform.welcoming import Greeting, Newcomer
from siyu.channels.registry import channels_of, receivers_of
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.syncing import start_sync
from siyu.channels.wecom.tables import wecom_contacts
from siyu.channels.wecom.wanted import call_for_reading
from siyu.channels.wecom.welcoming import WecomWelcomer
from siyu.jobs import run_due, run_now
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import ManualClock, Stores
from siyu.web.callbacks import Door
from tests.channels.orders.told import shops_of, youzan, youzan_order
from tests.channels.platform.simulator import running
from tests.channels.platform.vectors import CORP as VECTOR_CORP
from tests.channels.platform.vectors import V1
from tests.platform_worlds import AES_KEY, CORP, HTTP, SECRET, TOKEN, Shop, listening, wecom_running

FOLLOWED = "/cgi-bin/externalcontact/get_follow_user_list"
TAGS = "/cgi-bin/externalcontact/get_corp_tag_list"


@pytest.fixture(scope="module")
def _platform() -> Iterator[Running]:
    with wecom_running(1_767_225_600.0, 0.0) as platform:
        yield platform


corps = iter(range(1, 1_000))


class Company:
    """A company at the simulated WeCom, its account here, and the door that it calls."""

    def __init__(self, stores: Stores, platform: Running, url: str) -> None:
        assert isinstance(stores.clock, ManualClock)
        self.stores, self.clock, self.url = stores, stores.clock, url
        self.shop = Shop(platform, f"{CORP}{next(corps)}")
        self.channels = channels_of(stores)
        self.exchange = Exchange(stores, pause=lambda seconds: self.later(seconds))
        settings = {
            "corp_id": self.shop.corpid,
            "agent_id": str(self.shop.agentid),
            "secret": SECRET,
            "callback_token": TOKEN,
            "callback_aes_key": AES_KEY,
            "base_url": self.shop.url,
        }
        self.number, _ = open_account(stores, self.channels, channel="wecom", name="店", settings=settings)
        self.shop.door.post("clock", now=stores.clock.now().timestamp())
        self.shop.door.post("faults", rules=[])
        self.shop.door.post("poster", repeats=0.0)
        self.shop.door.post("calls")

    @property
    def callback(self) -> str:
        return self.url + address(self.stores, "wecom", self.number)

    def client(self, exchange: Exchange | None = None, patience: float = 0.0) -> PlatformClient:
        account = usable_account(self.stores, self.number)
        return PlatformClient(exchange or self.exchange, account, WECOM, patience=patience)

    def later(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.shop.door.post("clock", move_seconds=seconds)

    def faults(self, *rules: dict[str, Any]) -> None:
        self.shop.door.post("faults", rules=list(rules))

    def asked(self, path: str) -> int:
        return self.shop.door.get("calls")["by_path"].get(path, 0)

    def apply(self) -> None:
        run_until_empty(Applier(self.stores, receivers_of()).step)
        run_until_empty(Drain(self.stores).step)

    def contacts(self) -> list[Any]:
        with self.stores.ledger.read() as conn:
            return list(conn.execute(sa.select(wecom_contacts).order_by(wecom_contacts.c.external_userid)))

    def close(self) -> None:
        self.exchange.close()
        self.channels.close()


@pytest.fixture
def company(stores: Stores, _platform: Running) -> Iterator[Company]:
    door: Any = Door(stores, receivers_of())
    with running(door):
        made = Company(stores, _platform, door.url)
        yield made
        made.close()


# --- 1: tokens


def test_two_workers_that_need_a_token_at_once_fetch_one(company: Company) -> None:
    company.shop.door.post("latency", seconds=0.02)
    workers = [Exchange(company.stores), Exchange(company.stores)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda place: company.client(workers[place % 2], 5).call("get_follow_user_list"), range(8)))
    company.shop.door.post("latency", seconds=0)
    for each in workers:
        each.close()
    assert (company.asked("/cgi-bin/gettoken"), company.asked(FOLLOWED)) == (1, 8)


def test_an_ended_token_is_renewed_once_and_a_second_time_it_is_an_error(company: Company) -> None:
    company.client().call("get_follow_user_list")
    company.faults({"kind": "code", "path": FOLLOWED, "code": 42001, "times": 1})
    company.client().call("get_follow_user_list")
    assert company.asked("/cgi-bin/gettoken") == 2
    company.faults({"kind": "code", "path": FOLLOWED, "code": 42001})
    before = company.asked(FOLLOWED)
    with pytest.raises(PlatformError) as caught:
        company.client().call("get_follow_user_list")
    assert (caught.value.platform_code, company.asked(FOLLOWED) - before) == (42001, 2)


# --- 2: limits


def test_too_often_closes_one_call_for_a_minute_and_no_other(company: Company) -> None:
    company.faults({"kind": "code", "path": FOLLOWED, "code": 45009, "times": 1})
    for _ in range(3):
        with pytest.raises(PlatformError):
            company.client().call("get_follow_user_list")
    company.client().call("get_corp_tag_list", body={})
    assert (company.asked(FOLLOWED), company.asked(TAGS)) == (1, 1)
    company.later(61)
    company.client().call("get_follow_user_list")
    assert company.asked(FOLLOWED) == 2


def test_too_many_at_once_lowers_how_many_go_at_once(company: Company) -> None:
    company.faults({"kind": "code", "path": FOLLOWED, "code": 45033, "times": 1})
    company.client(patience=60).call("get_follow_user_list")
    with company.stores.ledger.read() as conn:
        slots = conn.execute(sa.select(platform_lanes.c.slots).where(platform_lanes.c.slots.is_not(None))).scalars()
        assert [each < WECOM.limits["default"].slots for each in slots] == [True]


# --- 3: the door


def test_the_platform_verifies_the_address_and_hears_exactly_the_digits(company: Company) -> None:
    to = {"url": company.callback, "token": TOKEN, "aes_key": AES_KEY, "check": True}
    mine = {"corpid": company.shop.corpid, "agentid": company.shop.agentid}
    assert company.shop.door.post("callback", **mine, **to)["verified"]
    settings = {"corp_id": VECTOR_CORP, "agent_id": "1", "secret": "s", "callback_token": TOKEN}
    more = {"callback_aes_key": AES_KEY, "base_url": company.shop.url}
    number, _ = open_account(company.stores, company.channels, channel="wecom", name="例", settings=settings | more)
    query = {"msg_signature": V1["signature"], "timestamp": V1["timestamp"], "nonce": V1["nonce"]}
    url = company.url + address(company.stores, "wecom", number)
    answer = HTTP.get(url, params={**query, "echostr": V1["sealed"]})
    assert (answer.content, answer.headers["content-type"]) == (V1["plain"].encode(), "text/plain")


@pytest.mark.parametrize(
    ("pad", "receiver", "signed", "status"),
    [(None, None, True, 200), (None, None, False, 403), (None, "ww_other", True, 403), (0, None, True, 400),
     (33, None, True, 400)],
)  # fmt: skip
def test_what_is_forged_foreign_or_wrongly_padded_is_refused(
    company: Company, pad: int | None, receiver: str | None, signed: bool, status: int
) -> None:
    message = b"<xml><MsgType>event</MsgType><Event>enter_agent</Event><CreateTime>1</CreateTime></xml>"
    plain = b"0" * 16 + len(message).to_bytes(4, "big") + message + (receiver or company.shop.corpid).encode()
    fill = 32 - len(plain) % 32
    plain += bytes([fill if pad is None else pad]) * fill
    key = base64.b64decode(AES_KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    text = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    query = {"msg_signature": signature(TOKEN if signed else "x", "1", "2", text), "timestamp": "1", "nonce": "2"}
    answer = HTTP.post(company.callback, params=query, content=f"<xml><Encrypt>{text}</Encrypt></xml>".encode())
    assert (answer.status_code, company.stores.callbacks.last()) == (status, int(status == 200))


# --- 4: thrice, and in another order


def test_what_is_told_thrice_and_backwards_ends_as_it_happened(company: Company) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []
    with listening() as listener:
        listener.answer = lambda path, query, body: heard.append((query, body)) or (200, b"")
        company.shop.listen(listener)
        company.shop.hire("zhangsan")
        friend = company.shop.befriend("zhangsan")
        company.later(60)
        company.shop.act("delete", userid="zhangsan", external_userid=friend)
        company.shop.door.post("settle")
    for query, body in list(reversed(heard)) * 3:
        assert HTTP.post(company.callback, params=query, content=body).status_code == 200
        company.apply()
    (contact,) = company.contacts()
    told = company.stores.events.rows("SELECT name, count() FROM events GROUP BY name ORDER BY name")
    assert (contact.state, told) == ("lost", [("friend_added", 1), ("friend_lost", 1)])


# --- 5: welcomes


def test_a_welcome_is_once_within_twenty_seconds(company: Company) -> None:
    company.shop.hire("zhangsan")
    welcomer, account = WecomWelcomer(company.exchange), usable_account(company.stores, company.number)
    codes: list[str] = []
    with listening() as listener:
        company.shop.listen(listener)
        for _ in range(2):
            company.shop.befriend("zhangsan")
        codes = [each["WelcomeCode"] for each in company.shop.heard(listener) if "WelcomeCode" in each]

    def say(code: str) -> str:
        who = Newcomer(code, "zhangsan", "", ("external_userid", "wm"))
        return welcomer.welcome(account, who, Greeting("欢迎"), 5).kind

    assert [say(codes[0]), say(codes[0])] == ["sent", "already"]
    company.later(21)
    assert say(codes[1]) == "late"


def test_a_welcome_that_finds_no_turn_is_late_only_when_its_time_is_over(company: Company) -> None:
    welcomer, account = WecomWelcomer(company.exchange), usable_account(company.stores, company.number)
    lane = Lane(*WECOM.lane(account, WECOM.endpoints["send_welcome_msg"]))
    company.exchange.limiter.close(lane, 60)
    who = Newcomer("code", "zhangsan", "", ("external_userid", "wm"))
    found = [welcomer.welcome(account, who, Greeting("欢迎"), seconds) for seconds in (5, 0)]
    assert [(each.kind, each.answer["code"]) for each in found] == [("failed", "too_soon"), ("late", "too_soon")]


# --- 11: lists of customers


def test_an_empty_page_is_not_the_end_and_both_calls_tell_of_one_thing(company: Company) -> None:
    company.shop.hire("zhangsan", "lisi")
    friends = sorted(company.shop.befriend(userid, state="s") for userid in ("zhangsan", "zhangsan", "lisi"))
    company.shop.door.post("manners", empty_pages=2)
    read = run_now(company.stores, start_sync(company.stores, company.number, ["members", "contacts"]))
    assert read.state == "done", read.error
    company.shop.door.post("manners", empty_pages=0)
    listed = company.contacts()
    assert [each.external_userid for each in listed] == friends
    columns = ("external_userid", "userid", "state", "tags", "add_way", "profile")
    with company.stores.ledger.write() as conn:
        conn.execute(sa.update(wecom_contacts).values(reread=company.clock.now(), read=None))
        call_for_reading(conn, company.number, company.clock.now())
    company.later(60)
    run_due(company.stores)
    asked = company.contacts()
    assert company.asked("/cgi-bin/externalcontact/get") == 3
    assert [[row._mapping[name] for name in columns] for row in asked] == [
        [row._mapping[name] for name in columns] for row in listed
    ]


# --- 15: versions of an order


def test_an_older_version_of_an_order_changes_nothing(stores: Stores) -> None:
    with shops_of(stores) as open_shop:
        shop = open_shop("youzan")
        shop.tell(youzan("trade_TradePaid", youzan_order(), version=1_767_225_700))
        shop.tell(youzan("trade_TradeCreate", youzan_order(paid=None), version=1_767_225_600, msg_id="m2"))
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(shop_orders.c.state)).scalars().all() == ["paid"]
