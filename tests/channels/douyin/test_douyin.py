"""Douyin: signed webhooks into people's lives; private messages within the platform's windows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.douyin import douyin
from siyu.channels.accounts import open_account, usable_account
from siyu.channels.douyin.channel import DouyinChannel
from siyu.channels.douyin.windows import window_closed
from siyu.channels.platform.applier import Applier, strange_callbacks
from siyu.channels.platform.callbacks import Delivery, address
from siyu.channels.protocol import Account, Message, Outcome
from siyu.channels.registry import Channels, channels_of, receivers_of
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import ManualClock, NotAllowed, Stores
from siyu.web.callbacks import Door
from tests.channels.orders.told import news
from tests.channels.platform.simulator import running as serving
from tests.platform_worlds import HTTP, running

SECRET = "test_client_secret"
VERIFY = b'{"event":"verify_webhook","client_key":"testkey","content":{"challenge":12345}}'
HELLO = (
    '{"event":"im_receive_msg","client_key":"testkey","from_user_id":"u1","to_user_id":"b1","content":'
    '{"conversation_short_id":"c1","server_message_id":"m1","conversation_type":1,"create_time":1681303285997,'
    '"message_type":"text","text":"你好"}}'
).encode()
"""The vectors of the platform's facts, with their signatures below."""


@dataclass
class Brand:
    """An account at a simulated Douyin whose clock is the product's."""

    stores: Stores
    platform: Running
    key: str
    number: int
    url: str
    channel: DouyinChannel
    channels: Channels

    def does(self, door: str, **wish: Any) -> None:
        """A user does something, and it is heard and applied."""
        self.platform.door.post(door, client_key=self.key, **wish)
        assert self.platform.door.post("settle")["settled"]
        run_until_empty(Applier(self.stores, receivers_of()).step)

    def later(self, **step: float) -> None:
        clock = self.stores.clock
        assert isinstance(clock, ManualClock)
        clock.advance(timedelta(**step))
        self.platform.door.post("clock", now=clock.now().timestamp())

    def send(self, user: str, text: str = "您好") -> Outcome:
        account = usable_account(self.stores, self.number)
        (outcome,) = self.channel.send(account, [Message("d-1", 1, user, {"text": text})])
        return outcome

    def said(self) -> list[str]:
        return [each["scene"] for each in self.platform.door.get("said")["said"] if each["user"].startswith(self.key)]

    def fault(self, **rule: Any) -> None:
        self.platform.door.post("faults", rules=[{"path": "/im/send/msg/", **rule}] if rule else [])


@pytest.fixture(scope="module")
def world() -> Iterator[Running]:
    with running(douyin(clock=DomainClock(1_767_225_600.0, 0.0))) as found:
        yield found


keys = (f"key{number}" for number in range(10_000))


@pytest.fixture
def brand(stores: Stores, world: Running) -> Iterator[Brand]:
    key, door = next(keys), Door(stores, receivers_of())
    server: Any = door
    world.door.post("clock", now=stores.clock.now().timestamp())
    channels = channels_of(stores)
    channel = channels["douyin"]
    assert isinstance(channel, DouyinChannel)
    channel.exchange.pause = lambda seconds: None
    with serving(server):
        settings = {"client_key": key, "client_secret": SECRET, "open_id": f"b-{key}", "base_url": world.url}
        settings["refresh_token"] = f"refresh-{key}"
        number, _ = open_account(stores, channels, channel="douyin", name="抖音号", settings=settings)
        url = server.url + address(stores, "douyin", number)
        world.door.post("app", client_key=key, secret=SECRET, brand=f"b-{key}", url=url)
        yield Brand(stores, world, key, number, url, channel, channels)
    channels.close()


# --- proof


@pytest.mark.parametrize(
    ("body", "signature", "answer"),
    [
        (VERIFY, "f56f996e8ba488f056ca976f47573279b53993bc", b'{"challenge": 12345}'),
        (HELLO, "69cb2fe40827220379565c4e76eed87da4a410c6", b"{}"),
    ],
    ids=["challenge", "message"],
)
def test_the_vectors_of_the_platform(body: bytes, signature: str, answer: bytes) -> None:
    account = Account(1, "douyin", "x", {}, {"client_secret": SECRET})
    receiver = receivers_of()["douyin"]
    received = receiver.receive(account, Delivery("POST", {}, {"x-douyin-signature": signature}, body))
    assert (received.keep, received.answer) == (None if body == VERIFY else body, answer)
    with pytest.raises(NotAllowed):
        receiver.receive(account, Delivery("POST", {}, {"x-douyin-signature": signature}, body + b" "))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b'{"event": 1}', b'{"event":"im_receive_msg"}'], ids=range(6)
)
def test_bad_bodies_are_never_a_fault(brand: Brand, body: bytes) -> None:
    assert HTTP.post(brand.url, content=body).status_code == 403
    signature = {"X-Douyin-Signature": hashlib.sha1(SECRET.encode() + body).hexdigest()}
    assert HTTP.post(brand.url, content=body, headers=signature).status_code in (200, 400)
    run_until_empty(Applier(brand.stores, receivers_of()).step)
    assert news(brand.stores) == []


# --- what is told


@pytest.mark.parametrize("as_text", [False, True])
def test_content_is_read_as_object_and_as_text(stores: Stores, as_text: bool) -> None:
    document = json.loads(HELLO)
    if as_text:
        document["content"] = json.dumps(document["content"], ensure_ascii=False)
    told = receivers_of()["douyin"].read(json.dumps(document).encode())
    assert (told.name, told.time is not None and told.time.isoformat()) == (
        "im_receive_msg",
        "2023-04-12T12:41:25.997000+00:00",
    )


def test_a_message_is_in_the_timeline_of_who_wrote_it(brand: Brand) -> None:
    user = f"{brand.key}-u1"
    brand.does("say", user=user, text="有试用装吗")
    Drain(brand.stores).step()
    asked = "SELECT name, properties.`text`.:String FROM events WHERE name != 'person_identified'"
    assert brand.stores.events.rows(asked) == [("customer_wrote", "有试用装吗")]
    with brand.stores.ledger.read() as conn:
        found = conn.exec_driver_sql("SELECT kind, value FROM identifiers").all()
    assert [tuple(row) for row in found] == [(f"douyin_openid:{brand.key}", user)]


def test_a_filled_lead_card_gives_a_phone(brand: Brand) -> None:
    brand.does("card", user=f"{brand.key}-u1", name="林晓", phone="13800138000")
    Drain(brand.stores).step()
    with brand.stores.ledger.read() as conn:
        kinds = conn.exec_driver_sql("SELECT kind, value FROM identifiers ORDER BY kind").all()
        name = conn.exec_driver_sql("SELECT name FROM people").scalar_one()
    assert ([tuple(row) for row in kinds][1], name) == (("phone", "+8613800138000"), "林晓")
    assert brand.stores.events.row("SELECT count() FROM events WHERE name = 'lead_received'") == (1,)


def test_a_name_without_end_on_a_card_is_cut_and_the_lead_is_taken(brand: Brand) -> None:
    brand.does("card", user=f"{brand.key}-u1", name="林" * 5_000, phone="13800138000")
    Drain(brand.stores).step()
    with brand.stores.ledger.read() as conn:
        assert conn.exec_driver_sql("SELECT name FROM people").scalar_one() == "林" * 60
        assert conn.exec_driver_sql("SELECT count(*) FROM set_aside").scalar_one() == 0


@pytest.mark.parametrize(
    ("event", "content", "told"),
    [
        ("new_follow_action", {"action_type": 1, "action_time": 1_767_225_600}, ["douyin_followed"]),
        ("new_follow_action", {"action_type": 2, "action_time": 1_767_225_600}, ["douyin_unfollowed"]),
        ("new_video_digg", {"item_id": "i1"}, ["video_liked"]),
        ("item_comment_reply", {"comment_user_id": "u9", "content": "好看"}, ["video_commented"]),
        ("group_fans_event", {"open_id": "u9", "im_group_id": "g1"}, ["group_joined"]),
        ("enter_group_audit_change", {"apply_id": "1"}, []),
        ("im_recall_msg", {"server_message_id": "m"}, []),
        ("dial_phone", {}, []),
    ],
)
def test_what_people_do_is_told(brand: Brand, event: str, content: dict[str, Any], told: list[str]) -> None:
    brand.does("do", user=f"{brand.key}-u1", event=event, content=content)
    assert [call["event"] for call in news(brand.stores)] == told
    assert strange_callbacks(brand.stores) == []


def test_a_new_kind_is_kept_and_counted(brand: Brand) -> None:
    brand.does("do", user="u1", event="invented_tomorrow", content={})
    assert [each["name"] for each in strange_callbacks(brand.stores)] == ["invented_tomorrow"]


def test_repeats_and_disorder_change_nothing(brand: Brand) -> None:
    brand.platform.door.post("poster", repeats=1.0, late_seconds=0.0)
    user = f"{brand.key}-u1"
    for text in ("一", "二", "三"):
        brand.does("say", user=user, text=text)
    brand.platform.door.post("poster", repeats=0.0)
    told = [call["properties"]["text"] for call in news(brand.stores) if call["type"] == "track"]
    assert told == ["一", "二", "三"]


# --- windows


def test_six_answers_within_a_day_and_no_seventh(brand: Brand) -> None:
    user = f"{brand.key}-u1"
    assert brand.send(user).reason == "window_closed"
    brand.does("say", user=user, text="在吗")
    assert [brand.send(user).kind for _ in range(7)] == ["accepted"] * 6 + ["refused"]
    brand.later(minutes=1)
    brand.does("say", user=user, text="还在吗")
    assert brand.send(user).kind == "accepted"
    brand.later(hours=25)
    assert brand.send(user).reason == "window_closed"
    assert brand.said() == ["im_reply_msg"] * 7


def test_who_enters_may_be_greeted_within_half_a_minute(brand: Brand) -> None:
    user = f"{brand.key}-u1"
    brand.does("enter", user=user)
    assert brand.send(user).kind == "accepted"
    brand.later(seconds=31)
    assert brand.send(user).reason == "window_closed"
    assert brand.said() == ["im_enter_direct_msg"]


def test_who_allowed_messages_gets_three(brand: Brand) -> None:
    user = f"{brand.key}-u1"
    brand.does("authorise", user=user)
    assert [brand.send(user).kind for _ in range(4)] == ["accepted"] * 3 + ["refused"]
    assert brand.said() == ["im_authorize_message"] * 3


def test_the_guard_knows_who_may_be_written_to(brand: Brand) -> None:
    open_to, shut = f"{brand.key}-u1", f"{brand.key}-u2"
    brand.does("say", user=open_to, text="在吗")
    bar, now = window_closed(brand.number), brand.stores.clock.now()
    with brand.stores.ledger.read() as conn:
        held = [conn.execute(sa.select(bar.holds(sa.literal(user), now))).scalar_one() for user in (open_to, shut)]
    assert [bool(each) for each in held] == [False, True]
    about = brand.channel.speaking(brand.number, {"client_key": brand.key}, {})
    assert about.address_kinds == (f"douyin_openid:{brand.key}",)


@pytest.mark.parametrize(
    ("code", "kind", "reason", "stopped", "left"),
    [
        (28003070, "refused", "window_closed", False, 0),
        (28001038, "refused", "message_refused", False, 6),
        (28029004, "passing", "account_refused", True, 6),
    ],
)
def test_what_the_platform_refuses_is_said_and_the_place_kept_or_given_back(
    brand: Brand, code: int, kind: str, reason: str, stopped: bool, left: int
) -> None:
    user = f"{brand.key}-u1"
    brand.does("say", user=user, text="在吗")
    brand.fault(kind="code", code=code, times=1)
    outcome = brand.send(user)
    brand.fault()
    assert (outcome.kind, outcome.reason, outcome.account_stopped) == (kind, reason, stopped)
    accepted = [brand.send(user).kind for _ in range(6)].count("accepted")
    assert accepted == left


def test_without_an_answer_it_is_unknown_and_the_place_used(brand: Brand) -> None:
    user = f"{brand.key}-u1"
    brand.does("say", user=user, text="在吗")
    brand.fault(kind="cut", applied=True, times=1)
    assert brand.send(user).kind == "unknown"
    brand.fault()
    assert [brand.send(user).kind for _ in range(6)].count("accepted") == 5


def test_the_live_check_names_the_account(brand: Brand) -> None:
    account = usable_account(brand.stores, brand.number)
    assert brand.channel.check(account).works
    wrong = Account(account.id, "douyin", "x", account.settings, {**account.secrets, "refresh_token": "stolen"})
    assert not brand.channel.check(wrong).works
