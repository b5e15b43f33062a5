"""Orders in a file become one event per order, with its lines."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from siyu.people.tables import batches, identifiers, imports, order_keys
from siyu.storage import BadInput, Stores
from tests.people.importing.shop import brought_in, events, everything, reasons, table


def test_the_lines_of_an_order_make_one_event(each_stores: Stores) -> None:
    report = brought_in(
        each_stores,
        table(
            "7,A1,2024-03-01 10:00,s1,杯子,2,3.50",
            "7,A1,2024-03-01 10:00,s2,盘子,1,10",
            "8,A2,2024-03-02 9:00,s1,杯子,1,3.5",
        ),
    )
    assert events(each_stores) == [
        ("order_paid", "A1", Decimal(17), ["s1", "s2"], [Decimal(2), Decimal(1)]),
        ("order_paid", "A2", Decimal("3.5"), ["s1"], [Decimal(1)]),
    ]
    assert report["orders"] == {"paid": 2, "amended": 0, "returned": 0}
    assert report["lines"] == {"sold": 3, "returned": 0, "known": 0}
    assert report["amounts"]["sold"] == "20.50"
    assert report["people"] == {"named": 2, "new": 2}


def test_a_customer_number_is_an_identifier_of_the_source(stores: Stores) -> None:
    brought_in(stores, table("17850.0,A1,2024-03-01,s,t,1,1"), source="youzan")
    with stores.ledger.read() as conn:
        found = conn.execute(sa.select(identifiers.c.kind, identifiers.c.value)).all()
    assert found == [("customer:youzan", "17850")]


def test_the_time_of_an_order_is_that_of_its_first_line(stores: Stores) -> None:
    brought_in(stores, table("7,A1,2024-03-01 12:00,s1,t,1,1", "7,A1,2024-03-01 10:00,s2,t,1,1"))
    assert [str(time) for (time,) in events(stores, "time")] == ["2024-03-01 04:00:00"]


def test_a_file_s_times_are_read_in_the_zone_given(stores: Stores) -> None:
    brought_in(stores, table("7,A1,2024-07-01 00:30,s1,t,1,1"), timezone="Europe/London")
    assert [str(time) for (time,) in events(stores, "time")] == ["2024-06-30 23:30:00"]


def test_equal_lines_are_kept(stores: Stores) -> None:
    report = brought_in(stores, table(*["7,A1,2024-03-01,s1,t,1,2"] * 3))
    assert report["lines"]["sold"] == 3
    assert events(stores, "amount, lines.row") == [(Decimal(6), [2, 3, 4])]


def test_a_second_import_of_a_file_changes_nothing(each_stores: Stores) -> None:
    content = table(*["7,A1,2024-03-01,s1,t,1,2"] * 2, "7,CA1,2024-03-02,s1,t,-1,2", "8,A2,2024-03-01,s1,t,1,2")
    first = brought_in(each_stores, content)
    before = everything(each_stores)
    second = brought_in(each_stores, content)
    assert everything(each_stores) == before
    assert first["events"] == 3
    assert second["events"] == 0
    assert second["lines"]["known"] == 4
    assert second["people"]["new"] == 0


def test_lines_that_come_later_amend_the_order(stores: Stores) -> None:
    brought_in(stores, table("7,A1,2024-03-01,s1,t,1,2", "7,A1,2024-03-01,s1,t,1,2"))
    report = brought_in(stores, table(*["7,A1,2024-03-01,s1,t,1,2"] * 3, "7,A1,2024-03-01,s2,t,1,5"), name="later.csv")
    assert events(stores) == [
        ("order_amended", "A1", Decimal(7), ["s1", "s2"], [Decimal(1), Decimal(1)]),
        ("order_paid", "A1", Decimal(4), ["s1", "s1"], [Decimal(1), Decimal(1)]),
    ]
    assert report["orders"] == {"paid": 0, "amended": 1, "returned": 0}


def test_the_same_order_number_from_another_source_is_another_order(stores: Stores) -> None:
    for source in ("youzan", "taobao"):
        brought_in(stores, table("7,A1,2024-03-01,s1,t,1,2"), source=source)
    assert (
        events(stores, "source, name") == [("taobao", "order_paid"), ("youzan", "order_paid")]
        or len(events(stores)) == 2
    )


def test_negative_quantities_are_returns_of_that_customer(stores: Stores) -> None:
    report = brought_in(stores, table("7,A1,2024-03-01,s1,t,2,3", "7,A1,2024-03-05,s1,t,-1,3"))
    assert events(stores) == [
        ("order_paid", "A1", Decimal(6), ["s1"], [Decimal(2)]),
        ("order_returned", "A1", Decimal(3), ["s1"], [Decimal(1)]),
    ]
    assert report["amounts"] == {"sold": "6.00", "returned": "3.00"}


def test_invoices_that_begin_with_the_letter_are_returns(stores: Stores) -> None:
    brought_in(stores, table("7,A1,2024-03-01,s1,t,2,3", "7,C9,2024-03-05,s1,t,1,3"), settings={"returns": "prefix"})
    assert [row[:2] for row in events(stores)] == [("order_paid", "A1"), ("order_returned", "C9")]


def test_where_there_are_no_returns_a_negative_quantity_is_refused(stores: Stores) -> None:
    report = brought_in(
        stores, table("7,A1,2024-03-01,s1,t,2,3", "7,A1,2024-03-05,s1,t,-1,3"), settings={"returns": "none"}
    )
    assert reasons(report) == {"quantity_negative": 1}


def test_without_order_numbers_lines_of_one_customer_at_one_time_are_an_order(stores: Stores) -> None:
    header = "customer_id,date,quantity,amount"
    content = table("1,2024-03-01,1,2", "1,2024-03-01,1,2", "1,2024-03-02,1,2", "2,2024-03-01,1,2", header=header)
    report = brought_in(stores, content)
    assert report["orders"]["paid"] == 3
    assert brought_in(stores, content)["events"] == 0


def test_the_amount_of_a_line_is_kept_where_the_price_is_not_known(stores: Stores) -> None:
    brought_in(stores, table("1,A1,2024-03-01,3,10", header="customer,order,date,quantity,amount"))
    assert events(stores, "amount, lines.price") == [(Decimal(10), [Decimal("3.3333")])]


def test_an_order_s_total_may_stand_on_every_line(stores: Stores) -> None:
    header = "客户编号,订单号,付款时间,商品名称,数量,单价,订单实付金额"
    brought_in(stores, table("1,A1,2024-03-01,杯,1,10,18", "1,A1,2024-03-01,盘,1,10,18", header=header))
    assert events(stores, "amount, lines.price") == [(Decimal(18), [Decimal(10), Decimal(10)])]


def test_unpaid_orders_are_refused_and_refunded_ones_returned(stores: Stores) -> None:
    header = "客户编号,订单号,付款时间,商品名称,数量,单价,订单状态"
    rows = ("1,A1,2024-03-01,杯,1,10,交易成功", "1,A2,2024-03-01,杯,1,10,待付款", "1,A3,2024-03-02,杯,1,10,已退款")
    report = brought_in(stores, table(*rows, header=header))
    assert [row[:2] for row in events(stores)] == [("order_paid", "A1"), ("order_returned", "A3")]
    assert reasons(report) == {"not_paid": 1}


def test_an_event_leads_back_to_its_import_and_rows(stores: Stores) -> None:
    report = brought_in(stores, table("7,A1,2024-03-01,s1,t,1,1", "", "7,A1,2024-03-01,s2,t,1,1"))
    ((batch, record, rows),) = events(stores, "batch, record, lines.row")
    assert (record, rows) == (2, [2, 4])
    with stores.ledger.read() as conn:
        stream = conn.execute(sa.select(batches.c.stream).where(batches.c.id == batch)).scalar_one()
    assert stream == f"import:{report['import']}"


def test_the_orders_are_known_to_the_intake_of_webhooks(stores: Stores) -> None:
    brought_in(stores, table("7,A1,2024-03-01,s1,t,1,1", "7,A2,2024-03-01,s2,t,-1,1"))
    with stores.ledger.read() as conn:
        found = conn.execute(sa.select(order_keys.c.source, order_keys.c.order, order_keys.c.kind)).all()
    assert sorted(found) == [("shop", "A1", "paid"), ("shop", "A2", "returned")]


def test_what_all_lines_of_an_order_agree_on_is_kept_with_it(stores: Stores) -> None:
    header = "customer,order,date,sku,quantity,price,Country,note"
    brought_in(stores, table("1,A,2024-01-01,s,1,1,UK,a", "1,A,2024-01-01,t,1,1,UK,b", header=header))
    assert events(stores, "toString(properties)") == [('{"Country":"UK"}',)]


def test_money_is_decimal_to_four_places(stores: Stores) -> None:
    brought_in(stores, table('7,A1,2024-03-01,s1,t,3,"¥1,234.5678"', "7,A1,2024-03-01,s2,t,1,0.1"))
    assert events(stores, "amount") == [(Decimal("3703.8034"),)]


def test_nothing_of_an_import_remains_when_its_file_is_refused(stores: Stores) -> None:
    with pytest.raises(BadInput):
        brought_in(stores, "")
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(imports)).all() == []
    assert not list((stores.home / "imports").iterdir())
