"""The ledger's people in the event log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from siyu.people import actions, consents, merges, projection, tags
from siyu.people.projection import project_all
from siyu.storage import EventLog, Stores
from siyu.storage.eventlog_schema import PERSON
from tests.people.calls import drained, track
from tests.people.test_identity import resolved


def shown(stores: Stores, columns: str) -> list[tuple[object, ...]]:
    project_all(stores)
    return stores.events.rows(f"SELECT {columns} FROM people FINAL WHERE gone = 0 ORDER BY person")


def test_a_profile_tags_and_consents_arrive(each_stores: Stores) -> None:
    traits = {"name": "王丽", "birthday": "05-17", "city": "杭州", "skin": "dry", "phone": "13800138000"}
    drained(each_stores, {"type": "identify", "userId": "u", "traits": traits})
    tag = tags.make_tag(each_stores, tags.make_group(each_stores, "肤质"), "干性")
    tags.add_tag(each_stores, "staff:1", 1, tag)
    consents.state_consent(each_stores, "person", 1, "marketing", "email", True)
    consents.state_consent(each_stores, "person", 1, "marketing", "sms", False)
    columns = "person, name, toString(birthday), city, attributes.skin.:String, tags, consents, refusals, kinds, minor"
    assert shown(each_stores, columns) == [
        (1, "王丽", "1904-05-17", "杭州", "dry", [tag], ["marketing:email"], ["marketing:sms"], ["phone", "user_id"], 0)
    ]


def test_a_minor_is_known_by_the_birthday(stores: Stores) -> None:
    for user, birthday in (("u1", "2009-01-01"), ("u2", "2008-01-01")):  # the clock stands at 2026-01-01
        drained(stores, {"type": "identify", "userId": user, "traits": {"birthday": birthday}})
    assert shown(stores, "minor") == [(1,), (0,)]


def test_merged_persons_show_as_one_and_undo_brings_both_back(each_stores: Stores) -> None:
    a, b = resolved(each_stores, "user_id=a", "user_id=b")
    merges.merge(each_stores, "staff:1", a, b)
    assert shown(each_stores, "person, kinds") == [(a, ["user_id"])]
    of_b = f"SELECT {PERSON} FROM (SELECT toUInt32({b}) AS person)"
    assert each_stores.events.row(of_b) == (a,)
    merges.undo(each_stores, "staff:1", 1)
    assert shown(each_stores, "person") == [(a,), (b,)]
    assert each_stores.events.row(of_b) == (b,)


def test_a_crash_before_the_note_is_dropped_repeats_the_row(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved(stores, "user_id=a")
    insert = EventLog.insert

    def crashing(self: EventLog, *args: object, **named: object) -> None:
        insert(self, *args, **named)  # type: ignore[arg-type]
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(EventLog, "insert", crashing)
        with pytest.raises(RuntimeError):
            project_all(stores)
    assert projection.lag_seconds(stores) == 0.0
    stores.clock.advance(timedelta(seconds=9))  # pyright: ignore[reportAttributeAccessIssue]
    assert projection.lag_seconds(stores) == 9.0
    assert shown(stores, "person") == [(1,)]
    assert projection.lag_seconds(stores) == 0.0


def test_a_cleared_value_does_not_come_back_from_a_merged_node(stores: Stores) -> None:
    drained(
        stores,
        {"type": "identify", "userId": "a", "traits": {"city": "上海", "skin": "dry"}},
        {"type": "identify", "userId": "b", "traits": {"city": "杭州"}},
    )
    merges.merge(stores, "staff:1", 1, 2)
    actions.set_profile(stores, "staff:1", 1, {"city": None, "skin": None})
    assert shown(stores, "city, toJSONString(attributes)") == [("", "{}")]


def test_statistics_of_a_person_follow_the_events(stores: Stores) -> None:
    paid = {"order_id": "1", "total": 30}
    drained(stores, track("u", "x"), track("u", "Order Completed", properties=paid))
    drained(stores, track("u", "Order Refunded", properties={"order_id": "1", "total": 10}))
    assert stores.events.rows("SELECT sum(events), sum(orders), toFloat64(sum(spent)) FROM person_stats") == [
        (3, 1, 20.0)
    ]
