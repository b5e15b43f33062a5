"""What happens is sent: once under one id, signed, in order per person, again after a failure, never to a dead end."""

from __future__ import annotations

import base64
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.channels.signing import verify
from siyu.hooks import actions, queries
from siyu.hooks.actions import secrets_of
from siyu.hooks.model import TRIES_MAX, Wish
from siyu.people import news
from siyu.people.tables import batches
from siyu.staff import audit
from siyu.storage import Stores, metadata
from tests.channels.receiver import Answer, Received, Receiver, receiving
from tests.hooks.world import Shop

FAILS: Answer = (500, {}, b"broken")


def ids(receiver: Receiver) -> list[str]:
    return [call.headers["webhook-id"] for call in receiver.calls]


def types(receiver: Receiver) -> list[str]:
    return [call.document["type"] for call in receiver.calls]


def test_an_event_is_sent_once_with_what_happened(shop: Shop, receiver: Receiver) -> None:
    shop.hook(receiver, events=["cart_added"])
    shop.happens("u-1", "cart_added", "page_viewed", sku="L-01")
    shop.send()
    shop.send()
    (call,) = receiver.calls
    told = call.document
    assert told["type"] == "cart_added"
    assert told["data"]["person"]["identifiers"] == {"user_id": ["u-1"]}
    assert told["data"]["properties"] == {"sku": "L-01"}
    assert told["data"]["source"] == "web"


def test_an_order_goes_with_its_lines_and_decimal_amounts(shop: Shop, receiver: Receiver) -> None:
    shop.hook(receiver, events=["order_paid"])
    order = {
        "order_id": "A-1",
        "total": 99.5,
        "products": [{"product_id": "L-01", "name": "口红", "price": 49.75, "quantity": 2}],
    }
    shop.happens("u-1", "Order Completed", **order)
    shop.send()
    (call,) = receiver.calls
    assert call.document["data"]["order"] == {
        "number": "A-1",
        "amount": "99.50",
        "lines": [{"sku": "L-01", "title": "口红", "quantity": "2.00", "price": "49.75"}],
    }


def test_a_call_is_signed_so_that_the_receiver_can_tell(shop: Shop, receiver: Receiver) -> None:
    shop.hook(receiver)
    shop.happens("u-1", "cart_added")
    shop.send()
    (call,) = receiver.calls
    given = call.headers
    stamp, signature = given["webhook-timestamp"], given["webhook-signature"]
    assert verify(shop.secret, given["webhook-id"], stamp, call.body, signature, int(time.time()))
    assert not verify(shop.secret, given["webhook-id"], stamp, call.body + b" ", signature, int(time.time()))


def test_while_a_secret_is_changed_both_sign_and_then_the_new_one_alone(shop: Shop, receiver: Receiver) -> None:
    hook = shop.hook(receiver)
    new = actions.renew_secret(shop.stores, hook)
    shop.happens("u-1", "cart_added")
    shop.send()
    shop.pass_time(hours=25)
    shop.happens("u-1", "cart_added")
    shop.send()
    now = int(time.time())
    for call, secrets in zip(receiver.calls, ([new, shop.secret], [new]), strict=True):
        headers = call.headers
        signatures = headers["webhook-signature"].split(" ")
        good = [
            verify(secret, headers["webhook-id"], headers["webhook-timestamp"], call.body, signature, now)
            for secret, signature in zip(secrets, signatures, strict=True)
        ]
        assert good == [True] * len(secrets)


def test_an_old_secret_can_be_ended_at_once(shop: Shop, receiver: Receiver) -> None:
    hook = shop.hook(receiver)
    new = actions.renew_secret(shop.stores, hook)
    actions.end_old_secret(shop.stores, hook)
    assert secrets_of(shop.stores, queries.get(shop.stores, hook)) == [new]


def test_secrets_are_sealed_at_rest(shop: Shop, receiver: Receiver) -> None:
    shop.hook(receiver)
    raw = base64.b64decode(shop.secret.removeprefix("whsec_"))
    kept = everything_in(shop.stores)
    assert receiver.url.encode() in kept
    assert shop.secret.encode() not in kept
    assert raw not in kept


def everything_in(stores: Stores) -> bytes:
    """What the ledger holds: its files as they lie there, or every value of every table of a server."""
    if stores.ledger.dialect == "sqlite":
        return b"".join(path.read_bytes() for path in stores.home.iterdir() if path.name.startswith("ledger"))
    with stores.ledger.read() as conn:
        values = [value for table in metadata.sorted_tables for row in conn.execute(sa.select(table)) for value in row]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def test_a_failed_call_is_tried_again_under_the_same_id(shop: Shop) -> None:
    answers = iter([FAILS, (204, {}, b"")])
    with receiving(lambda _: next(answers)) as receiver:
        hook = shop.hook(receiver)
        shop.happens("u-1", "cart_added")
        shop.send()
        assert shop.log(hook)[0].state == "waiting"
        shop.pass_time(seconds=10)
        shop.send()
    assert len(set(ids(receiver))) == 1
    assert len(receiver.calls) == 2
    (done,) = shop.log(hook)
    assert (done.state, done.tries, done.status) == ("delivered", 2, 204)
    tried = queries.attempts(shop.stores, done.id)
    assert [(each.status, each.words) for each in tried] == [(204, ""), (500, "broken")]


def test_a_receiver_may_ask_for_a_longer_pause(shop: Shop) -> None:
    with receiving(lambda _: (429, {"retry-after": "3600"}, b"")) as receiver:
        hook = shop.hook(receiver)
        shop.happens("u-1", "cart_added")
        shop.send()
    assert shop.log(hook)[0].due == shop.now + timedelta(hours=1)


def test_after_the_last_try_a_delivery_has_failed_and_can_be_sent_again(shop: Shop) -> None:
    broken = True
    with receiving(lambda _: FAILS if broken else (200, {}, b"")) as receiver:
        hook = shop.hook(receiver)
        shop.happens("u-1", "cart_added")
        for _ in range(TRIES_MAX):
            shop.send()
            shop.pass_time(hours=30)
            actions.go_on(shop.stores, hook)  # so that the receiver's own stop does not come in between
        (failed,) = shop.log(hook)
        assert (failed.state, failed.tries) == ("failed", TRIES_MAX)
        broken = False
        actions.send_again(shop.stores, failed.id)
        shop.send()
    assert shop.log(hook)[0].state == "delivered"
    assert len(set(ids(receiver))) == 1


def test_each_persons_events_arrive_in_order_though_one_fails_in_between(shop: Shop) -> None:
    seen: Counter[str] = Counter()

    def fails_once(call: Received) -> Answer:
        event = call.headers["webhook-id"]
        seen[event] += 1
        return FAILS if call.document["type"] == "b" and seen[event] == 1 else (200, {}, b"")

    with receiving(fails_once) as receiver:
        shop.hook(receiver)
        for user in ("u-1", "u-2"):
            shop.happens(user, "a", "b", "c")
        shop.send()
        assert sorted(types(receiver)) == ["a", "a", "b", "b"]
        shop.pass_time(seconds=10)
        shop.send()
    good: dict[str, list[str]] = {}
    for call in receiver.calls:
        good.setdefault(call.document["data"]["person"]["identifiers"]["user_id"][0], []).append(call.document["type"])
    assert good == {"u-1": ["a", "b", "b", "c"], "u-2": ["a", "b", "b", "c"]}


def test_a_receiver_that_is_down_gets_pauses_and_then_everything_at_once(shop: Shop) -> None:
    broken = True
    with receiving(lambda _: FAILS if broken else (200, {}, b"")) as receiver:
        hook = shop.hook(receiver)
        for number in range(20):
            shop.happens(f"u-{number}", "cart_added")
        shop.send()
        assert len(receiver.calls) == 20
        shop.pass_time(seconds=1)
        shop.send()
        assert len(receiver.calls) == 20, "it rests"
        broken = False
        shop.pass_time(minutes=6)
        shop.send()
    assert {each.state for each in shop.log(hook)} == {"delivered"}


def test_a_receiver_that_fails_for_days_is_stopped_with_a_notice_and_loses_nothing(shop: Shop) -> None:
    broken = True
    with receiving(lambda _: FAILS if broken else (200, {}, b"")) as receiver:
        hook = shop.hook(receiver)
        for day in range(4):
            for part in range(6):
                shop.happens(f"u-{day}-{part}", "cart_added")
                shop.send()
                shop.pass_time(hours=4)
        stopped = queries.get(shop.stores, hook)
        assert (stopped.state, stopped.reason) == ("stopped", "failing")
        assert [each.action for each in audit.entries(shop.stores.ledger)] == ["hook_stopped"]
        calls = len(receiver.calls)
        shop.send()
        assert len(receiver.calls) == calls
        broken = False
        actions.go_on(shop.stores, hook)
        shop.send()
    states = Counter(each.state for each in shop.log(hook))
    assert states["waiting"] == 0
    assert states["delivered"] + states["failed"] == 4 * 6


def test_410_stops_a_receiver_at_once(shop: Shop) -> None:
    with receiving(lambda _: (410, {}, b"")) as receiver:
        hook = shop.hook(receiver)
        shop.happens("u-1", "cart_added")
        shop.send()
    assert (queries.get(shop.stores, hook).state, queries.get(shop.stores, hook).reason) == ("stopped", "gone")


def test_what_happens_during_a_pause_is_sent_when_it_goes_on(shop: Shop, receiver: Receiver) -> None:
    hook = shop.hook(receiver)
    actions.pause(shop.stores, hook)
    shop.happens("u-1", "cart_added")
    shop.send()
    assert receiver.calls == []
    actions.go_on(shop.stores, hook)
    shop.send()
    assert types(receiver) == ["cart_added"]


def test_only_what_happens_from_now_on_is_sent_and_a_replay_sends_the_rest(shop: Shop, receiver: Receiver) -> None:
    begun = shop.now
    shop.happens("u-1", "a")
    shop.pass_time(hours=1)
    hook = shop.hook(receiver)
    shop.happens("u-1", "b")
    shop.send()
    assert types(receiver) == ["b"]
    actions.replay(shop.stores, hook, begun)
    shop.send()
    assert types(receiver) == ["b", "a", "b"] or types(receiver) == ["b", "b", "a"]
    assert len(set(ids(receiver))) == 2, "an event keeps its id in a replay"


def test_a_replay_from_a_moment_leaves_out_what_was_before(shop: Shop, receiver: Receiver) -> None:
    hook = shop.hook(receiver)
    shop.happens("u-1", "a")
    shop.pass_time(hours=1)
    shop.happens("u-1", "b")
    shop.send()
    actions.replay(shop.stores, hook, shop.now - timedelta(minutes=1))
    shop.send()
    assert types(receiver) == ["a", "b", "b"]


def test_what_a_crash_interrupted_is_sent_again_under_its_id(shop: Shop, receiver: Receiver) -> None:
    hook = shop.hook(receiver)
    shop.happens("u-1", "a", "b")
    original = shop.sender._settle
    shop.sender._settle = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        shop.sender.run_once()
    shop.sender._settle = original  # type: ignore[method-assign]
    assert [each.state for each in shop.log(hook)] == ["sending", "waiting"]
    assert shop.sender.recover() == 1
    shop.send()
    assert types(receiver) == ["a", "a", "b"]
    assert len(set(ids(receiver))) == 2


def test_a_long_queue_stays_in_the_event_log(shop: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siyu.hooks.reading.READ_MAX", 3)
    monkeypatch.setattr("siyu.hooks.reading.WAITING_MAX", 6)
    hook = shop.hook(receiver)
    for user in range(4):
        shop.happens(f"u-{user}", *"abcde")
    shop.sender.run_once()
    shop.sender.run_once()
    assert len(shop.log(hook)) <= 6 + 3
    shop.send()
    assert len(shop.log(hook)) == len(set(ids(receiver))) == len(receiver.calls) == 20


def test_a_batch_that_is_stored_late_is_not_passed_over(shop: Shop, receiver: Receiver) -> None:
    """A large import is open while orders come in beside it."""

    shop.hook(receiver, imports=True)
    with shop.stores.ledger.write() as conn:
        late = conn.execute(
            sa.insert(batches).values(stream="import:1", first=1, last=1, opened=shop.now).returning(batches.c.id)
        ).scalar_one()
    shop.happens("u-1", "a")
    shop.send()
    (known,) = shop.stores.events.rows("SELECT any(person) FROM events")
    shop.stores.events.insert(
        "events",
        {
            "person": [known[0]], "time": [shop.now], "name": ["late"], "message_id": ["l-1"], "received": [shop.now],
            "source": ["file"], "batch": [late], "record": [1], "properties": ["{}"],
        },
    )  # fmt: skip
    with shop.stores.ledger.write() as conn:
        conn.execute(sa.update(batches).where(batches.c.id == late).values(stored=shop.now, events=1))
    shop.send()
    assert types(receiver) == ["a", "late"]


def test_places_are_given_once_and_in_chunks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "CHUNK_ROWS", 2)
    for _ in range(5):
        shop.happens("u-1", "a")
    assert news.give_places(shop.stores) == 5
    assert news.give_places(shop.stores) == 0
    assert not news.anything_new(shop.stores)
    assert [piece.place for piece in news.pieces_after(shop.stores, 0, 10)] == [1, 2, 3, 4, 5]


def test_a_test_send_is_in_the_log_and_holds_no_person(shop: Shop, receiver: Receiver) -> None:
    hook = shop.hook(receiver)
    assert actions.test(shop.stores, shop.caller, hook).status == 204
    (call,) = receiver.calls
    assert call.document["type"] == "test"
    assert [(each.name, each.state) for each in shop.log(hook)] == [("test", "delivered")]


def test_a_removed_subscription_sends_nothing_more(shop: Shop, receiver: Receiver) -> None:
    hook = shop.hook(receiver)
    actions.remove(shop.stores, hook)
    shop.happens("u-1", "a")
    shop.send()
    assert receiver.calls == []
    assert queries.all_hooks(shop.stores) == []


def test_a_skipped_delivery_lets_the_persons_next_go(shop: Shop) -> None:
    with receiving(lambda call: FAILS if call.document["type"] == "a" else (200, {}, b"")) as receiver:
        hook = shop.hook(receiver)
        shop.happens("u-1", "a", "b")
        shop.send()
        actions.skip(shop.stores, shop.log(hook)[0].id)
        shop.send()
    assert types(receiver) == ["a", "b"]


def test_two_subscriptions_do_not_share_ids_or_fates(shop: Shop, receiver: Receiver) -> None:
    with receiving(lambda _: FAILS) as broken:
        shop.hook(broken)
        shop.hook(receiver)
        shop.happens("u-1", "a")
        shop.send()
    assert len(broken.calls) == len(receiver.calls) == 1
    assert ids(broken) != ids(receiver)


def test_a_wish_that_cannot_be_read_names_its_field(shop: Shop) -> None:
    from siyu.storage import SiyuError

    good = Wish("ERP", "http://127.0.0.1:9/")
    wrong = {
        "name": replace(good, name=" "),
        "url": replace(good, url="ftp://x"),
        "events": replace(good, events=[]),
        "where": replace(good, where=[{"nonsense": 1}]),
        "where[0].op": replace(good, where=[{"field": "amount", "op": "sounds_like", "value": 1}]),
        "identifiers": replace(good, identifiers=["passport"]),
    }
    for field, wish in wrong.items():
        with pytest.raises(SiyuError) as refused:
            actions.create(shop.stores, shop.caller, "staff:1", wish, may_see=True)
        assert refused.value.field == field


def test_an_address_in_a_private_network_is_refused(shop: Shop) -> None:
    from siyu.storage import BadInput

    for address in ("http://10.0.0.1/", "http://169.254.169.254/latest", "http://[fd00::1]/"):
        with pytest.raises(BadInput) as refused:
            shop.hook(address)
        assert (refused.value.code, refused.value.field) == ("address_not_allowed", "url")
