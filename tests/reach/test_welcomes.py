"""A new friend is welcomed once, in seconds, by the rule that says the most about them; whatever crashes when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels import Channels, channels_of, receivers_of
from siyu.channels.accounts import change_account, disable_account
from siyu.channels.media import add_medium
from siyu.channels.platform.applier import Applier
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.reach.greeting import LEASE, Greeter, ready_media
from siyu.reach.tables import welcomes
from siyu.reach.welcomes import (
    WelcomeDraft,
    add_welcome,
    change_welcome,
    choose,
    get_welcome,
    remove_welcome,
    switch_welcome,
    welcome_counts,
)
from siyu.storage import BadInput, InboxRow, ManualClock, NotFound, Stores
from tests.channels.platform.simulator import Simulator, running
from tests.channels.wecom.told import an_account, change, kept

WELCOME, CUSTOMER = "externalcontact/send_welcome_msg", "externalcontact/get"
ADD = "add_external_contact"
LINK = {"kind": "link", "title": "t", "url": "https://a.b"}


class Shop:
    """Stores with one WeCom account at a simulator whose codes work once."""

    def __init__(self, stores: Stores, simulator: Simulator) -> None:
        self.stores, self.simulator = stores, simulator
        self.channels: Channels = channels_of(stores)
        self.account = an_account(stores)
        self.used: list[str] = []
        simulator.answers[WELCOME] = self._welcome
        simulator.answers[CUSTOMER] = lambda *_: {"errcode": 0, "external_contact": {"name": "李四", "gender": 2}}
        settings = {"base_url": simulator.url, "secret": "the-app-secret"}
        secrets = {"callback_token": "QDG6eK", "callback_aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}
        change_account(stores, self.channels, self.account, settings={**settings, **secrets})

    def _welcome(self, call: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        code = json.loads(body)["welcome_code"]
        if code in self.used:
            return {"errcode": 41051, "errmsg": "chatting"}
        self.used.append(code)
        return {"errcode": 0, "errmsg": "ok"}

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.stores.clock, ManualClock)
        return self.stores.clock

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.simulator.bodies if b"welcome_code" in body]

    def row(self, code: str = "W1", **more: str) -> InboxRow:
        """As the door has it on disk."""
        kept(self.stores, self.account, change(ADD, self.clock.now(), WelcomeCode=code, **more))
        found = self.stores.callbacks.get(self.stores.callbacks.last())
        assert found is not None
        return found

    def greeter(self) -> Greeter:
        return Greeter(self.stores, self.channels, machine_clock=self.clock)

    def greet(self, *rows: InboxRow) -> None:
        greeter = self.greeter()
        for row in rows:
            greeter.take(row)
        greeter.round()
        greeter.stop()

    def states(self) -> dict[str, int]:
        with self.stores.ledger.read() as conn:
            return {
                row.state: row.number
                for row in conn.execute(
                    sa.select(welcomes.c.state, sa.func.count().label("number")).group_by(welcomes.c.state)
                )
            }


@pytest.fixture(scope="module")
def _server() -> Iterator[Simulator]:
    with running(Simulator()) as simulator:
        yield simulator


@pytest.fixture
def shop(stores: Stores, _server: Simulator) -> Iterator[Shop]:
    yield from _shop(stores, _server)


@pytest.fixture
def each_shop(each_stores: Stores, _server: Simulator) -> Iterator[Shop]:
    yield from _shop(each_stores, _server)


def _shop(stores: Stores, server: Simulator) -> Iterator[Shop]:
    fresh = Simulator(server.url)
    server.__dict__.update({**fresh.__dict__, "_lock": server._lock})
    made = Shop(stores, server)
    yield made
    made.channels.close()


def test_a_new_friend_is_welcomed_by_name(each_shop: Shop) -> None:
    add_welcome(each_shop.stores, "test", WelcomeDraft("新人", "{{ person.name }}{{ person.title }}，欢迎！"))
    each_shop.greet(each_shop.row())
    (said,) = each_shop.said
    assert said == {"welcome_code": "W1", "text": {"content": "李四女士，欢迎！"}}
    assert each_shop.states() == {"sent": 1}


def test_attachments_go_along_in_the_platforms_shape(shop: Shop) -> None:
    link = {"kind": "link", "title": "新人礼", "url": "https://shop.example/a", "description": "20 元"}
    add_welcome(shop.stores, "test", WelcomeDraft("礼", attachments=[link]))
    shop.greet(shop.row())
    link = {"title": "新人礼", "url": "https://shop.example/a", "desc": "20 元"}
    assert shop.said == [{"welcome_code": "W1", "attachments": [{"msgtype": "link", "link": link}]}]


def test_a_picture_is_at_the_platform_before_anybody_comes(shop: Shop) -> None:
    sha256 = add_medium(shop.stores, "test", "a.png", b"\x89PNG\r\n\x1a\npicture")
    card = {"kind": "miniprogram", "title": "商城", "appid": "wx1", "page": "/index", "medium": sha256}
    pictures = [{"kind": "image", "medium": sha256}, card]
    add_welcome(shop.stores, "test", WelcomeDraft("图", "你好", attachments=pictures))
    shop.simulator.answers["media/upload"] = lambda *_: {"errcode": 0, "media_id": "M1"}
    assert ready_media(shop.stores, shop.channels) == 2
    shop.greet(shop.row())
    assert shop.simulator.asked["media/upload"] == 1
    program = {"title": "商城", "pic_media_id": "M1", "appid": "wx1", "page": "/index"}
    assert shop.said[0]["attachments"] == [
        {"msgtype": "image", "image": {"media_id": "M1"}},
        {"msgtype": "miniprogram", "miniprogram": program},
    ]


def test_a_picture_that_can_not_be_had_is_left_out_rather_than_nothing_said(shop: Shop) -> None:
    sha256 = add_medium(shop.stores, "test", "a.png", b"\x89PNG\r\n\x1a\npicture")
    add_welcome(shop.stores, "test", WelcomeDraft("图", "你好", attachments=[{"kind": "image", "medium": sha256}]))
    shop.simulator.codes["media/upload"] = [40058, 40058]
    shop.greet(shop.row())
    assert shop.said == [{"welcome_code": "W1", "text": {"content": "你好"}}]


def test_the_applier_and_the_door_welcome_once_together(each_shop: Shop) -> None:
    add_welcome(each_shop.stores, "test", WelcomeDraft("新人", "你好"))
    row = each_shop.row()
    greeter = each_shop.greeter()
    greeter.take(row)
    greeter.take(row)
    greeter.round()
    run_until_empty(Applier(each_shop.stores, receivers_of(), greeter).step)
    greeter.round()
    greeter.stop()
    assert len(each_shop.said) == 1
    assert each_shop.states() == {"sent": 1}


def test_what_a_crash_left_in_the_inbox_is_welcomed_by_the_applier(each_shop: Shop) -> None:
    add_welcome(each_shop.stores, "test", WelcomeDraft("新人", "你好"))
    each_shop.row()  # on disk, and the process is gone
    greeter = each_shop.greeter()
    run_until_empty(Applier(each_shop.stores, receivers_of(), greeter).step)
    assert each_shop.states() == {"due": 1}
    greeter.round()
    greeter.stop()
    assert (len(each_shop.said), each_shop.states()) == (1, {"sent": 1})


def test_a_crash_between_the_row_and_the_call_loses_nothing(each_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    add_welcome(each_shop.stores, "test", WelcomeDraft("新人", "你好"))
    gone = each_shop.greeter()
    monkeypatch.setattr(gone, "_greet_safely", lambda _: None)  # the process ends before the call
    gone.take(each_shop.row())
    gone.round()
    assert (each_shop.states(), each_shop.said) == ({"sending": 1}, [])
    each_shop.clock.advance(LEASE / 6)
    each_shop.greet()
    assert each_shop.said == []  # somebody may still be on it
    with each_shop.stores.ledger.write() as conn:
        conn.execute(sa.update(welcomes).values(leased_until=each_shop.clock.now() - timedelta(seconds=1)))
    each_shop.greet()
    assert (len(each_shop.said), each_shop.states()) == (1, {"sent": 1})


def test_a_crash_after_the_call_says_it_once(each_shop: Shop) -> None:
    add_welcome(each_shop.stores, "test", WelcomeDraft("新人", "你好"))
    each_shop.used.append("W1")  # it was said; nobody wrote that down
    each_shop.greet(each_shop.row())
    assert (each_shop.used, each_shop.states()) == (["W1"], {"already": 1})


def test_without_an_answer_it_is_said_again_and_nobody_hears_it_twice(shop: Shop) -> None:
    add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    shop.simulator.codes[WELCOME] = [502]
    shop.greet(shop.row())
    assert (shop.simulator.asked[WELCOME], shop.used, shop.states()) == (2, ["W1"], {"sent": 1})


@pytest.mark.parametrize(("code", "state"), [(41051, "already"), (41050, "late"), (40001, "failed"), (41053, "failed")])
def test_the_platforms_word_is_counted(shop: Shop, code: int, state: str) -> None:
    rule = add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    shop.simulator.codes[WELCOME] = [code]
    shop.greet(shop.row())
    assert welcome_counts(shop.stores) == {rule: {state: 1}}


def test_another_app_that_is_sending_is_waited_for(shop: Shop) -> None:
    add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    shop.simulator.codes[WELCOME] = [41096]
    shop.greet(shop.row())
    assert (shop.simulator.asked[WELCOME], shop.states()) == (2, {"sent": 1})


def test_long_after_its_time_the_platform_is_not_even_asked(shop: Shop) -> None:
    add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    row = shop.row()
    shop.clock.advance(timedelta(seconds=26))
    shop.greet(row)
    assert (shop.said, shop.states()) == ([], {"late": 1})


def test_the_seconds_that_a_machine_has_for_a_welcome_do_not_shrink_when_time_is_fast(shop: Shop) -> None:
    add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    shop.clock.pace = 3_600
    soon, late = shop.row("W1"), shop.row("W2", ExternalUserID="wm_other")
    shop.clock.advance(timedelta(hours=19))
    shop.greet(soon)
    shop.clock.advance(timedelta(hours=7))
    shop.greet(late)
    assert shop.states() == {"sent": 1, "late": 1}


def test_a_disabled_account_says_nothing(shop: Shop) -> None:
    add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    disable_account(shop.stores, shop.account)
    shop.greet(shop.row())
    assert (shop.said, shop.states()) == ([], {"failed": 1})


def test_without_a_rule_nothing_is_written(shop: Shop) -> None:
    rule = add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    switch_welcome(shop.stores, "test", rule, enabled=False)
    shop.greet(shop.row())
    assert (shop.said, shop.states()) == ([], {})


def test_whom_no_rule_fits_is_counted(shop: Shop) -> None:
    add_welcome(shop.stores, "test", WelcomeDraft("春", "你好", channels=["spring"]))
    shop.greet(shop.row())
    assert welcome_counts(shop.stores) == {None: {"unruled": 1}}


def test_nothing_personal_stays_once_it_is_settled(shop: Shop) -> None:
    add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    shop.greet(shop.row("SECRETCODE"))
    with shop.stores.ledger.read() as conn:
        (row,) = conn.execute(sa.select(welcomes))
    assert "SECRETCODE" not in str(row)
    assert "wm1" not in str(row)


def test_the_welcome_is_in_the_persons_life(shop: Shop) -> None:
    add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    shop.greet(shop.row())
    run_until_empty(Applier(shop.stores, receivers_of()).step)
    run_until_empty(Drain(shop.stores).step)
    found = shop.stores.events.rows("SELECT name, properties.welcome.:String FROM events ORDER BY name")
    assert found == [("friend_added", None), ("welcome_sent", "新人")]


def test_a_code_comes_before_an_adviser_before_an_account_and_of_equals_the_newest(shop: Shop) -> None:
    drafts = [
        WelcomeDraft("anyone", "x"),
        WelcomeDraft("account", "x", account=shop.account),
        WelcomeDraft("adviser", "x", advisers=["zhangsan"]),
        WelcomeDraft("code", "x", channels=["spring"]),
        WelcomeDraft("newer code", "x", channels=["spring", "summer"]),
    ]
    rules = [get_welcome(shop.stores, add_welcome(shop.stores, "test", draft)) for draft in drafts]

    def chosen(account: int, channel: str, adviser: str) -> str:
        found = choose(rules, account, channel, adviser)
        return found.draft.name if found else ""

    assert chosen(shop.account, "spring", "zhangsan") == "newer code"
    assert chosen(shop.account, "autumn", "zhangsan") == "adviser"
    assert chosen(shop.account, "autumn", "lisi") == "account"
    assert chosen(shop.account + 1, "", "lisi") == "anyone"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (WelcomeDraft("", "x"), "name"),
        (WelcomeDraft("n", " "), "text"),
        (WelcomeDraft("n", "{{ person.secret }}"), "text"),
        (WelcomeDraft("n", "好" * 1_400), "text"),
        (WelcomeDraft("n", "x", account=99), "account"),
        (WelcomeDraft("n", "x", channels=["a" * 65]), "channels"),
        (WelcomeDraft("n", "x", attachments=[{"kind": "link"}]), "attachments.0.title"),
        (WelcomeDraft("n", "x", attachments=[{"kind": "link", "title": "t", "url": "x"}]), "attachments.0.url"),
        (WelcomeDraft("n", "x", attachments=[{"kind": "song"}]), "attachments.0.kind"),
        (WelcomeDraft("n", "x", attachments=[{"kind": "image", "medium": "0" * 64}]), "attachments.0.medium"),
        (
            WelcomeDraft("n", "x", attachments=[{"kind": "link", "title": "t", "url": "https://a.b"}] * 10),
            "attachments",
        ),
    ],
)
def test_what_could_not_be_sent_is_not_kept(shop: Shop, draft: WelcomeDraft, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        add_welcome(shop.stores, "test", draft)
    assert caught.value.field == field


def test_what_is_removed_is_gone(shop: Shop) -> None:
    rule = add_welcome(shop.stores, "test", WelcomeDraft("新人", "你好"))
    remove_welcome(shop.stores, rule)
    for act in (lambda: get_welcome(shop.stores, rule), lambda: remove_welcome(shop.stores, rule)):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotFound):
        change_welcome(shop.stores, "test", rule, WelcomeDraft("新人", "你好"))
