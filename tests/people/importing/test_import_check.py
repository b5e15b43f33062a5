"""What an import would do is said before it is done, and then done."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from siyu.jobs.worker import run_now
from siyu.people.importing import records
from siyu.people.importing.answers import ImportReport
from siyu.storage import BadInput, Conflict, Stores
from tests.people.importing.shop import brought_in, events, table

ROWS = ("7,A1,2024-03-01,s1,t,2,3", "8,A1,2024-03-02,s2,t,1,1", ",A2,2024-03-01,s1,t,1,2", "7,A3,2024-03-03,s1,t,-1,3")


def received(stores: Stores, *rows: str) -> int:
    content = table(*rows).encode()
    return records.receive(stores, "staff:1", "orders", "a.csv", [content], source="shop", timezone="Asia/Shanghai")


def checked(stores: Stores, *rows: str) -> int:
    number = received(stores, *rows)
    assert run_now(stores, records.start_check(stores, number)).state == "done"
    return number


def test_the_check_says_what_will_happen_and_stores_nothing(each_stores: Stores) -> None:
    number = checked(each_stores, *ROWS)
    found = records.get(each_stores, number)
    check = found.report["check"]
    assert (found.state, events(each_stores)) == ("checked", [])
    assert check["orders"] == {"paid": 1, "returned": 1, "known": 0}
    assert check["lines"] == {"sold": 2, "returned": 1}
    assert check["amounts"] == {"sold": "7.00", "returned": "3.00"}
    assert [(each["code"], each["count"]) for each in check["reasons"]] == [("person_missing", 1)]
    assert {each["code"]: each["count"] for each in check["notes"]} == {
        "orders_of_two_customers": 1,
        "orders_with_two_times": 1,
    }


def test_what_was_checked_is_imported(stores: Stores) -> None:
    number = checked(stores, *ROWS)
    assert run_now(stores, records.start(stores, number)).state == "done"
    assert records.get(stores, number).report["result"]["orders"] == {"paid": 1, "amended": 0, "returned": 1}


def test_the_check_knows_orders_that_are_stored_already(stores: Stores) -> None:
    brought_in(stores, table(*ROWS))
    check = records.get(stores, checked(stores, *ROWS)).report["check"]
    assert check["orders"]["known"] == 2


def test_a_changed_plan_asks_for_a_new_check(stores: Stores) -> None:
    number = checked(stores, *ROWS)
    plan = replace(records.get(stores, number).plan, returns="none")
    assert records.revise_plan(stores, number, plan).state == "ready"
    run_now(stores, records.start_check(stores, number))
    reasons = {each["code"] for each in records.get(stores, number).report["check"]["reasons"]}
    assert reasons == {"person_missing", "quantity_negative"}


def test_a_plan_that_names_a_missing_column_is_refused(stores: Stores) -> None:
    number = received(stores, *ROWS)
    plan = records.get(stores, number).plan
    with pytest.raises(BadInput) as refusal:
        records.revise_plan(stores, number, replace(plan, mapping={**plan.mapping, "sku": "Nowhere"}))
    assert refusal.value.field == "mapping.sku"


def test_an_import_that_is_done_is_not_started_again(stores: Stores) -> None:
    number = checked(stores, *ROWS)
    run_now(stores, records.start(stores, number))
    with pytest.raises(Conflict):
        records.start(stores, number)


def test_a_cancelled_import_stores_nothing_and_can_be_started_again(stores: Stores) -> None:
    number = received(stores, *ROWS)
    records.start(stores, number)
    assert records.cancel(stores, number)
    assert (records.get(stores, number).state, events(stores)) == ("cancelled", [])
    run_now(stores, records.start(stores, number))
    assert records.get(stores, number).state == "done"


def test_the_report_has_the_shape_that_is_published(stores: Stores) -> None:
    for kind, content in (
        ("orders", table(*ROWS)),
        ("events", table("u1,2024-03-01,a", header="user_id,time,event")),
        ("people", table("13800138000", header="手机号")),
    ):
        msgspec.convert(brought_in(stores, content, kind=kind), ImportReport, strict=True)
