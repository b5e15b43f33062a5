"""The glance at the door lets nothing pass that the closer look refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from siyu.people import segment
from siyu.people.glance import glance
from siyu.storage import BadInput, InboxRow
from tests.examples import examples
from tests.people.calls import track

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def body_of(*calls: dict[str, Any], **shared: Any) -> bytes:
    return json.dumps({"batch": list(calls), **shared}).encode()


def refused(body: bytes, by_page: bool = False) -> set[int]:
    """The places that the closer look refuses."""
    segment.well_formed(body)
    calls, batch = segment.split("batch", body)
    found: set[int] = set()
    for place, raw in enumerate(calls):
        try:
            segment.check(raw, "batch", f"batch[{place}]", NOW, batch, by_page=by_page)
        except BadInput:
            found.add(place)
    return found


ODD: Any = st.sampled_from([None, "", " ", "0", "undefined", "\x00", "面霜", 0, 7, True, 1.5, [], {}, "x" * 256])
VALUES: dict[str, Any] = {
    "userId": st.just("u1") | ODD,
    "anonymousId": st.sampled_from(["a1", "siyu-d1", " Siyu-d1", "ｓiyu-d1"]) | ODD,
    "event": st.sampled_from(
        ["x", "Product Viewed", "Order Completed", "consent_given", "message_held", "message_opened"]
    )
    | ODD,
    "messageId": st.just("m1") | ODD,
    "previousId": ODD,
    "groupId": ODD,
    "name": ODD,
    "category": ODD,
    "timestamp": ODD | st.sampled_from(["2025-06-01T00:00:00Z", "2025-06-01T00:00:00", "2031-01-01T00:00:00Z"]),
    "sentAt": ODD | st.sampled_from(["1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00"]),
    "properties": ODD | st.just({"order_id": ""}),
    "traits": ODD | st.just({"phone": "12"}),
    "context": ODD | st.sampled_from([{"page": 1}, {"campaign": 1}, {"externalIds": 2}, {"traits": {"email": "x"}}]),
    "integrations": ODD,
    "more": ODD,
}
CALLS = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "page", "identify", "group", "alias", "screen", "shoe"]) | ODD}, optional=VALUES
)
SHARED = st.fixed_dictionaries({}, optional={name: VALUES[name] for name in ("context", "sentAt", "integrations")})


@examples(400)
@given(calls=st.lists(CALLS, min_size=1, max_size=4), shared=SHARED, by_page=st.booleans())
@example(calls=[{"type": "track", "userId": "u1"}], shared={}, by_page=False)
def test_what_passes_the_glance_would_pass_the_closer_look(
    calls: list[dict[str, Any]], shared: dict[str, Any], by_page: bool
) -> None:
    body = body_of(*calls, **shared)
    seen = glance(body, NOW, by_page=by_page)
    if seen is not None:
        assert seen.calls == len(calls)
        faults = refused(body, by_page)
        assert faults <= set(seen.suspects)
        if faults:
            return
        read = segment.read(InboxRow(1, NOW, "segment:batch", "web", len(calls), body))
        assert len(read) == len(calls)


def test_visits_and_views_pass_and_an_order_is_looked_at() -> None:
    calls = [track("u1", "Product Viewed", messageId="m", properties={"name": "面霜"}), track("u1", "Order Completed")]
    page = {"type": "page", "anonymousId": "a", "timestamp": "2025-12-31T00:00:00Z", "context": {"page": {}}}
    assert glance(body_of(*calls, page), NOW) == (3, [1])


@pytest.mark.parametrize(
    "body",
    [
        b'{"batch":[{"type":"track","userId":"u","event":"x","properties":{"a":"\xff"}}]}',
        b'{"batch":[{"type":"track","userId":"u","event":"x","more":"\xff"}]}',
        b'{"batch":[{"type":"track","userId":"u","event":"x"}],"more":1e999}',
        b'{"batch":[]}',
        b'{"batch":[{"type":"track","userId":"u","event":"x"}]',
        msgspec.json.encode({"batch": [track("u", "x", properties={"x": "y" * 70_000})]}),
    ],
)
def test_what_may_not_be_fit_for_the_log_is_looked_at_whole(body: bytes) -> None:
    assert glance(body, NOW) is None
