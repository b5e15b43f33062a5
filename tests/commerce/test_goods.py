"""Goods: told in batches, seen in orders, changed by hand; nobody's work is written over."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from siyu.commerce.goods import cycles, following, keeping, sold
from siyu.commerce.goods.files import take_file
from siyu.jobs.model import Job
from siyu.jobs.turns import run_until_empty
from siyu.storage import BadInput, Conflict, Stores
from tests.people.calls import drained, track

BEGAN = datetime(2025, 8, 2, 4, tzinfo=UTC)


def order(user: str, number: str, at: datetime, *lines: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """Somebody pays for these lines: (sku, name, price)."""
    products = [{"sku": sku, "name": name, "price": price, "quantity": 1} for sku, name, price in lines]
    properties = {"order_id": number, "products": products, **more}
    return track(user, "Order Completed", timestamp=at.isoformat(), messageId=f"o-{number}", properties=properties)


def follow(stores: Stores) -> None:
    run_until_empty(lambda: following.follow(stores))


def test_a_batch_told_again_changes_nothing(each_stores: Stores) -> None:
    told = [{"key": "S1", "name": "面霜", "cents": 9_900}, {"key": "S2", "name": "精华", "on_sale": False}]
    assert keeping.tell(each_stores, "key:1", "api", told) == keeping.Told(2, 0, 0, {})
    before = keeping.list_goods(each_stores)
    assert keeping.tell(each_stores, "key:1", "api", told) == keeping.Told(0, 0, 2, {})
    assert keeping.list_goods(each_stores) == before
    assert keeping.tell(each_stores, "key:1", "api", [{"key": "S1", "cents": 8_800}]) == keeping.Told(0, 1, 0, {})


def test_what_staff_wrote_is_not_written_over_until_it_is_given_back(each_stores: Stores) -> None:
    keeping.tell(each_stores, "key:1", "api", [{"key": "S1", "name": "面霜", "cents": 9_900}])
    (good,) = keeping.list_goods(each_stores)
    keeping.change_good(each_stores, "staff:1", good.id, {"name": "修护面霜"})
    told = keeping.tell(each_stores, "key:1", "api", [{"key": "S1", "name": "霜", "cents": 8_800}])
    assert told.kept == {"S1": ["name"]}
    now = keeping.get_good(each_stores, good.id)
    assert (now.name, now.cents) == ("修护面霜", 8_800)
    keeping.give_back(each_stores, "staff:1", good.id)
    keeping.tell(each_stores, "key:1", "api", [{"key": "S1", "name": "霜"}])
    assert keeping.get_good(each_stores, good.id).name == "霜"


def test_a_change_is_taken_back_unless_the_same_was_changed_since(each_stores: Stores) -> None:
    good = keeping.add_good(each_stores, "staff:1", "S1", {"name": "面霜", "cents": 9_900})
    _, first = keeping.change_good(each_stores, "staff:1", good.id, {"name": "一"})
    _, other = keeping.change_good(each_stores, "staff:1", good.id, {"cents": 1})
    _, second = keeping.change_good(each_stores, "staff:1", good.id, {"name": "二"})
    assert first is not None
    assert second is not None
    assert other is not None
    with pytest.raises(Conflict):
        keeping.undo(each_stores, "staff:1", good.id, first)
    keeping.undo(each_stores, "staff:1", good.id, second)
    assert keeping.undo(each_stores, "staff:1", good.id, first).name == "面霜"
    assert keeping.undo(each_stores, "staff:1", good.id, first).name == "面霜", "again changes nothing"
    assert keeping.get_good(each_stores, good.id).cents == 1, "another field stays as it was changed"


def test_nothing_of_a_batch_is_taken_where_one_cannot_be_read(stores: Stores) -> None:
    with pytest.raises(BadInput) as refused:
        keeping.tell(stores, "key:1", "api", [{"key": "S1", "name": "x"}, {"key": "S2", "url": "javascript:alert(1)"}])
    assert refused.value.field == "goods[1].url"
    assert keeping.list_goods(stores) == []


@pytest.mark.parametrize("url", ["javascript:x", "//evil", "https://a b", "https://u:p@host/", "ftp://x", "https://"])
def test_an_address_that_leads_nowhere_safe_is_refused(stores: Stores, url: str) -> None:
    with pytest.raises(BadInput):
        keeping.add_good(stores, "staff:1", "S1", {"url": url})


def test_what_was_ordered_appears_and_goes_by_the_newest_order(each_stores: Stores) -> None:
    drained(each_stores, order("u1", "A1", BEGAN + timedelta(days=3), ("S1", "新名", "20.00")))
    follow(each_stores)
    drained(each_stores, order("u2", "A2", BEGAN, ("S1", "旧名", "10.00"), ("S2", "别的", "5.50")))
    follow(each_stores)
    found = {good.key: good for good in keeping.list_goods(each_stores)}
    assert (found["S1"].name, found["S1"].cents, found["S1"].came) == ("新名", 2_000, "orders")
    assert (found["S2"].cents, found["S2"].ordered) == (550, BEGAN)


def test_orders_write_over_nothing_that_was_told(each_stores: Stores) -> None:
    keeping.tell(each_stores, "key:1", "api", [{"key": "S1", "name": "面霜", "cents": 9_900}])
    drained(each_stores, order("u1", "A1", BEGAN, ("S1", "促销面霜", "66.00")))
    follow(each_stores)
    (good,) = keeping.list_goods(each_stores)
    assert (good.name, good.cents, good.ordered) == ("面霜", 9_900, BEGAN)


def test_how_long_goods_last_is_what_people_show(stores: Stores) -> None:
    gaps: dict[str, list[int]] = defaultdict(list)
    calls: list[dict[str, Any]] = []
    for person in range(25):
        day = 0
        for turn in range(1 + person % 4):
            calls.append(order(f"u{person}", f"{person}-{turn}", BEGAN + timedelta(days=day), ("S1", "面霜", "9.90")))
            step = 20 + (person * 7 + turn * 3) % 30
            if turn < person % 4:
                gaps[f"u{person}"].append(step)
            day += step
    calls += [
        order(f"v{each}", f"v{each}-{turn}", BEGAN + timedelta(days=turn * 9), ("S2", "少", "1"))
        for each in range(3)
        for turn in range(2)
    ]
    drained(stores, *calls)
    follow(stores)
    voices = [statistics.median_high(each) for each in gaps.values()]
    found = {each.key: each for each in cycles.cycles_of(stores)}
    assert (found["S1"].people, found["S1"].days) == (len(voices), statistics.median_high(voices))
    cycles.work_out(stores, Job(1, cycles.JOB, {}))
    goods = {good.key: good for good in keeping.list_goods(stores)}
    assert goods["S1"].cycle_people == len(voices)
    assert (goods["S1"].cycle_seen is not None) == (len(voices) >= cycles.PEOPLE_MIN)
    assert (goods["S2"].cycle_seen, goods["S2"].cycle_people) == (None, 3), "three people say nothing"


def test_what_sold_lately_is_counted_by_person_and_piece(stores: Stores) -> None:
    now = stores.clock.now()
    drained(stores, order("u1", "A1", now - timedelta(days=1), ("S1", "面霜", "20.00"), ("S1", "面霜", "20.00")))
    drained(stores, order("u2", "A2", now - timedelta(days=2), ("S1", "面霜", "10.00"), ("S2", "x", "1")))
    drained(stores, order("u3", "A3", now - timedelta(days=40), ("S1", "面霜", "10.00")))
    found = sold.sold_of(stores, ["S1"])
    assert {key: (int(each.pieces), str(each.worth), each.people) for key, each in found.items()} == {
        "S1": (3, "50.00", 2)
    }


def test_a_file_is_taken_in_by_its_headers_and_says_what_it_left_out(stores: Stores, tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    path.write_text(
        "商品编号,商品名称,价格（元）,使用周期,状态\nS1,面霜,¥99.90,45,上架\n,无号,1,,\nS2,精华,abc,,\nS3,水,5,,下架\n",
        "utf-8",
    )
    told = take_file(stores, "staff:1", path, "goods.csv")
    assert (told.read, told.added, told.left_out) == (4, 2, 2)
    assert [fault.row for fault in told.faults] == [3, 4]
    found = {good.key: good for good in keeping.list_goods(stores)}
    assert (found["S1"].cents, found["S1"].cycle_days, found["S3"].on_sale) == (9_990, 45, False)
    again = take_file(stores, "staff:1", path, "goods.csv")
    assert (again.added, again.changed, again.same) == (0, 0, 2)


def test_reminders_to_buy_again_go_by_how_long_goods_last(stores: Stores) -> None:
    assert cycles.usual_cycle(stores) is None
    for key, days in (("S1", 20), ("S2", 60), ("S3", 45)):
        keeping.add_good(stores, "staff:1", key, {"cycle_days": days})
    keeping.add_good(stores, "staff:1", "S4", {"cycle_days": 500, "on_sale": False})
    assert cycles.usual_cycle(stores) == 45
