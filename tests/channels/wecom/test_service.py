"""微信客服: what people write is read once and in order; answers keep within the platform's windows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels import channels_of
from siyu.channels.accounts import change_account
from siyu.channels.platform.failures import PlatformError
from siyu.channels.registry import exchange_of
from siyu.channels.wecom.service import answering, pulling
from siyu.channels.wecom.service.pulling import Puller
from siyu.channels.wecom.service.tables import wecom_kf_places
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import BadInput, Conflict, ManualClock, Stores
from tests.channels.platform.simulator import CORP, Simulator, running
from tests.channels.wecom.told import KEY, TOKEN, an_account, applied

SYNC, SEND, TRANS, STATE = "kf/sync_msg", "kf/send_msg", "kf/service_state/trans", "kf/service_state/get"
DESK = "wkA"


class Desk:
    """A service account at a platform that keeps what customers wrote and gives it out page by page."""

    def __init__(self, stores: Stores, simulator: Simulator) -> None:
        self.stores, self.simulator = stores, simulator
        self.channels = channels_of(stores)
        self.account = an_account(stores)
        self.pages: list[list[dict[str, Any]]] = []
        self.asked: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.told = 0
        simulator.answers[SYNC] = lambda _, __, body: self._sync(json.loads(body))
        simulator.answers[SEND] = lambda _, __, body: self._send(json.loads(body))
        simulator.answers[STATE] = lambda *_: {"errcode": 0, "service_state": 3, "servicer_userid": "zhangsan"}
        known = {"secret": "the-app-secret", "callback_token": TOKEN, "callback_aes_key": KEY}
        change_account(stores, self.channels, self.account, settings={"base_url": simulator.url, **known})

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.stores.clock, ManualClock)
        return self.stores.clock

    def _sync(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(asked)
        place = int(asked.get("cursor") or 0)
        rows = self.pages[place] if place < len(self.pages) else []
        return {
            "errcode": 0,
            "next_cursor": str(min(place + 1, len(self.pages))),
            "has_more": int(place + 1 < len(self.pages)),
            "msg_list": rows,
        }

    def _send(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.sent.append(asked)
        return {"errcode": 0, "msgid": asked["msgid"]}

    def wrote(self, text: str, *, who: str = "wm1", origin: int = 3, **more: Any) -> dict[str, Any]:
        self.told += 1
        return {
            "msgid": f"m{self.told}",
            "open_kfid": DESK,
            "external_userid": who,
            "send_time": int(self.clock.now().timestamp()),
            "origin": origin,
            "msgtype": "text",
            "text": {"content": text},
            **more,
        }

    def happened(self, kind: str, **more: Any) -> dict[str, Any]:
        event = {"event_type": kind, "open_kfid": DESK, "external_userid": "wm1", **more}
        return {**self.wrote("", origin=4), "msgtype": "event", "event": event}

    def ring(self, *pages: list[dict[str, Any]]) -> None:
        """The platform calls: there is something."""
        self.pages += pages
        self.clock.advance(timedelta(seconds=1))
        at = int(self.clock.now().timestamp())
        inside = f"<CreateTime>{at}</CreateTime><MsgType>event</MsgType><Event>kf_msg_or_event</Event>"
        body = f"<xml><ToUserName>{CORP}</ToUserName>{inside}<Token>TOKEN</Token><OpenKfId>{DESK}</OpenKfId></xml>"
        applied(self.stores, self.account, body.encode())

    def pull(self) -> int:
        return Puller(self.stores, exchange_of(self.channels)).tick()

    def texts(self) -> list[str]:
        (chat,) = answering.chats(self.stores)
        return [row.text for row in answering.messages(self.stores, chat.id)]

    def answer(self, text: str) -> str:
        return answering.answer(self.stores, exchange_of(self.channels), "staff:1", 1, text)

    def chat(self) -> answering.Chat:
        return answering.get_chat(self.stores, 1)


@pytest.fixture(scope="module")
def _server() -> Iterator[Simulator]:
    with running(Simulator()) as simulator:
        yield simulator


@pytest.fixture
def desk(each_stores: Stores, _server: Simulator) -> Iterator[Desk]:
    fresh = Simulator(_server.url)
    _server.__dict__.update({**fresh.__dict__, "_lock": _server._lock})
    made = Desk(each_stores, _server)
    yield made
    made.channels.close()


def test_what_a_customer_writes_is_in_the_conversation_and_in_their_life(desk: Desk) -> None:
    desk.ring([desk.wrote("还有货吗"), desk.wrote("在", origin=5, servicer_userid="zhangsan")])
    assert desk.pull() == 2
    assert desk.texts() == ["还有货吗", "在"]
    assert desk.asked[0] == {"open_kfid": DESK, "limit": 1000, "voice_format": 0, "token": "TOKEN"}
    run_until_empty(Drain(desk.stores).step)
    found = desk.stores.events.rows("SELECT name, properties.text.:String FROM events ORDER BY name")
    assert found == [("service_answered", "在"), ("service_asked", "还有货吗")]


def test_the_list_goes_on_after_an_empty_page(desk: Desk) -> None:
    desk.ring([desk.wrote("一")], [], [desk.wrote("二")])
    desk.pull()
    assert desk.texts() == ["一", "二"]
    assert desk.pull() == 0  # nothing new was told, so nothing is asked
    assert len(desk.asked) == 3


def test_the_next_time_it_is_read_from_where_it_was_left(desk: Desk) -> None:
    desk.ring([desk.wrote("一")])
    desk.pull()
    desk.ring([desk.wrote("二")])
    desk.pull()
    assert (desk.asked[-1]["cursor"], desk.texts()) == ("1", ["一", "二"])


def test_ten_minutes_later_the_token_is_not_sent(desk: Desk) -> None:
    desk.ring([desk.wrote("一")])
    desk.clock.advance(timedelta(minutes=11))
    desk.pull()
    assert "token" not in desk.asked[0]


def test_a_crash_within_a_page_loses_and_doubles_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ring([desk.wrote("一")], [desk.wrote("二")])

    def crash(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(pulling, "tell", crash)
        with pytest.raises(RuntimeError):
            desk.pull()
    with desk.stores.ledger.read() as conn:
        assert conn.execute(sa.select(wecom_kf_places)).all() == []  # neither messages nor cursor were kept
    desk.pull()
    assert desk.texts() == ["一", "二"]


def test_a_message_told_twice_is_there_once(desk: Desk) -> None:
    same = desk.wrote("一")
    desk.ring([same], [same])
    desk.pull()
    assert desk.texts() == ["一"]


# -- answering


def test_five_answers_within_forty_eight_hours_and_the_sixth_is_not_even_tried(desk: Desk) -> None:
    desk.ring([desk.wrote("在吗")])
    desk.pull()
    assert [desk.answer(f"{number}") for number in range(5)] == ["sent"] * 5
    with pytest.raises(Conflict):
        desk.answer("6")
    assert (len(desk.sent), desk.chat().left) == (5, 0)
    desk.ring([desk.wrote("谢谢")])
    desk.pull()
    assert desk.chat().left == 5  # each message of the customer opens it again


def test_two_days_after_the_last_message_nothing_is_sent(desk: Desk) -> None:
    desk.ring([desk.wrote("在吗")])
    desk.pull()
    desk.clock.advance(timedelta(hours=48, seconds=1))
    with pytest.raises(Conflict):
        desk.answer("在")
    assert desk.sent == []


def test_an_answer_carries_its_own_name_and_is_in_the_conversation(desk: Desk) -> None:
    desk.ring([desk.wrote("在吗")])
    desk.pull()
    desk.answer(" 在的 ")
    (asked,) = desk.sent
    assert (asked["touser"], asked["open_kfid"], asked["text"]) == ("wm1", DESK, {"content": "在的"})
    row = answering.messages(desk.stores, 1)[-1]
    assert (row.msgid, row.origin, row.state, row.by) == (asked["msgid"], "app", "sent", "staff:1")


def test_without_an_answer_nobody_knows_and_it_is_not_repeated(desk: Desk) -> None:
    desk.ring([desk.wrote("在吗")])
    desk.pull()
    desk.simulator.codes[SEND] = [502]
    assert desk.answer("在") == "unknown"
    assert (desk.simulator.asked[SEND], desk.chat().left) == (1, 4)


def test_what_a_crash_left_in_the_call_is_not_known(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ring([desk.wrote("在吗")])
    desk.pull()

    class Killed(BaseException):
        pass

    def crash(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(answering.PlatformClient, "call", crash)
        with pytest.raises(Killed):
            desk.answer("在")
    desk.clock.advance(timedelta(minutes=3))
    assert answering.messages(desk.stores, 1)[-1].state == "unknown"
    assert desk.sent == []


def test_a_refusal_gives_the_place_back(desk: Desk) -> None:
    desk.ring([desk.wrote("在吗")])
    desk.pull()
    desk.simulator.codes[SEND] = [95018]
    with pytest.raises(PlatformError):
        desk.answer("在")
    assert (desk.chat().left, answering.messages(desk.stores, 1)[-1].state) == (5, "failed")


def test_what_the_platform_says_did_not_arrive_is_marked(desk: Desk) -> None:
    desk.ring([desk.wrote("在吗")])
    desk.pull()
    desk.answer("在")
    desk.ring([desk.happened("msg_send_fail", fail_msgid=desk.sent[0]["msgid"], fail_type=10)])
    desk.pull()
    failed = next(row for row in answering.messages(desk.stores, 1) if row.origin == "app")
    assert (failed.state, failed.reason) == ("failed", "客户拒收/The customer refuses messages")


def test_sessions_go_forward_only(desk: Desk) -> None:
    desk.ring([desk.wrote("在吗"), desk.happened("session_status_change", change_type=1, new_servicer_userid="lisi")])
    desk.pull()
    assert (desk.chat().state, desk.chat().servicer) == (3, "lisi")
    with pytest.raises(Conflict):
        answering.transfer(desk.stores, exchange_of(desk.channels), 1, 2)
    with pytest.raises(BadInput):
        answering.transfer(desk.stores, exchange_of(desk.channels), 1, 3)
    answering.transfer(desk.stores, exchange_of(desk.channels), 1, 4)
    assert desk.simulator.asked[TRANS] == 1
    with pytest.raises(Conflict):
        desk.answer("在")
    answering.look_up(desk.stores, exchange_of(desk.channels), 1)
    assert (desk.chat().state, desk.chat().servicer) == (3, "zhangsan")
