"""A company at a simulated WeCom that is called back over HTTP, and the product's side of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

import siyu.channels.wecom.tasks  # noqa: F401
from rehearsal.platforms.core.running import Running
from siyu.channels.accounts import open_account
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.exchange import Exchange
from siyu.channels.registry import Channels, channels_of, exchange_of, receivers_of
from siyu.channels.wecom.tables import wecom_group_members
from siyu.growth.ways import carrying, tagging
from siyu.growth.ways.model import KeptWay, WayDraft
from siyu.growth.ways.ways import add_way
from siyu.jobs import run_due
from siyu.jobs.turns import run_until_empty
from siyu.people import news
from siyu.people.drain import Drain
from siyu.people.tables import identifiers, people
from siyu.storage import ManualClock, Stores
from tests.platform_worlds import AES_KEY, CORP, SECRET, TOKEN, Listener, Shop, listening, opened, wecom_running

ADD = "/cgi-bin/externalcontact/add_contact_way"
ADD_JOIN = "/cgi-bin/externalcontact/groupchat/add_join_way"


@dataclass
class WayShop:
    """``shop`` is WeCom's side; the clocks of both sides move together."""

    stores: Stores
    channels: Channels
    platform: Running
    shop: Shop
    listener: Listener
    account: int
    heard: int = 0

    @property
    def exchange(self) -> Exchange:
        return exchange_of(self.channels)

    def make(self, name: str = "门店", **more: Any) -> KeptWay:
        way = more.pop("way")
        return add_way(self.stores, self.exchange, "test", WayDraft(name, self.account, way=way, **more))

    def move(self, **delta: float) -> None:
        clock = self.stores.clock
        assert isinstance(clock, ManualClock)
        clock.advance(timedelta(**delta))
        self.platform.door.post("clock", now=clock.now().timestamp())

    def fault(self, path: str, **rule: Any) -> None:
        """What goes wrong at the next call."""
        self.platform.door.post("faults", rules=[{"path": path, "times": 1, **rule}])

    def calls(self, path: str) -> int:
        return self.platform.door.get("calls")["by_path"].get(path, 0)

    def ways(self) -> list[str]:
        """Config ids of all contact ways there."""
        told = self.shop.call("externalcontact/list_contact_way")
        return [each["config_id"] for each in told["contact_way"]]

    def way(self, code: KeptWay) -> dict[str, Any]:
        return self.shop.call("externalcontact/get_contact_way", config_id=code.config_id)["contact_way"]

    def carry_on(self) -> None:
        carrying.carry_on(self.stores, self.exchange)

    def taken_in(self) -> None:
        """What WeCom told reaches the timeline, and whoever came through a code is tagged."""
        self.platform.door.post("settle")
        for _, query, body in self.listener.heard[self.heard :]:
            told = opened_text(query, body)
            self.stores.callbacks.append(self.stores.clock.now(), "wecom", str(self.account), 1, told).result(10)
        self.heard = len(self.listener.heard)
        run_until_empty(Applier(self.stores, receivers_of()).step)
        self.drained()
        run_until_empty(lambda: tagging.follow(self.stores))
        self.drained()

    def groups_read(self) -> None:
        """Seconds later, what callbacks said has changed is read: who came into which group by which code."""
        self.move(seconds=5)
        run_due(self.stores)
        self.drained()
        run_until_empty(lambda: tagging.follow(self.stores))
        self.drained()

    def seats(self, group: str, members: int) -> None:
        """That many people are in a group as the mirror knows it."""
        now = self.stores.clock.now()
        rows = [
            {"account": self.account, "chat_id": group, "member": f"m{number}", "customer": False, "told": now}
            for number in range(members)
        ]
        with self.stores.ledger.write() as conn:
            conn.execute(sa.insert(wecom_group_members), rows)

    def join_way(self, code: KeptWay) -> dict[str, Any]:
        told = self.shop.call("externalcontact/groupchat/get_join_way", config_id=code.config_id)
        return told["join_way"]

    def drained(self) -> None:
        run_until_empty(Drain(self.stores).step)
        news.give_places(self.stores)

    def person(self, external_userid: str) -> int:
        with self.stores.ledger.read() as conn:
            query = sa.select(people.c.kept).join(identifiers, identifiers.c.person == people.c.person)
            return conn.execute(query.where(identifiers.c.value == external_userid)).scalar_one()


def opened_text(query: dict[str, str], body: bytes) -> bytes:
    """The plain text of a sealed callback."""
    from xml.etree import ElementTree

    from rehearsal.platforms.core.envelope import Envelope

    assert opened(CORP, query, body)
    sealed = ElementTree.fromstring(body.decode()).findtext("Encrypt") or ""
    return Envelope(TOKEN, AES_KEY, CORP).open(sealed)


def a_way_shop(stores: Stores) -> Iterator[WayShop]:
    """With the members zhangsan and lisi."""
    with wecom_running(stores.clock.now().timestamp(), 0.0) as platform, listening() as listener:
        shop = Shop(platform)
        shop.hire("zhangsan", "lisi", mobile="16400000001")
        shop.listen(listener)
        channels = channels_of(stores)
        exchange_of(channels).pause = lambda seconds: None  # nobody waits in a test
        settings = {
            "corp_id": CORP,
            "agent_id": "1000002",
            "secret": SECRET,
            "callback_token": TOKEN,
            "callback_aes_key": AES_KEY,
            "base_url": shop.url,
        }
        account, _ = open_account(stores, channels, channel="wecom", name="旗舰店", settings=settings)
        yield WayShop(stores, channels, platform, shop, listener, account)
        platform.door.post("settle")
        channels.close()
