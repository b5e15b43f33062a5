"""Orders that are asked for: those of a period, and whole ones where a message says too little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import siyu.channels.orders.tasks
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.orders import shops
from siyu.channels.accounts import check_account, open_account
from siyu.channels.addresses import NetworkPolicy, Policy
from siyu.channels.orders import backfill, sources, youzan_source
from siyu.channels.orders.mirror import forget_buyers
from siyu.channels.orders.sources import source_of
from siyu.channels.orders.tables import shop_details, shop_orders
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.callbacks import address
from siyu.channels.platform.exchange import Exchange
from siyu.channels.registry import channels_of, receivers_of
from siyu.jobs import enqueue, run_due
from siyu.jobs.turns import run_until_empty
from siyu.storage import BadInput, ManualClock, Stores
from siyu.web.callbacks import Door
from tests.channels.orders.told import CLIENT_ID, CLIENT_SECRET, SECRET, news
from tests.channels.platform.conftest import moving
from tests.channels.wechat.shop import serving

assert siyu.channels.orders.tasks
LIST = "/api/youzan.trades.sold.get/4.0.4"
ONE = "/api/youzan.trade.get/4.0.2"


@dataclass
class World:
    stores: Stores
    platform: Running
    url: str
    account: int = 0

    def opened(self, channel: str = "youzan", **more: Any) -> World:
        settings: dict[str, Any] = {
            "youzan": {
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "kdt_id": "160",
                "reads_orders": True,
                "base_url": self.platform.url,
            },
            "taobao": {"secret": SECRET, "detail_url": f"{self.platform.url}/relay"},
        }[channel]
        channels = channels_of(self.stores)
        self.account, _ = open_account(self.stores, channels, channel=channel, name="店", settings={**settings, **more})
        to = {"url": self.url + address(self.stores, channel, self.account)}
        keys = {"key": CLIENT_ID, "secret": CLIENT_SECRET} if channel == "youzan" else {"key": "", "secret": SECRET}
        self.platform.door.post("shop", shop="s", platform=channel, **to, **keys)
        return self

    def places(self, number: str, fen: int = 2_990, **more: Any) -> None:
        self.platform.door.post("order", shop="s", number=number, fen=fen, buyer=f"b-{number}", **more)

    def hears(self) -> None:
        self.platform.door.post("settle", seconds=5)
        run_until_empty(Applier(self.stores, receivers_of()).step)
        run_due(self.stores)
        run_until_empty(Applier(self.stores, receivers_of()).step)

    def reads(self, **period: float) -> int:
        """The orders of so long ago until now."""
        now = self.stores.clock.now()
        source = source_of(self.stores, "youzan")
        assert source is not None
        job = backfill.start_backfill(self.stores, source, self.account, now - timedelta(**period), now)
        source.close()
        self.hears()
        return job

    def calls(self, path: str) -> int:
        return self.platform.door.get("calls")["by_path"].get(path, 0)

    def told(self) -> list[tuple[str, str, str]]:
        """Event, order, total: in the order of numbers."""
        found = [(each["event"], each["properties"]) for each in news(self.stores)]
        return sorted((event, told["order_id"], told["total"]) for event, told in found)


@pytest.fixture(autouse=True)
def _waits_move_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job has an exchange of its own: where its limit bids it wait, the clock moves instead of standing still."""

    def made(stores: Stores, policy: Policy = NetworkPolicy) -> Exchange:
        return Exchange(stores, policy, pause=moving(stores))

    monkeypatch.setattr(sources, "Exchange", made)


@pytest.fixture
def world(stores: Stores) -> Iterator[World]:
    yield from _a_world(stores)


@pytest.fixture
def each_world(each_stores: Stores) -> Iterator[World]:
    yield from _a_world(each_stores)


def _a_world(stores: Stores) -> Iterator[World]:
    with serving(Door(stores, receivers_of())) as url, Running(shops()) as platform:
        platform.door.post("clock", pace=0, now=stores.clock.now().timestamp())
        yield World(stores, platform, url)


# --- a period


def test_orders_of_a_period_become_events_once_with_what_was_given_back(each_world: World) -> None:
    world = each_world.opened()
    world.places("E1", silent=True, hours=24 * 90)  # older than any callback that is believed
    world.places("E2", 1_000, silent=True, returns=[300], hours=48)
    world.places("E3", silent=True, hours=24 * 400)  # before the period
    world.reads(days=100)
    expected = [("order_paid", "E1", "29.9000"), ("order_paid", "E2", "10.0000"), ("order_returned", "E2", "3.0000")]
    assert world.told() == expected
    assert world.calls(LIST) == 15  # a call a week
    world.reads(days=3)
    assert world.told() == expected
    found = backfill.backfill_of(world.stores, world.account)
    assert found is not None
    assert (found.found, found.ended is not None, found.at) == (1, True, found.until)


def test_what_was_pushed_is_not_told_again_and_the_later_state_stands(world: World) -> None:
    world.opened()
    world.places("E1", returns=[100], hours=20)
    world.hears()
    before = world.told()
    assert [each[0] for each in before] == ["order_paid", "order_returned"]
    world.reads(days=2)
    assert world.told() == before
    world.places("E2", hours=20, silent=True)
    world.reads(days=2)
    world.platform.door.post("order", shop="s", number="E2", fen=2_990, buyer="b-E2", hours=20)  # its pushes come late
    world.hears()
    assert [each[1] for each in world.told() if each[0] == "order_paid"] == ["E1", "E2"]
    with world.stores.ledger.read() as conn:
        states = conn.execute(sa.select(shop_orders.c.number, shop_orders.c.state)).tuples().all()
    assert dict(states) == {"E1": "finished", "E2": "finished"}


def test_cut_off_it_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youzan_source, "PAGE_SIZE", 2)
    world.opened()
    for number in range(5):
        world.places(f"E{number}", silent=True, hours=12)
    rule = {"kind": "code", "code": 50_001, "path": LIST, "skip": 1}
    world.platform.door.post("faults", rules=[rule])
    world.reads(hours=20)
    found = backfill.backfill_of(world.stores, world.account)
    assert found is not None
    assert (found.found, found.ended) == (2, None)
    assert len(world.told()) == 2
    world.platform.door.post("faults", rules=[])
    before = world.calls(LIST)
    assert isinstance(world.stores.clock, ManualClock)
    world.stores.clock.advance(timedelta(minutes=30))
    world.hears()
    assert world.calls(LIST) - before == 2  # pages two and three, not the first again
    assert len(world.told()) == 5


def test_a_period_with_more_orders_than_the_platform_gives_pages_is_read_in_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(youzan_source, "PAGE_SIZE", 2)
    world.opened()
    for number in range(6):
        world.places(f"E{number:02}", silent=True, hours=4 + number)
    now, source = world.stores.clock.now(), source_of(world.stores, "youzan")
    assert source is not None
    backfill.start_backfill(world.stores, source, world.account, now - timedelta(days=1), now)
    monkeypatch.setattr("siyu.channels.orders.sources.YouzanSource", _few_pages)
    world.hears()
    assert len({each[1] for each in world.told()}) == 6
    source.close()


def _few_pages(exchange: Any) -> youzan_source.YouzanSource:
    return youzan_source.YouzanSource(exchange, pages_max=2)


@pytest.mark.parametrize("more", [{"reads_orders": False}, {"kdt_id": ""}])
def test_without_the_owner_s_word_nothing_is_read(world: World, more: dict[str, Any]) -> None:
    world.opened(**more)
    with pytest.raises(BadInput) as caught:
        world.reads(days=1)
    assert caught.value.code == "account_cannot_backfill"


def test_a_period_lies_in_the_past_and_has_an_end(world: World) -> None:
    world.opened()
    with pytest.raises(BadInput) as caught:
        world.reads(days=-1)
    assert caught.value.code == "backfill_period"
    with pytest.raises(BadInput):
        world.reads(days=2_000)


def test_a_second_start_is_the_one_that_runs(world: World) -> None:
    world.opened()
    now, source = world.stores.clock.now(), source_of(world.stores, "youzan")
    assert source is not None
    one = backfill.start_backfill(world.stores, source, world.account, now - timedelta(days=1), now)
    other = backfill.start_backfill(world.stores, source, world.account, now - timedelta(days=9), now)
    assert one == other
    assert backfill.cancel_backfill(world.stores, world.account)
    source.close()


def test_the_check_tries_reading_where_it_is_switched_on(world: World) -> None:
    world.opened()
    world.places("E1")
    world.hears()
    channels = channels_of(world.stores)
    found = check_account(world.stores, channels, world.account)
    assert found.works, found
    assert [(each.step, each.state) for each in found.steps] == [("callback", "good"), ("orders", "good")]
    world.platform.door.post("faults", rules=[{"kind": "code", "code": 50_001, "path": LIST}])
    found = check_account(world.stores, channels, world.account)
    assert [(each.step, each.state) for each in found.steps] == [("callback", "good"), ("orders", "bad")]
    assert not found.works
    channels.close()


# --- one whole order


def test_a_message_with_nothing_but_a_number_is_asked_for(each_world: World) -> None:
    world = each_world.opened()
    world.places("E1", 4_200, bare=True)
    world.hears()
    assert world.told() == [("order_paid", "E1", "42.0000")]
    assert world.calls(ONE) == 1
    (call,) = news(world.stores)
    assert call["properties"]["products"][0]["sku"] == "S1"


def test_without_leave_to_ask_such_a_message_only_is_known(world: World) -> None:
    world.opened(reads_orders=False)
    world.places("E1", bare=True)
    world.hears()
    assert world.told() == []
    assert world.calls(ONE) == 0


def test_a_payment_of_taobao_comes_with_its_lines_where_the_relay_gives_them(world: World) -> None:
    world.opened("taobao")
    world.places("88", 19_905, returns=[500])
    world.hears()
    assert world.told() == [("order_paid", "88", "199.0500"), ("order_returned", "88", "5.0000")]
    paid = next(each for each in news(world.stores) if each["event"] == "order_paid")
    assert [each["sku"] for each in paid["properties"]["products"]] == ["S1"]


def test_what_the_relay_will_not_say_is_taken_as_it_was_told(world: World) -> None:
    world.opened("taobao", detail_url=f"{world.platform.url}/nowhere")
    world.places("88", 19_905)
    world.hears()
    assert world.told() == [("order_paid", "88", "199.0500")]
    with world.stores.ledger.read() as conn:
        assert conn.execute(sa.select(shop_details.c.state, shop_details.c.code)).one() == ("failed", "http_404")


def test_a_relay_that_is_away_is_asked_again_and_at_last_the_message_is_taken(world: World) -> None:
    world.opened("taobao", detail_url="http://127.0.0.1:9/")
    world.places("88", 19_905)
    world.hears()
    assert world.told() == []
    assert isinstance(world.stores.clock, ManualClock)
    for _ in range(6):
        world.stores.clock.advance(timedelta(minutes=5))
        with world.stores.ledger.write() as conn:
            enqueue(conn, "read_order_details", {}, now=world.stores.clock.now(), key="test")
        world.hears()
    assert world.told() == [("order_paid", "88", "199.0500")]


def test_what_an_erased_person_is_named_in_is_asked_for_no_more(stores: Stores) -> None:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        told = {"account": 1, "state": "waiting", "due": now}
        rows = [("T1", '{"buyer": "13800138000"}'), ("T2", '{"buyer": "13900139000"}')]
        conn.execute(sa.insert(shop_details), [{**told, "number": number, "message": body} for number, body in rows])
        forget_buyers(conn, [("phone", "+8613800138000")])
        table = shop_details.c
        left = conn.execute(sa.select(table.number, table.state, table.message, table.code).order_by(table.number))
        assert [tuple(row) for row in left] == [("T1", "failed", "", "erased"), ("T2", "waiting", rows[1][1], "")]
