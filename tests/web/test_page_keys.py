"""What comes in with a key that anybody can read: behaviour, and nothing that money, rights or identity rest upon."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from siyu.jobs.turns import run_until_empty
from siyu.people import event_names, write_keys
from siyu.people.drain import Drain
from siyu.people.page_calls import BEHAVIOUR
from siyu.people.segment import NAMES
from siyu.people.tables import identifiers, people
from siyu.people.tables import write_keys as write_keys_table
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.people.calls import stored, track
from tests.web.intake_door import Door, refused

ORDER = {"order_id": "1", "total": 5000}
OPENID = {"type": "openid:wx12", "id": "oMine"}


@pytest.fixture
def door(each_stores: Stores) -> Door:
    return Door(each_stores, "page")


def known(stores: Stores) -> set[tuple[str, str]]:
    """Identifiers of which a person is known."""
    with stores.ledger.read() as conn:
        return {(row.kind, row.value) for row in conn.execute(sa.select(identifiers.c.kind, identifiers.c.value))}


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("page", {"anonymousId": "d1", "name": "面霜"}),
        ("screen", {"anonymousId": "d1"}),
        ("track", {"anonymousId": "d1", "event": "Product Viewed", "properties": {"sku": "A1", "price": 5000}}),
        ("track", {"userId": "m-7", "anonymousId": "d1", "event": "Product Added"}),
        ("track", {"anonymousId": "d1", "event": "Page Left", "context": {"campaign": {"source": "douyin"}}}),
        ("track", {"anonymousId": "d1", "event": "Application Installed"}),
        ("track", {"anonymousId": "d1", "event": "咨询顾问"}),
        ("identify", {"userId": "m-7", "anonymousId": "d1"}),
        ("identify", {"userId": "m-7", "anonymousId": "d1", "traits": {}}),
    ],
)
def test_a_page_tells_what_somebody_did_and_who_is_signed_in(door: Door, kind: str, call: dict[str, Any]) -> None:
    assert door.post(f"/v1/{kind}", call)[0] == 200
    assert door.post("/v1/batch", {"batch": [{"type": kind, **call}]})[0] == 200


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("track", {"event": "Order Completed", "properties": ORDER}, "event"),
    ("track", {"event": "order_paid", "properties": ORDER}, "event"),
    ("track", {"event": "Order Refunded", "properties": ORDER}, "event"),
    ("track", {"event": "consent_given"}, "event"),
    ("track", {"event": "consent_withdrawn"}, "event"),
    ("track", {"event": "Unsubscribed"}, "event"),
    ("track", {"event": "Email Opened"}, "event"),
    ("track", {"event": "code_scanned"}, "event"),
    ("track", {"event": "reward_paid"}, "event"),
    ("track", {"event": "effort_done"}, "event"),
    ("identify", {"traits": {"phone": "13800138000"}}, "traits"),
    ("identify", {"traits": {"birthday": "1990-05-17"}}, "traits"),
    ("identify", {"context": {"externalIds": [OPENID]}}, "context.externalIds"),
    ("track", {"event": "x", "context": {"externalIds": [OPENID]}}, "context.externalIds"),
    ("track", {"event": "x", "context": {"traits": {"email": "a@example.com"}}}, "context.traits"),
    ("page", {"anonymousId": "siyu-d1"}, "anonymousId"),
    ("page", {"anonymousId": " ｓiyu-d1"}, "anonymousId"),
    ("alias", {"previousId": "m-8"}, "previousId"),
    ("group", {"groupId": "g1"}, "groupId"),
]


@pytest.mark.parametrize(("kind", "call", "field"), REFUSED)
def test_what_only_a_server_may_tell_is_refused_by_its_field(
    door: Door, kind: str, call: dict[str, Any], field: str
) -> None:
    call = {"userId": "m-7", **call}
    status, answer = door.post(f"/v1/{kind}", call)
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (400, "needs_server_key", field)
    assert "服务器密钥" in answer["error"]["zh"]
    assert "kind server" in answer["error"]["en"]
    together = door.post("/v1/batch", {"batch": [{"type": kind, **call}]})
    assert refused(together) == (400, "needs_server_key", f"batch[0].{field}")
    assert door.stores.inbox.last() == 0


@pytest.mark.parametrize(("kind", "call", "field"), REFUSED)
def test_a_server_may_tell_it(each_stores: Stores, kind: str, call: dict[str, Any], field: str) -> None:
    del field
    assert Door(each_stores, "server").post(f"/v1/{kind}", {"userId": "m-7", **call})[0] == 200


def test_what_a_batch_shares_is_looked_at_too(door: Door) -> None:
    answer = door.post("/v1/batch", {"batch": [track("m-7", "x")], "context": {"externalIds": [OPENID]}})
    assert refused(answer) == (400, "needs_server_key", "batch[0].context.externalIds")


def test_the_rest_of_a_pages_batch_is_kept_and_what_was_refused_is_named(door: Door) -> None:
    calls = [track("m-7", "x"), track("m-7", "Order Completed", properties=ORDER), track("m-7", "y")]
    status, answer = door.post("/v1/batch?partial=1", {"batch": calls})
    assert (status, answer["accepted"]) == (200, 2)
    assert [(each["index"], each["code"]) for each in answer["rejected"]] == [(1, "needs_server_key")]
    run_until_empty(Drain(door.stores).step)
    assert sorted(stored(door.stores)) == ["x", "y"]


def test_two_known_persons_stay_two_whatever_a_page_says(door: Door) -> None:
    server = Door(door.stores, "server", "shop")
    for user, device in (("m-7", "d7"), ("m-8", "d8")):
        server.post(
            "/v1/identify", {"userId": user, "anonymousId": device, "traits": {"phone": f"1380013800{user[-1]}"}}
        )
    door.post("/v1/identify", {"userId": "m-7", "anonymousId": "d8"})
    door.post("/v1/track", {"userId": "m-8", "anonymousId": "d7", "event": "x"})
    run_until_empty(Drain(door.stores).step)
    with door.stores.ledger.read() as conn:
        kept = conn.execute(
            sa.select(people.c.kept).join(identifiers, identifiers.c.person == people.c.person).distinct()
        ).all()
    assert len(kept) == 2
    assert {kind for kind, _ in known(door.stores)} == {"user_id", "anonymous_id", "phone"}


def test_every_name_that_the_product_knows_is_behaviour_or_a_servers() -> None:
    assert set(event_names.NAMES) >= BEHAVIOUR
    assert {NAMES[name] for name in ("Product Viewed", "Product Added", "Page Left")} <= BEHAVIOUR


# --- keys


def test_a_key_has_a_kind(stores: Stores) -> None:
    for kind in ("", "public", "Server"):
        with pytest.raises(BadInput) as wrong:
            write_keys.create(stores, "官网", "website", kind)
        assert wrong.value.field == "kind"


def test_pages_and_servers_have_sources_of_their_own(each_stores: Stores) -> None:
    """Or somebody could use up the message ids of the server's events."""
    page = write_keys.create(each_stores, "官网", "website", "page")
    write_keys.create(each_stores, "官网 2", "website", "page")
    server = write_keys.create(each_stores, "商城", "shop", "server")
    for source, kind in (("website", "server"), ("shop", "page")):
        with pytest.raises(Conflict) as refusal:
            write_keys.create(each_stores, "x", source, kind)
        assert refusal.value.code == "source_of_other_kind"
    write_keys.revoke(each_stores, page.id)
    with pytest.raises(Conflict):
        write_keys.create(each_stores, "x", "website", "server")
    write_keys.revoke(each_stores, server.id)
    assert write_keys.create(each_stores, "x", "shop", "page").kind == "page"


def test_a_key_that_stands_in_a_page_is_narrowed_and_the_door_knows(each_stores: Stores) -> None:
    door = Door(each_stores, "server")
    order = track("m-7", "Order Completed", properties=ORDER)
    assert door.post("/v1/track", order)[0] == 200
    (key,) = write_keys.all_of(each_stores)
    assert write_keys.narrow(each_stores, key.id).kind == "page"
    again = Door.__new__(Door)
    again.__dict__.update(door.__dict__, intake=type(door.intake)(each_stores))
    assert refused(again.post("/v1/track", order)) == (400, "needs_server_key", "event")
    assert again.post("/v1/track", track("m-7", "x"))[0] == 200
    with pytest.raises(NotFound):
        write_keys.narrow(each_stores, key.id)


def test_a_key_is_not_narrowed_while_a_servers_key_writes_as_its_source(each_stores: Stores) -> None:
    key = write_keys.create(each_stores, "a", "shop", "server")
    write_keys.create(each_stores, "b", "shop", "server")
    with pytest.raises(Conflict):
        write_keys.narrow(each_stores, key.id)
    assert write_keys.one(each_stores, key.id).kind == "server"


@pytest.mark.parametrize("source", ["siyu", "visitors", "form"])
def test_no_key_writes_as_the_product_itself(stores: Stores, source: str) -> None:
    with pytest.raises(BadInput):
        write_keys.create(stores, "x", source, "page")


def test_of_a_servers_key_only_a_digest_is_kept(each_stores: Stores) -> None:
    made = write_keys.create(each_stores, "商城", "shop", "server")
    with each_stores.ledger.read() as conn:
        row = conn.execute(sa.select(write_keys_table)).one()
    assert made.key not in str(row)
    (known,) = write_keys.all_of(each_stores)
    assert (known.key, made.key.startswith(known.prefix), len(known.prefix)) == ("", True, 6)
    assert write_keys.writer_of(each_stores, made.key) == ("shop", "server")
    assert write_keys.writer_of(each_stores, row.key) is None


def test_the_same_key_is_not_made_twice_whatever_its_kind(stores: Stores) -> None:
    write_keys.create(stores, "a", "shop", "server", key="k" * 32)
    with pytest.raises(Conflict):
        write_keys.create(stores, "b", "site", "page", key="k" * 32)
