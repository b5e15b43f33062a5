"""The intake's door."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import Inbox, Stores, Unavailable
from siyu.web.intake import BODY_BYTES_MAX
from tests.examples import examples
from tests.people.calls import stored, track
from tests.web.intake_door import Door, refused


@pytest.fixture
def door(stores: Stores) -> Iterator[Door]:
    return Door(stores)


def test_what_is_answered_is_on_disk(door: Door) -> None:
    assert door.post("/v1/track", track("u1", "x")) == (200, {"success": True, "accepted": 1})
    assert door.stores.inbox.last() == 1


@pytest.mark.parametrize("kind", ["track", "identify", "group", "page", "screen", "alias"])
def test_every_kind_of_call_is_taken(door: Door, kind: str) -> None:
    call = {"userId": "u1", "event": "x", "groupId": "g", "previousId": "p", "name": "home"}
    assert door.post(f"/v1/{kind}", call)[0] == 200
    run_until_empty(Drain(door.stores).step)
    expected = {"track": "x", "identify": "person_identified", "group": "group_joined", "alias": None}
    assert set(stored(door.stores)) - {"person_merged"} == {expected.get(kind, "page_viewed")} - {None}


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        ({"userId": "u"}, "bad_name", "event"),
        ({"event": "x"}, "nobody", "userId"),
        ({"event": "x", "userId": "undefined"}, "bad_identifier", "userId"),
        ({"event": "x", "userId": ["u"]}, "wrong_type", "userId"),
        ({"event": "x", "userId": "u", "properties": [1]}, "wrong_type", "properties"),
        ({"event": "x", "userId": "u", "timestamp": "yesterday"}, "wrong_type", "timestamp"),
        ({"event": "x", "userId": "u", "timestamp": "2031-01-01T00:00:00Z"}, "in_the_future", "timestamp"),
        ({"event": "x", "userId": "u", "timestamp": "1970-01-01T00:00:00Z"}, "too_early", "timestamp"),
        ({"event": "x", "userId": "u", "timestamp": "0001-01-01T00:00:00+08:00"}, "too_early", "timestamp"),
        ({"event": "message_held", "userId": "u"}, "reserved_name", "event"),
        ({"event": "x" * 201, "userId": "u"}, "bad_name", "event"),
        ({"event": "Order Completed", "userId": "u", "properties": {}}, "missing", "properties.order_id"),
        (
            {"event": "order_paid", "userId": "u", "properties": {"order_id": 1, "total": -5}},
            "bad_order",
            "properties.total",
        ),
        (
            {"event": "x", "userId": "u", "context": {"externalIds": [{"type": "shoe", "id": 1}]}},
            "unknown_identifier_kind",
            "context.externalIds[0].id",
        ),
        ({"event": "x", "userId": "u", "context": {"campaign": 1}}, "wrong_type", "context.campaign"),
        ({"event": "x", "userId": "u", "messageId": ""}, "bad_text", "messageId"),
        ({"event": "x", "userId": "u", "properties": {"x": "y" * 70_000}}, "event_too_large", "$"),
    ],
)
def test_a_fault_is_named_by_its_field(door: Door, call: dict[str, Any], code: str, field: str) -> None:
    assert refused(door.post("/v1/track", call)) == (400, code, field)
    assert door.stores.inbox.last() == 0


def test_a_bad_phone_in_traits_is_named(door: Door) -> None:
    answer = door.post("/v1/identify", {"userId": "u", "traits": {"phone": "12"}})
    assert refused(answer) == (400, "bad_identifier", "traits.phone")


def test_a_batch_is_taken_whole_or_not_at_all(door: Door) -> None:
    answer = door.post("/v1/batch", {"batch": [track("u", "x"), {"type": "track", "userId": "u"}]})
    assert refused(answer) == (400, "bad_name", "batch[1].event")
    assert door.stores.inbox.last() == 0


def test_good_calls_of_a_bad_batch_are_kept_when_asked(door: Door) -> None:
    calls = [track("u", "x"), {"type": "track", "userId": "u"}, track("u", "y")]
    status, answer = door.post("/v1/batch?partial=1", {"batch": calls})
    assert (status, answer["accepted"]) == (200, 2)
    assert [(each["index"], each["field"]) for each in answer["rejected"]] == [(1, "batch[1].event")]
    run_until_empty(Drain(door.stores).step)
    assert sorted(stored(door.stores)) == ["x", "y"]


def test_a_batch_shares_its_context(door: Door) -> None:
    shared = {"externalIds": [{"type": "phone", "id": "not one"}]}
    answer = door.post("/v1/batch", {"batch": [track("u", "x")], "context": shared})
    assert refused(answer) == (400, "bad_identifier", "batch[0].context.externalIds[0].id")


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "not_json"), (b"{", "not_json"), (b"[]", "wrong_type"), (b'{"event":"\xff"}', "not_json")],
)
def test_what_is_no_json_object_is_refused(door: Door, body: bytes, code: str) -> None:
    assert refused(door.post("/v1/track", body))[:2] == (400, code)


@pytest.mark.parametrize(
    "body", [{"batch": []}, {"batch": [1]}, {"batch": {}}, {}, {"batch": [track("u", "x")] * 2501}]
)
def test_a_batch_of_a_wrong_shape_is_refused(door: Door, body: Any) -> None:
    assert door.post("/v1/batch", body)[0] == 400


def test_gzip_is_understood_and_a_bomb_is_harmless(door: Door) -> None:
    gzipped = {"content-encoding": "gzip"}
    assert door.post("/v1/track", gzip.compress(json.dumps(track("u", "x")).encode()), headers=gzipped)[0] == 200
    bomb = gzip.compress(b" " * 200 * BODY_BYTES_MAX)
    assert refused(door.post("/v1/track", bomb, headers=gzipped))[:2] == (413, "body_too_large")
    assert refused(door.post("/v1/track", b"no gzip", headers=gzipped))[:2] == (400, "bad_gzip")


def test_a_body_too_large_is_refused(door: Door) -> None:
    assert refused(door.post("/v1/track", b" " * (BODY_BYTES_MAX + 1)))[:2] == (413, "body_too_large")


def test_without_a_valid_key_nothing_is_taken(door: Door) -> None:
    assert refused(door.post("/v1/track", track("u", "x"), key="wrong"))[:2] == (401, "unknown_write_key")
    headers = {"authorization": "Bearer x"}
    assert refused(door.post("/v1/track", track("u", "x"), headers=headers))[:2] == (401, "no_write_key")


def test_other_paths_and_methods_are_refused(door: Door) -> None:
    assert door.post("/v1/nothing", {})[0] == 404
    assert door.post("/v1/track", {}, method="GET")[0] == 405
    assert door.post("/v1/track", {}, method="OPTIONS")[0] == 204


def test_when_the_disk_is_full_the_sender_hears_of_it(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Inbox, group: Any) -> None:
        for _, done in group:
            done.set_exception(Unavailable("disk_full", "磁盘已满。", "The disk is full."))

    monkeypatch.setattr(Inbox, "_commit", full)
    assert refused(door.post("/v1/track", track("u", "x")))[:2] == (503, "disk_full")


def test_a_time_within_a_day_ahead_is_taken(door: Door) -> None:
    soon = (door.stores.clock.now() + timedelta(hours=23)).isoformat()
    assert door.post("/v1/track", track("u", "x", timestamp=soon))[0] == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@examples(60)
@given(
    calls=st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["track", "identify", "group", "page", "alias"])},
            optional={
                name: st.dictionaries(st.text(), JSON, max_size=5) | JSON
                for name in ("properties", "traits", "context", "event", "userId", "previousId", "groupId", "timestamp")
            },
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_taken_can_be_stored(door: Door, calls: list[dict[str, Any]]) -> None:
    """One event that can't be stored would stop all behind it."""
    calls = [{"event": "x", "userId": "u1", "groupId": "g", "previousId": "p"} | call for call in calls]
    status, _ = door.post("/v1/batch?partial=1", json.dumps({"batch": calls}).encode())
    assert status in (200, 400)
    run_until_empty(Drain(door.stores).step)
